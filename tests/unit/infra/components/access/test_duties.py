"""Each duty may do its own work, and not another's."""

from __future__ import annotations

import pytest

from infra.components.access.deploying import deploy_policy, preview_policy
from infra.components.access.duties import duty_policy
from infra.spec.access import Duty
from infra.spec.settings import Layer
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


def test_the_drill_runner_touches_nothing_that_is_marked_as_production() -> None:
    text = duty_policy(context(), Duty.DRILL_RUNNER)
    assert '"aws:ResourceTag/environment": "production"' in text
    assert not may(text, "backup:DeleteRecoveryPoint")


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
