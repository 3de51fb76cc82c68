"""The most that roles can do: no deploy role removes a lock, a backup or a log, reads data, or widens itself."""

from __future__ import annotations

import json

import pytest

from infra.components.access.actions import BLINDS, MAKES_PERMANENT, READS_DATA, REMOVES_BACKUPS, REMOVES_LOCKS
from infra.components.access.boundaries import POLICY_MAX, PolicyTooLong, boundaries, boundary_arn, deploy_boundary
from infra.components.access.deploying import bounded
from infra.components.access.duties import duty_policy
from infra.spec.access import Duty
from infra.spec.settings import Layer
from tests.support.infra_components import context, may, refuses

ALL = {"workload": "111122223333", "recovery": "111122223333", "vault": "111122223333", "organisation": "111122223333"}
LAB = {"environment": "lab", "disposable": True, "accounts": ALL}
DEPLOYS = [deploy_boundary(layer) for layer in Layer]


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return dict(boundaries(context(**LAB)))


@pytest.mark.parametrize("name", DEPLOYS)
@pytest.mark.parametrize("action", [one.replace("*", "X") for one in (*REMOVES_LOCKS, *REMOVES_BACKUPS, *BLINDS)])
def test_no_deploy_role_removes_a_lock_a_backup_or_a_log(made: dict[str, str], name: str, action: str) -> None:
    assert refuses(made[name], action)


@pytest.mark.parametrize("name", DEPLOYS)
def test_no_deploy_role_reads_data_or_makes_users(made: dict[str, str], name: str) -> None:
    reads = [one for one in READS_DATA if "*" not in one]
    assert [one for one in (*reads, "s3:GetObject", *MAKES_PERMANENT) if not refuses(made[name], one)] == []


@pytest.mark.parametrize("name", DEPLOYS)
def test_no_deploy_role_changes_its_own_limits(made: dict[str, str], name: str) -> None:
    for role in ("deploy-primary", "preview", "break-glass"):
        assert refuses(made[name], "iam:PutRolePolicy", f"arn:aws:iam::111122223333:role/shop-lab-{role}")
    assert refuses(made[name], "iam:CreatePolicyVersion", "arn:aws:iam::111122223333:policy/shop-lab-boundary-workload")
    assert refuses(made[name], "iam:DeleteRolePermissionsBoundary")
    assert not refuses(made[name], "iam:PutRolePolicy", "arn:aws:iam::111122223333:role/shop-lab-heartbeat")


@pytest.mark.parametrize("name", DEPLOYS)
def test_no_deploy_role_sets_a_lock_that_keeps_for_less_or_names_no_days(made: dict[str, str], name: str) -> None:
    (said,) = (one for one in json.loads(made[name])["Statement"] if one["Sid"] == "NoLocksShortened")
    assert said["Effect"] == "Deny"
    assert said["Condition"] == {"NumericLessThanIfExists": {"backup:MinRetentionDays": "7"}}


def test_a_deploy_role_reaches_the_services_of_its_layer_and_no_other_s(made: dict[str, str]) -> None:
    assert may(made["boundary-deploy-primary"], "rds:CreateDBInstance")
    assert not may(made["boundary-deploy-vault"], "rds:CreateDBInstance")
    assert not may(made["boundary-deploy-primary"], "cloudtrail:CreateTrail")


def test_a_deploy_role_of_another_account_does_not_reach_the_vault() -> None:
    text = boundaries(context())["boundary-deploy-primary"]
    assert refuses(text, "sts:AssumeRole", "arn:aws:iam::777788889999:role/shop-prod-deploy-vault")
    assert set(boundaries(context())) & {"boundary-deploy-vault", "boundary-deploy-recovery"} == set()


def test_the_state_s_bucket_is_the_only_one_that_a_deploy_role_reads() -> None:
    text = boundaries(context(access={"stateBucket": "example-state"}))["boundary-deploy-primary"]
    assert refuses(text, "s3:GetObject", "arn:aws:s3:::shop-prod-uploads/1")
    assert not refuses(text, "s3:GetObject", "arn:aws:s3:::example-state/.pulumi/stacks/shop/prod.json")


