"""The vault layer under mocks: apart from everybody, locked, and copied out of into the recovery vault alone."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from pydantic import ValidationError

from infra.layers import vault
from infra.spec.settings import Layer
from stormproof.core.infra.policy_document import PolicyDocument, read_policy
from tests.support.iam_verdicts import verdict
from tests.support.infra_components import broken_rules, context, of, weakened
from tests.support.pulumi_mocks import Declared, Run, run

VAULT, AIR_GAPPED = "aws:backup/vault:Vault", "aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault"
LOCK, POLICY = "aws:backup/vaultLockConfiguration:VaultLockConfiguration", "aws:backup/vaultPolicy:VaultPolicy"
SETTINGS = "aws:backup/regionSettings:RegionSettings"
ASKED_FOR = {"backup": {"airGapped": {}}, "acknowledgeComplianceLock": True}


@cache
def _run(changes: str = "{}", *, preview: bool = True) -> Run:
    made = context(Layer.VAULT, **json.loads(changes))
    return run(lambda: vault.declare(made), preview=preview)


def _seen(*, preview: bool = True, **changes: Any) -> list[Declared]:
    return _run(json.dumps(changes, sort_keys=True), preview=preview).declared


def _policy(seen: list[Declared], name: str) -> PolicyDocument:
    (found,) = [one for one in of(seen, POLICY) if one.name == name]
    read = read_policy(found.inputs["policy"])
    assert isinstance(read, PolicyDocument)
    return read


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("changes", [{}, ASKED_FOR], ids=["locked", "air-gapped"])
def test_no_rule_has_anything_to_say(preview: bool, changes: dict[str, Any]) -> None:
    assert broken_rules(_seen(preview=preview, **changes), layer=Layer.VAULT, but=()) == {}


@pytest.mark.parametrize(
    ("kind", "changes", "rule"),
    [
        (VAULT, {"kmsKeyArn": None}, "vaults-encrypted"),
        (POLICY, {"policy": '{"Version": "2012-10-17", "Statement": []}'}, "backup-vault-guarded"),
        (LOCK, {"changeableForDays": 3}, "backup-compliance-lock-acknowledged"),
    ],
)
def test_a_weaker_one_is_found(kind: str, changes: dict[str, Any], rule: str) -> None:
    assert rule in broken_rules(weakened(_seen(), kind, **changes), layer=Layer.VAULT)


def test_it_lies_in_another_account_and_another_region_than_the_service() -> None:
    assert {one.region for one in _seen() if one.custom} == {"eu-north-1", None}
    assert _run().outputs["vaultArn"].value == "arn:aws:backup:eu-north-1:777788889999:backup-vault:shop-prod-vault"


def test_copies_come_from_the_service_s_account_alone() -> None:
    (allowed,) = _policy(_seen(), "vault-vault-policy").allowing
    assert allowed.principals == {"AWS": ("arn:aws:iam::111122223333:root",)}
    assert allowed.actions == ("backup:CopyIntoBackupVault",)


def test_the_lock_keeps_at_least_a_month_and_is_a_governance_lock() -> None:
    (lock,) = of(_seen(), LOCK)
    assert lock.inputs["minRetentionDays"] == 30
    assert "changeableForDays" not in lock.inputs


def test_nobody_of_the_service_s_account_takes_its_role() -> None:
    (role,) = of(_seen(), "aws:iam/role:Role")
    trust = read_policy(role.inputs["assumeRolePolicy"])
    assert isinstance(trust, PolicyDocument)
    assert [one.principals for one in trust.allowing] == [{"Service": ("backup.amazonaws.com",)}]
    assert "111122223333" not in role.inputs["assumeRolePolicy"]


def test_what_lies_here_is_copied_into_the_recovery_vault_and_nowhere_else() -> None:
    (policy,) = of(_seen(), "aws:iam/rolePolicy:RolePolicy")
    text, back = policy.inputs["policy"], "arn:aws:backup:eu-west-1:444455556666:backup-vault:shop-prod-recovery"
    for to, answer in (
        (back, "nothing"),
        (f"{back},{back}-too", "denied"),
        ("arn:aws:backup:a:b:backup-vault:c", "denied"),
    ):
        assert verdict(text, "backup:CopyFromBackupVault", **{"backup:CopyTargets": to}) == answer


def test_a_copy_back_that_fails_is_told() -> None:
    names = {one.inputs["name"] for one in of(_seen(), "aws:cloudwatch/eventRule:EventRule")}
    assert "shop-prod-vault-copies-failed" in names


# -- the air-gapped one


def test_there_is_no_air_gapped_vault_unless_somebody_asked_for_it() -> None:
    assert not of(_seen(), AIR_GAPPED)
    (found,) = of(_seen(**ASKED_FOR), AIR_GAPPED)
    assert found.inputs["tags"]["compliance-lock"] == "acknowledged"
    assert (found.protect, found.retain) == (True, True)


def test_one_that_nobody_acknowledged_is_refused_before_anything_is_declared() -> None:
    with pytest.raises(ValidationError, match="set stormproof:acknowledgeComplianceLock to true"):
        context(Layer.VAULT, backup={"airGapped": {}})


def test_it_takes_copies_from_the_service_s_account_alone() -> None:
    (allowed,) = _policy(_seen(**ASKED_FOR), "vault-air-gapped-policy").allowing
    assert allowed.principals == {"AWS": ("arn:aws:iam::111122223333:root",)}


# -- one account for all


def test_kinds_are_opted_in_once_for_an_account_and_region() -> None:
    account = "123456789012"
    regions = {"primary": "eu-central-1", "recovery": "eu-west-1", "vault": "eu-west-1"}
    accounts = {"workload": account, "recovery": account, "vault": account}
    assert of(_seen(), SETTINGS)
    assert not of(_seen(environment="lab", disposable=True, regions=regions, accounts=accounts), SETTINGS)
