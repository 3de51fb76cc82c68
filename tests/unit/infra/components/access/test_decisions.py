"""What roles may in the end, by policy, boundary and guardrails together: what they need, and never what they must not."""

from __future__ import annotations

from typing import Any

import pytest

from infra.components.access.actions import SETS_BUCKET_LOCKS
from infra.components.access.boundaries import BOUNDARY_BREAK_GLASS, boundaries, deploy_boundary
from infra.components.access.deploying import deploy_policy, layers_here
from infra.components.access.duties import duty_policy
from infra.components.organisation.guardrails import service_control_policies
from infra.spec.access import Duty
from infra.spec.settings import Layer
from tests.support.iam_decision import Caller
from tests.support.infra_components import SHAPE, context

ACCOUNTS: dict[str, str] = {**SHAPE["accounts"], "log": "222233334444", "organisation": "555566667777"}
WORKLOAD, RECOVERY, VAULT = ACCOUNTS["workload"], ACCOUNTS["recovery"], ACCOUNTS["vault"]
LOCKED = "arn:aws:s3:::shop-prod-audit-trail-222233334444-eu-central-1"


def _role(name: str, account: str) -> str:
    return f"arn:aws:iam::{account}:role/shop-prod-{name}"


def _limit(name: str, account: str) -> str:
    return f"arn:aws:iam::{account}:policy/shop-prod-boundary-{name}"


def _deploy(layer: Layer, whose: str, **changes: Any) -> Caller:
    made = context(Layer.ACCOUNT, accounts=ACCOUNTS, accountOf=whose, **changes)
    return Caller(
        [deploy_policy(made, layer)],
        boundaries(made)[deploy_boundary(layer)],
        list(service_control_policies(made.settings).values()),
        {"aws:PrincipalArn": _role(f"deploy-{layer.value}", made.place.account), "aws:RequestedRegion": "eu-central-1"},
    )


def _break_glass(whose: str) -> Caller:
    made = context(Layer.ACCOUNT, accounts=ACCOUNTS, accountOf=whose)
    # Somebody attached everything to it: what holds then is its boundary.
    everything = '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    return Caller(
        [duty_policy(made, Duty.BREAK_GLASS), everything],
        boundaries(made)[BOUNDARY_BREAK_GLASS],
        list(service_control_policies(made.settings).values()),
        {"aws:PrincipalArn": _role("break-glass", made.place.account), "aws:RequestedRegion": "eu-central-1"},
    )


@pytest.fixture(scope="module")
def restores() -> Caller:
    return _deploy(Layer.RECOVERY, "recovery")


@pytest.fixture(scope="module")
def glass() -> Caller:
    return _break_glass("workload")


# -- boundaries are given once, and each layer gives one


def test_whoever_deploys_recovery_makes_roles_within_its_narrower_boundary_alone(restores: Caller) -> None:
    role = _role("restore", RECOVERY)
    for action in ("iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"):
        assert restores.may(action, role, iam__PermissionsBoundary=_limit("recovery", RECOVERY))
        assert not restores.may(action, role, iam__PermissionsBoundary=_limit("workload", RECOVERY))
        assert not restores.may(action, role)


@pytest.mark.parametrize("layer", [Layer.ACCOUNT, Layer.PRIMARY])
def test_every_other_layer_makes_them_within_the_workloads_boundary_alone(layer: Layer) -> None:
    caller, role = _deploy(layer, "workload"), _role("heartbeat", WORKLOAD)
    assert caller.may("iam:CreateRole", role, iam__PermissionsBoundary=_limit("workload", WORKLOAD))
    for other in ("recovery", "people", "break-glass", "deploy-account"):
        assert not caller.may("iam:CreateRole", role, iam__PermissionsBoundary=_limit(other, WORKLOAD))


