"""Each duty may do its own work, and not another's."""

from __future__ import annotations

import pytest

from infra.components.access.boundaries import boundaries
from infra.components.access.deploying import deploy_policy, preview_policy
from infra.components.access.duties import duty_policy
from infra.spec.access import Duty
from infra.spec.settings import Layer
from tests.support.iam_verdicts import may_by_all
from tests.support.infra_components import context, may, refuses

READS = ("s3:GetObject", "dynamodb:GetItem", "secretsmanager:GetSecretValue", "kms:Decrypt", "rds-db:connect")
RECOVERY = "444455556666"
ROLE_MAX = 10_240  # IAM: characters of a role's inline policies together


@pytest.mark.parametrize("duty", [Duty.OPERATOR, Duty.KEY_ADMINISTRATOR])
@pytest.mark.parametrize("action", READS)
def test_these_duties_read_no_data(duty: Duty, action: str) -> None:
    assert refuses(duty_policy(context(), duty), action)


def test_the_auditor_reads_the_audit_s_files_and_no_others() -> None:
    text = duty_policy(context(), Duty.AUDITOR)
    assert may(text, "s3:GetObject", "arn:aws:s3:::shop-prod-audit-trail-111122223333-eu-central-1/AWSLogs/1.gz")
    assert refuses(text, "s3:GetObject", "arn:aws:s3:::shop-prod-uploads-111122223333-eu-central-1/passport.png")
    assert refuses(text, "secretsmanager:GetSecretValue")


def test_the_key_administrator_administers_and_cannot_decrypt() -> None:
    text = duty_policy(context(), Duty.KEY_ADMINISTRATOR)
    assert may(text, "kms:PutKeyPolicy")
    assert refuses(text, "kms:CreateGrant")


def test_the_drill_runner_restores_under_its_own_names_and_hands_over_one_role() -> None:
    text = duty_policy(context(Layer.ACCOUNT, accountOf="recovery"), Duty.DRILL_RUNNER)
    there = f"arn:aws:rds:eu-west-1:{RECOVERY}:db:shop-prod"
    assert may(text, "rds:DeleteDBInstance", f"{there}-drill-2026-11-26")
    assert not may(text, "rds:DeleteDBInstance", f"{there}-main")
    assert may(text, "iam:PassRole", f"arn:aws:iam::{RECOVERY}:role/shop-prod-restore")
    assert not may(text, "iam:PassRole", f"arn:aws:iam::{RECOVERY}:role/shop-prod-deploy-recovery")


EC2, EFS = f"arn:aws:ec2:eu-west-1:{RECOVERY}", f"arn:aws:elasticfilesystem:eu-west-1:{RECOVERY}"
RDS, TABLES = f"arn:aws:rds:eu-west-1:{RECOVERY}", f"arn:aws:dynamodb:eu-west-1:{RECOVERY}:table"
MARKED, PRODUCTION = {"aws:ResourceTag/environment": "recovery"}, {"aws:ResourceTag/environment": "production"}
MARKS = {"aws:RequestTag/environment": "recovery"}
HERE = {"aws:ResourceAccount": RECOVERY}
TO_BACKUP = {"iam:PassedToService": "backup.amazonaws.com"}
BUCKET = "arn:aws:s3:::shop-prod-drill-7"


def _drills(action: str, resource: str, **keys: str) -> bool:
    made = context(Layer.ACCOUNT, accountOf="recovery")
    texts = [duty_policy(made, Duty.DRILL_RUNNER), boundaries(made)["boundary-people"]]
    return may_by_all(texts, action, resource, **{"aws:RequestedRegion": "eu-west-1", **keys})