@pytest.mark.parametrize("layer", Layer)
def test_every_deploy_role_reaches_the_state_s_bucket_whatever_its_layer_s_services(layer: Layer) -> None:
    text = boundaries(context(**LAB, access={"stateBucket": "example-state"}))[deploy_boundary(layer)]
    for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
        assert may(text, action, "arn:aws:s3:::example-state/.pulumi/stacks/shop/prod.json")
    assert may(text, "s3:ListBucket", "arn:aws:s3:::example-state")


@pytest.mark.parametrize("name", ["boundary-people", "boundary-workload"])
def test_neither_people_nor_services_remove_a_lock(made: dict[str, str], name: str) -> None:
    assert [one for one in (*REMOVES_LOCKS, *BLINDS) if not refuses(made[name], one.replace("*", "X"))] == []


def test_break_glass_makes_no_users_and_blinds_nobody(made: dict[str, str]) -> None:
    assert [one for one in (*MAKES_PERMANENT, *BLINDS) if not refuses(made["boundary-break-glass"], one)] == []


def test_every_boundary_fits_into_a_policy(made: dict[str, str]) -> None:
    assert {
        name: len("".join(text.split())) for name, text in made.items() if len("".join(text.split())) > POLICY_MAX
    } == {}


def test_one_that_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.components.access.boundaries.POLICY_MAX", 1000)
    with pytest.raises(PolicyTooLong, match="IAM takes 1000"):
        boundaries(context())


def test_a_role_for_a_service_names_its_boundary_before_it_is_there() -> None:
    assert boundary_arn(context()) == "arn:aws:iam::111122223333:policy/shop-prod-boundary-workload"


# -- of whatever restores

RECOVERY = "444455556666"
STORE = f"arn:aws:rds:eu-west-1:{RECOVERY}:db:shop-prod"


@pytest.fixture(scope="module")
def restoring() -> str:
    return boundaries(context(Layer.ACCOUNT, accountOf="recovery"))["boundary-recovery"]


def test_only_the_recovery_account_has_the_boundary_of_whatever_restores() -> None:
    assert "boundary-recovery" not in boundaries(context())


def test_whatever_restores_changes_what_drills_made_and_nothing_else(restoring: str) -> None:
    assert not refuses(restoring, "rds:DeleteDBInstance", f"{STORE}-drill-2026-11-26")
    assert refuses(restoring, "rds:DeleteDBInstance", f"{STORE}-main")
    assert refuses(restoring, "dynamodb:Scan", f"arn:aws:dynamodb:eu-west-1:{RECOVERY}:table/shop-prod-sessions")


def test_whatever_restores_passes_one_role_and_copies_nothing_on(restoring: str) -> None:
    assert not refuses(restoring, "iam:PassRole", f"arn:aws:iam::{RECOVERY}:role/shop-prod-restore")
    assert refuses(restoring, "iam:PassRole", f"arn:aws:iam::{RECOVERY}:role/shop-prod-deploy-recovery")
    assert refuses(restoring, "backup:CopyFromBackupVault")


def test_each_layer_s_roles_have_one_boundary_and_what_restores_has_the_narrower_one() -> None:
    here = context(Layer.ACCOUNT, accountOf="recovery")
    for layer in Layer:
        arn = bounded(here, layer)["StringEquals"]["iam:PermissionsBoundary"]
        assert arn.endswith("boundary-recovery") == (layer is Layer.RECOVERY)
    assert boundary_arn(context(Layer.RECOVERY)) == f"arn:aws:iam::{RECOVERY}:policy/shop-prod-boundary-recovery"


def test_the_drill_runner_may_take_the_verifier_s_role_and_no_other() -> None:
    people = boundaries(context(Layer.ACCOUNT, accountOf="recovery"))["boundary-people"]
    for text in (people, duty_policy(context(Layer.ACCOUNT, accountOf="recovery"), Duty.DRILL_RUNNER)):
        assert may(text, "sts:AssumeRole", f"arn:aws:iam::{RECOVERY}:role/shop-prod-verifier")
        assert not may(text, "sts:AssumeRole", f"arn:aws:iam::{RECOVERY}:role/shop-prod-deploy-recovery")