@pytest.mark.parametrize("whose", ["workload", "recovery", "vault", "log", "organisation"])
def test_nobody_who_deploys_exchanges_a_boundary_or_takes_one_off(whose: str) -> None:
    here = context(Layer.ACCOUNT, accounts=ACCOUNTS, accountOf=whose)
    for layer in layers_here(here):
        caller, account = _deploy(layer, whose), here.place.account
        for name in ("workload", "recovery"):
            put = {"iam__PermissionsBoundary": _limit(name, account)}
            assert not caller.may("iam:PutRolePermissionsBoundary", _role("restore", account), **put)
        assert not caller.may("iam:DeleteRolePermissionsBoundary", _role("restore", account))


def test_a_role_of_the_recovery_environment_is_not_made_anew_by_another_layer_within_a_wider_one() -> None:
    caller = _deploy(Layer.ACCOUNT, "recovery")
    wider = {"iam__PermissionsBoundary": _limit("workload", RECOVERY)}
    assert caller.may("iam:DeleteRole", _role("trail-logs", RECOVERY))
    for action in ("iam:DeleteRole", "iam:CreateRole", "iam:UpdateAssumeRolePolicy"):
        for name in ("restore", "verifier"):
            assert not caller.may(action, _role(name, RECOVERY), **wider)


# -- how long a bucket locks


@pytest.mark.parametrize(
    ("layer", "whose"), [(Layer.ACCOUNT, "log"), (Layer.PRIMARY, "workload"), (Layer.RECOVERY, "recovery")]
)
def test_no_pipeline_changes_how_long_a_bucket_locks(layer: Layer, whose: str) -> None:
    caller = _deploy(layer, whose)
    assert caller.may("s3:PutBucketVersioning", LOCKED) or layer is Layer.VAULT
    assert [one for one in SETS_BUCKET_LOCKS if caller.may(one, LOCKED)] == []


def test_whoever_brings_an_account_up_makes_its_locked_bucket_and_afterwards_only_break_glass_could() -> None:
    first = "arn:aws:iam::222233334444:role/first"
    everything = ['{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}']

    def caller(arn: str, *administrators: str) -> Caller:
        made = context(accounts=ACCOUNTS, keys={"administrators": list(administrators)})
        rails = list(service_control_policies(made.settings).values())
        return Caller(everything, None, rails, {"aws:PrincipalArn": arn, "aws:RequestedRegion": "eu-central-1"})

    [action] = SETS_BUCKET_LOCKS
    assert caller(first, first).may(action, LOCKED)
    assert not caller(first).may(action, LOCKED)
    assert caller(_role("break-glass", "222233334444")).may(action, LOCKED)


# -- the emergency's role


@pytest.mark.parametrize(
    "action",
    [
        "rds:ModifyDBInstance", "rds:RestoreDBInstanceToPointInTime", "ec2:AuthorizeSecurityGroupIngress", "s3:GetObject",
        "ec2:ReplaceRoute", "backup:StartRestoreJob", "secretsmanager:GetSecretValue", "lambda:UpdateFunctionConfiguration",
        "iam:GetRole", "dynamodb:RestoreTableToPointInTime", "elasticloadbalancing:ModifyListener", "kms:EnableKey",
    ],
)  # fmt: skip
def test_in_an_emergency_services_are_brought_back(glass: Caller, action: str) -> None:
    assert glass.may(action)


def test_it_mends_roles_of_services_within_their_boundary(glass: Caller) -> None:
    role, within = _role("heartbeat", WORKLOAD), {"iam__PermissionsBoundary": _limit("workload", WORKLOAD)}
    for action in ("iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:DeleteRolePolicy"):
        assert glass.may(action, role, **within)
        assert not glass.may(action, role)
        assert not glass.may(action, role, iam__PermissionsBoundary=_limit("break-glass", WORKLOAD))
    assert glass.may("iam:PassRole", role)


@pytest.mark.parametrize(
    "action",
    ["iam:CreateUser", "iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:AttachUserPolicy", "iam:CreateSAMLProvider",
     "iam:CreateOpenIDConnectProvider", "rolesanywhere:CreateTrustAnchor", "sso:CreateAccountAssignment",
     "iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary"],
)  # fmt: skip
def test_it_makes_nothing_that_outlives_it_and_takes_no_boundary_off(glass: Caller, action: str) -> None:
    assert not glass.may(action, _role("heartbeat", WORKLOAD), iam__PermissionsBoundary=_limit("workload", WORKLOAD))
    assert not glass.may(action)