@pytest.mark.parametrize(
    ("action", "resource", "keys"),
    [
        # by AWS Backup
        ("backup:StartRestoreJob", f"arn:aws:backup:eu-west-1:{RECOVERY}:recovery-point:1", {}),
        ("iam:PassRole", f"arn:aws:iam::{RECOVERY}:role/shop-prod-restore", TO_BACKUP),
        ("backup:DescribeRestoreJob", "*", {}),
        ("ec2:CreateTags", f"{EC2}:volume/vol-1", MARKS),
        ("ec2:CreateTags", f"{EC2}:instance/i-1", MARKS),
        ("elasticfilesystem:TagResource", f"{EFS}:file-system/fs-1", MARKS),
        # by the store itself
        ("rds:RestoreDBInstanceFromDBSnapshot", f"{RDS}:db:shop-prod-drill-7", {}),
        ("rds:RestoreDBInstanceFromDBSnapshot", f"{RDS}:snapshot:awsbackup:job-1", PRODUCTION),
        ("rds:RestoreDBInstanceFromDBSnapshot", f"{RDS}:subgrp:shop-prod-restored", MARKED),
        ("rds:RestoreDBInstanceToPointInTime", f"{RDS}:auto-backup:ab-1", {}),
        ("rds:AddTagsToResource", f"{RDS}:db:shop-prod-drill-7", {}),
        ("dynamodb:RestoreTableFromBackup", f"{TABLES}/shop-prod-sessions/backup/01", {}),
        ("dynamodb:RestoreTableFromBackup", f"{TABLES}/shop-prod-drill-7", {}),
        ("dynamodb:BatchWriteItem", f"{TABLES}/shop-prod-drill-7", {}),
        ("ec2:CreateVolume", f"{EC2}:volume/*", MARKS),
        ("ec2:CreateVolume", "arn:aws:ec2:eu-west-1::snapshot/snap-1", PRODUCTION),
        ("ec2:CreateTags", f"{EC2}:volume/vol-1", {**MARKS, "ec2:CreateAction": "CreateVolume"}),
        ("s3:CreateBucket", BUCKET, {}),
        # what it looks at
        ("elasticfilesystem:CreateMountTarget", f"{EFS}:file-system/fs-1", MARKED),
        ("ec2:CreateNetworkInterface", f"{EC2}:subnet/subnet-1", MARKED),
        ("sts:AssumeRole", f"arn:aws:iam::{RECOVERY}:role/shop-prod-verifier", {}),
        # what it takes away
        ("rds:DeleteDBInstance", f"{RDS}:db:shop-prod-drill-7", {}),
        ("dynamodb:DeleteTable", f"{TABLES}/shop-prod-drill-7", {}),
        ("ec2:DeleteVolume", f"{EC2}:volume/vol-1", MARKED),
        ("ec2:TerminateInstances", f"{EC2}:instance/i-1", MARKED),
        ("elasticfilesystem:DeleteMountTarget", f"{EFS}:file-system/fs-1", MARKED),
        ("elasticfilesystem:DeleteFileSystem", f"{EFS}:file-system/fs-1", MARKED),
        ("s3:ListBucketVersions", BUCKET, HERE),
        ("s3:DeleteObjectVersion", f"{BUCKET}/passport.png", HERE),
        ("s3:DeleteBucket", BUCKET, HERE),
    ],
)
def test_a_drill_may_what_it_needs_by_its_policy_and_its_boundary(
    action: str, resource: str, keys: dict[str, str]
) -> None:
    assert _drills(action, resource, **keys)


