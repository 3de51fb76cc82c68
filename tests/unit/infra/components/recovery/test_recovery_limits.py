"""Whatever restores touches nothing of production: by name, by tag, by region; and hands one role to one service."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.components.documents import document, statement
from infra.components.recovery.limits import made_by_drills, production_refused
from infra.components.recovery.verifier import verifier_rights, verifier_trust
from infra.spec.settings import Layer
from stormproof.core.infra.policy_document import PolicyDocument, Statement, read_policy
from tests.support.iam_verdicts import verdict
from tests.support.infra_components import context, refuses

THERE = "eu-west-1:444455556666"


def _text(**changes: Any) -> str:
    # With something allowed, or the helpers would have nothing to compare with.
    return document(statement("All", "*"), *production_refused(context(Layer.RECOVERY, **changes)))


def _said(sid: str) -> Statement:
    found = read_policy(_text())
    assert isinstance(found, PolicyDocument)
    return next(one for one in found.statements if one.sid == sid)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("rds:DeleteDBInstance", f"arn:aws:rds:{THERE}:db:shop-prod-main"),
        ("rds:ModifyDBInstance", f"arn:aws:rds:{THERE}:db:anything"),
        ("dynamodb:DeleteItem", f"arn:aws:dynamodb:{THERE}:table/shop-prod-sessions"),
        ("dynamodb:Scan", f"arn:aws:dynamodb:{THERE}:table/shop-prod-sessions"),
        ("s3:GetObject", "arn:aws:s3:::shop-prod-uploads-111122223333-eu-central-1/passport.png"),
        ("s3:PutObject", "arn:aws:s3:::shop-prod-uploads-111122223333-eu-central-1/x"),
        ("s3:DeleteObjectVersion", "arn:aws:s3:::other/x"),
    ],
)
def test_what_no_drill_made_is_neither_changed_nor_read(action: str, resource: str) -> None:
    assert refuses(_text(), action, resource)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("rds:DeleteDBInstance", f"arn:aws:rds:{THERE}:db:shop-prod-drill-2026-11-26"),
        ("rds:DeleteDBInstance", f"arn:aws:rds:{THERE}:db:awsbackup-restore-test-0a1b"),
        ("dynamodb:Query", f"arn:aws:dynamodb:{THERE}:table/shop-prod-drill-7"),
        ("s3:PutObject", "arn:aws:s3:::awsbackup-restore-test-0a1b/x"),
        # Copies carry the tags of what was backed up, and are there to be restored.
        ("rds:RestoreDBInstanceFromDBSnapshot", f"arn:aws:rds:{THERE}:snapshot:awsbackup:copyjob-0a1b"),
        ("backup:StartRestoreJob", "arn:aws:backup:eu-west-1:444455556666:recovery-point:0a1b"),
    ],
)
def test_what_drills_and_restore_tests_make_is_theirs(action: str, resource: str) -> None:
    assert not refuses(_text(), action, resource)


def test_it_never_leaves_its_region() -> None:
    found = _said("NotElsewhere")
    assert found.condition("aws:RequestedRegion", "StringNotEquals") == ("eu-west-1",)
    assert found.covers_action("rds:DescribeDBInstances")
    assert not found.covers_action("sts:GetCallerIdentity")


def test_what_has_no_name_is_told_by_its_tag() -> None:
    found = _said("NothingOfProduction")
    assert found.condition("aws:ResourceTag/environment", "StringEquals") == ("production",)
    assert found.covers_action("elasticfilesystem:DeleteFileSystem")
    assert found.covers_action("ec2:TerminateInstances")


# -- where a copy is put, whatever tags it carries

LIES_IN = "arn:aws:ec2:eu-west-1:444455556666"
COPY = {"aws:ResourceTag/environment": "production", "aws:RequestedRegion": "eu-west-1"}
OURS = {"aws:ResourceTag/environment": "recovery", "aws:RequestedRegion": "eu-west-1"}
BARE = {"aws:RequestedRegion": "eu-west-1"}


@pytest.mark.parametrize(
    ("action", "resource", "keys"),
    [
        ("ec2:RunInstances", "arn:aws:ec2:eu-west-1::image/ami-1", COPY),
        ("ec2:RunInstances", "arn:aws:ec2:eu-west-1::snapshot/snap-1", COPY),
        ("ec2:RunInstances", f"{LIES_IN}:instance/*", BARE),
        ("ec2:RunInstances", f"{LIES_IN}:volume/*", BARE),
        ("ec2:RunInstances", f"{LIES_IN}:subnet/subnet-1", OURS),
        ("ec2:RunInstances", f"{LIES_IN}:security-group/sg-1", OURS),
        ("ec2:CreateVolume", "arn:aws:ec2:eu-west-1::snapshot/snap-1", COPY),
        ("ec2:CreateVolume", f"{LIES_IN}:volume/*", BARE),
        ("rds:RestoreDBInstanceFromDBSnapshot", f"arn:aws:rds:{THERE}:snapshot:awsbackup:job-1", COPY),
        ("rds:RestoreDBInstanceFromDBSnapshot", f"arn:aws:rds:{THERE}:subgrp:shop-prod-restored", OURS),
        ("elasticfilesystem:CreateFileSystem", "*", BARE),
        ("elasticfilesystem:Restore", f"arn:aws:elasticfilesystem:{THERE}:file-system/fs-1", COPY),
        ("backup:StartRestoreJob", "arn:aws:backup:eu-west-1:444455556666:recovery-point:1", COPY),
        ("s3:CreateBucket", "arn:aws:s3:::shop-prod-drill-1", BARE),
        ("s3:PutObject", "arn:aws:s3:::shop-prod-drill-1/x", {**BARE, "aws:ResourceAccount": "444455556666"}),
    ],
)
def test_a_restore_passes_though_what_it_restores_from_is_tagged_as_production_s(
    action: str, resource: str, keys: dict[str, str]
) -> None:
    assert verdict(_text(), action, resource, **keys) == "allowed"


@pytest.mark.parametrize(
    ("action", "resource", "keys"),
    [
        ("ec2:RunInstances", f"{LIES_IN}:subnet/subnet-9", COPY),
        ("ec2:RunInstances", f"{LIES_IN}:subnet/subnet-9", BARE),  # the default network's has no tag
        ("ec2:RunInstances", f"{LIES_IN}:security-group/sg-9", COPY),
        ("ec2:CreateNetworkInterface", f"{LIES_IN}:subnet/subnet-9", COPY),
        ("ec2:TerminateInstances", f"{LIES_IN}:instance/i-9", COPY),
        ("ec2:StopInstances", f"{LIES_IN}:instance/i-9", COPY),
        ("ec2:ModifyInstanceAttribute", f"{LIES_IN}:instance/i-9", COPY),
        ("ec2:DeleteVolume", f"{LIES_IN}:volume/vol-9", COPY),
        ("ec2:DeleteSnapshot", "arn:aws:ec2:eu-west-1::snapshot/snap-9", COPY),
        ("ec2:ModifySnapshotAttribute", "arn:aws:ec2:eu-west-1::snapshot/snap-9", BARE),
        ("rds:DeleteDBSnapshot", f"arn:aws:rds:{THERE}:snapshot:awsbackup:job-9", BARE),
        ("rds:RestoreDBInstanceFromDBSnapshot", f"arn:aws:rds:{THERE}:subgrp:default", BARE),
        ("elasticfilesystem:DeleteFileSystem", f"arn:aws:elasticfilesystem:{THERE}:file-system/fs-9", COPY),
        (
            "ec2:TerminateInstances",
            "arn:aws:ec2:eu-central-1:444455556666:instance/i-9",
            {"aws:RequestedRegion": "eu-central-1"},
        ),
        # a bucket that somebody else made under a drill's name
        ("s3:PutObject", "arn:aws:s3:::shop-prod-drill-1/x", {**BARE, "aws:ResourceAccount": "999999999999"}),
    ],
)
def test_an_act_on_production_or_into_another_s_network_or_bucket_is_refused(
    action: str, resource: str, keys: dict[str, str]
) -> None:
    assert verdict(_text(), action, resource, **keys) == "denied"


def test_a_secret_without_a_tag_counts_as_production_s() -> None:
    """AWS: a negated condition holds where the key is missing."""
    assert _said("NoSecretsOfProduction").condition("aws:ResourceTag/environment", "StringNotEquals") == ("recovery",)


def test_one_role_is_passed_to_one_service() -> None:
    assert refuses(_text(), "iam:PassRole", "arn:aws:iam::444455556666:role/shop-prod-deploy-recovery")
    assert not refuses(_text(), "iam:PassRole", "arn:aws:iam::444455556666:role/shop-prod-restore")
    assert _said("ToAwsBackupAlone").condition("iam:PassedToService", "StringNotEquals") == ("backup.amazonaws.com",)


def test_in_production_s_account_the_same_holds_for_production_s_names() -> None:
    account = "111122223333"
    accounts = {"workload": account, "recovery": account, "vault": "777788889999"}
    text = _text(accounts=accounts, recovery={"sameAccount": True})
    assert refuses(text, "rds:DeleteDBInstance", f"arn:aws:rds:eu-central-1:{account}:db:shop-prod-main")
    assert refuses(text, "rds:DeleteDBInstance", f"arn:aws:rds:eu-west-1:{account}:db:shop-prod-main")
    assert not refuses(text, "rds:DeleteDBInstance", f"arn:aws:rds:eu-west-1:{account}:db:shop-prod-drill-1")


def test_drills_names_lie_in_the_recovery_account_and_region() -> None:
    made = context(Layer.RECOVERY)
    arns = made_by_drills(made, made.place)
    assert all(":eu-west-1:444455556666:" in arn or arn.startswith("arn:aws:s3:::") for arn in arns)


def test_the_verifier_is_taken_by_the_drill_runner_of_its_account_and_by_functions_of_it() -> None:
    statements = {one["Sid"]: one for one in json.loads(verifier_trust(context(Layer.RECOVERY)))["Statement"]}
    assert statements["DrillRunner"]["Condition"] == {
        "ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/shop-prod-drill-runner"}
    }
    # Lambda sends no source when it takes a role: a condition on one would never be met.
    assert "Condition" not in statements["Functions"]
    assert set(statements) == {"DrillRunner", "Functions"}


def test_the_verifier_s_code_touches_no_network_card_that_lambda_makes_for_it() -> None:
    """Lambda's own calls with the role carry no function; those of the code do."""
    text = document(*verifier_rights(context(Layer.RECOVERY)), *production_refused(context(Layer.RECOVERY)))
    card = "arn:aws:ec2:eu-west-1:444455556666:network-interface/eni-1"
    function = {"lambda:SourceFunctionArn": "arn:aws:lambda:eu-west-1:444455556666:function:looks"}
    assert verdict(text, "ec2:CreateNetworkInterface", card, **BARE) == "allowed"
    assert verdict(text, "ec2:DeleteNetworkInterface", card, **BARE, **function) == "denied"