@pytest.mark.parametrize("name", ["break-glass", "deploy-primary", "operator", "preview", "key-administrator"])
def test_it_makes_over_neither_itself_nor_people_nor_pipelines(glass: Caller, name: str) -> None:
    within = {"iam__PermissionsBoundary": _limit("workload", WORKLOAD)}
    for action in (
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:PutRolePolicy",
        "iam:UpdateAssumeRolePolicy",
        "iam:PassRole",
    ):
        assert not glass.may(action, _role(name, WORKLOAD), **within)


def test_it_takes_over_no_role_that_is_not_ours_and_no_boundary(glass: Caller) -> None:
    assert not glass.may("iam:UpdateAssumeRolePolicy", f"arn:aws:iam::{WORKLOAD}:role/OrganizationAccountAccessRole")
    for name in ("workload", "break-glass", "deploy-account"):
        assert not glass.may("iam:CreatePolicyVersion", _limit(name, WORKLOAD))
    assert glass.may("iam:CreatePolicyVersion", f"arn:aws:iam::{WORKLOAD}:policy/shop-prod-something")


def test_what_restores_keeps_its_narrower_boundary_in_an_emergency_too() -> None:
    glass, role = _break_glass("recovery"), _role("restore", RECOVERY)
    assert glass.may("iam:CreateRole", role, iam__PermissionsBoundary=_limit("recovery", RECOVERY))
    assert not glass.may("iam:CreateRole", role, iam__PermissionsBoundary=_limit("workload", RECOVERY))


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("backup:DeleteRecoveryPoint", f"arn:aws:backup:eu-north-1:{VAULT}:recovery-point:1"),
        ("backup:PutBackupVaultAccessPolicy", f"arn:aws:backup:eu-north-1:{VAULT}:backup-vault:shop-prod-vault"),
        ("s3:BypassGovernanceRetention", f"{LOCKED}/AWSLogs/1.gz"),
        ("s3:PutBucketObjectLockConfiguration", LOCKED),
        ("cloudtrail:UpdateTrail", "arn:aws:cloudtrail:eu-central-1:222233334444:trail/shop-prod-audit"),
        ("sts:AssumeRole", _role("deploy-vault", VAULT)),
    ],
)
def test_it_touches_no_lock_no_trail_and_no_vault_of_another_account(glass: Caller, action: str, resource: str) -> None:
    owner = VAULT if VAULT in resource else "222233334444"
    assert not glass.may(action, resource, aws__ResourceAccount=owner)
    if action.startswith(("backup:Delete", "s3:Bypass")):  # its own are what the guardrails leave to it alone
        assert glass.may(action, resource, aws__ResourceAccount=WORKLOAD)


@pytest.mark.parametrize("action", ["cloudtrail:StopLogging", "cloudtrail:UpdateTrail", "guardduty:UpdateDetector"])
def test_it_blinds_nobody_in_its_own_account(glass: Caller, action: str) -> None:
    assert not glass.may(action, aws__ResourceAccount=WORKLOAD)


def test_its_own_alarm_stays(glass: Caller) -> None:
    alarms = f"arn:aws:cloudwatch:eu-central-1:{WORKLOAD}:alarm:shop-prod-"
    assert not glass.may("cloudwatch:DisableAlarmActions", f"{alarms}break-glass-used")
    assert glass.may("cloudwatch:DisableAlarmActions", f"{alarms}primary-database-slow")
    logs = f"arn:aws:logs:eu-central-1:{WORKLOAD}:log-group:/shop/prod/"
    assert not glass.may("logs:DeleteMetricFilter", f"{logs}audit-trail:*")
    assert glass.may("logs:DeleteMetricFilter", f"{logs}application:*")


def test_the_state_in_another_account_is_still_read_and_written_by_it(glass: Caller) -> None:
    for action in ("s3:GetObject", "s3:PutObject"):
        assert glass.may(action, "arn:aws:s3:::shop-pulumi-state/x", aws__ResourceAccount=ACCOUNTS["organisation"])