@pytest.mark.parametrize(
    ("action", "resource", "keys"),
    [
        ("backup:DeleteRecoveryPoint", f"arn:aws:backup:eu-west-1:{RECOVERY}:recovery-point:1", {}),
        ("backup:StartRestoreJob", "*", {"aws:RequestedRegion": "eu-central-1"}),
        (
            "iam:PassRole",
            f"arn:aws:iam::{RECOVERY}:role/shop-prod-restore",
            {"iam:PassedToService": "ec2.amazonaws.com"},
        ),
        ("iam:PassRole", f"arn:aws:iam::{RECOVERY}:role/shop-prod-verifier", TO_BACKUP),
        # a mark is set once: what is production's does not become a drill's
        ("ec2:CreateTags", f"{EC2}:volume/vol-9", {**MARKS, **PRODUCTION}),
        ("elasticfilesystem:TagResource", f"{EFS}:file-system/fs-9", {**MARKS, **PRODUCTION}),
        ("rds:AddTagsToResource", f"{RDS}:snapshot:awsbackup:job-9", {}),
        ("ec2:DeleteVolume", f"{EC2}:volume/vol-9", {}),
        ("ec2:DeleteVolume", f"{EC2}:volume/vol-9", PRODUCTION),
        ("ec2:TerminateInstances", f"{EC2}:instance/i-9", PRODUCTION),
        ("ec2:DeleteSnapshot", "arn:aws:ec2:eu-west-1::snapshot/snap-9", {}),
        ("rds:DeleteDBSnapshot", f"{RDS}:snapshot:awsbackup:job-9", {}),
        ("rds:DeleteDBInstance", f"{RDS}:db:shop-prod-database", {}),
        ("rds:RestoreDBInstanceFromDBSnapshot", f"{RDS}:subgrp:default", {}),
        ("dynamodb:GetItem", f"{TABLES}/shop-prod-sessions", {}),
        ("dynamodb:DeleteTable", f"{TABLES}/shop-prod-sessions", {}),
        ("elasticfilesystem:DeleteFileSystem", f"{EFS}:file-system/fs-9", PRODUCTION),
        ("ec2:CreateNetworkInterface", f"{EC2}:subnet/subnet-9", {}),
        ("s3:DeleteObjectVersion", "arn:aws:s3:::shop-prod-files-111122223333-eu-central-1/1", HERE),
        ("s3:PutObject", f"{BUCKET}/x", {"aws:ResourceAccount": "999999999999"}),
        ("s3:DeleteBucket", BUCKET, {"aws:ResourceAccount": "999999999999"}),
        ("sts:AssumeRole", f"arn:aws:iam::{RECOVERY}:role/shop-prod-deploy-recovery", {}),
    ],
)
def test_a_drill_may_nothing_to_production_to_a_backup_or_elsewhere(
    action: str, resource: str, keys: dict[str, str]
) -> None:
    assert not _drills(action, resource, **keys)


def test_break_glass_names_services_and_never_everything() -> None:
    text = duty_policy(context(), Duty.BREAK_GLASS)
    assert may(text, "rds:ModifyDBInstance")
    assert not may(text, "iam:CreateUser")


@pytest.mark.parametrize("action", [*READS[:4], "s3:GetObjectVersion", "kms:CreateGrant", "ssm:GetParameter"])
def test_a_preview_reads_no_data_no_secret_and_decrypts_nothing(action: str) -> None:
    assert refuses(preview_policy(context()), action)


@pytest.mark.parametrize("layer", [Layer.ACCOUNT, Layer.PRIMARY, Layer.VAULT])
def test_a_deploy_role_makes_roles_only_under_our_names_and_with_the_workloads_boundary(layer: Layer) -> None:
    text = deploy_policy(context(), layer)
    assert may(text, "iam:CreateRole", "arn:aws:iam::111122223333:role/shop-prod-heartbeat")
    assert not may(text, "iam:CreateRole", "arn:aws:iam::111122223333:role/other")
    assert '"iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/shop-prod-boundary-workload"' in text


@pytest.mark.parametrize("layer", list(Layer))
def test_a_deploy_role_refuses_to_remove_locks_by_itself_too(layer: Layer) -> None:
    assert refuses(deploy_policy(context(), layer), "backup:DeleteBackupVaultLockConfiguration")
    assert refuses(deploy_policy(context(), layer), "s3:BypassGovernanceRetention")


def test_every_policy_fits_into_a_role() -> None:
    texts = [duty_policy(context(), duty) for duty in Duty] + [deploy_policy(context(), layer) for layer in Layer]
    assert [len(one) for one in texts if len("".join(one.split())) > ROLE_MAX] == []
