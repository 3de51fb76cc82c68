"""A point that a vault's lock does not take is never made: rules and copies are held against the lock of where they go."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.backup_lifetime_within_lock import RULE
from stormproof.core.infra.resource_graph import Resource
from stormproof.core.infra.rule import RuleVerdict

VAULT = res("aws:backup/vault:Vault", "vault", name="main")
FAR = res("aws:backup/vault:Vault", "far", name="far")
LOCK = res(
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration",
    "lock",
    backupVaultName="main",
    minRetentionDays=7,
    maxRetentionDays=35,
)


def _verdict(*more: Resource, target: object = "main", days: object = 14, **rule: Any) -> RuleVerdict:
    lifecycle = {"deleteAfter": days} if days is not None else None
    plan = res(
        "aws:backup/plan:Plan",
        "plan",
        rules=[{"ruleName": "r", "targetVaultName": target, "lifecycle": lifecycle, **rule}],
    )
    return verdicts(RULE, program(VAULT, FAR, plan, *more))["plan"]


@pytest.mark.parametrize(
    ("days", "verdict"),
    [
        (6, RuleVerdict.FAILED),
        (7, RuleVerdict.PASSED),
        (35, RuleVerdict.PASSED),
        (36, RuleVerdict.FAILED),
        (None, RuleVerdict.FAILED),
        (Ref("x"), RuleVerdict.UNKNOWN),
    ],
)
@pytest.mark.parametrize("target", ["main", Ref("vault")])
def test_a_rule_s_lifetime_against_its_vault_s_lock(target: object, days: object, verdict: RuleVerdict) -> None:
    assert _verdict(LOCK, target=target, days=days) is verdict


def test_a_vault_without_a_lock_takes_any_lifetime() -> None:
    assert _verdict(days=None) is RuleVerdict.PASSED


def test_a_vault_outside_this_program_is_not_judged_here() -> None:
    assert _verdict(LOCK, target="elsewhere", days=1) is RuleVerdict.PASSED


def test_a_copy_is_held_against_the_lock_of_where_it_goes() -> None:
    far_lock = res(
        "aws:backup/vaultLockConfiguration:VaultLockConfiguration", "lock2", backupVaultName="far", minRetentionDays=90
    )
    copy = {"destinationVaultArn": Ref("far"), "lifecycle": {"deleteAfter": 30}}
    assert _verdict(LOCK, far_lock, copyActions=[copy]) is RuleVerdict.FAILED
    assert _verdict(LOCK, far_lock, copyActions=[copy | {"lifecycle": {"deleteAfter": 90}}]) is RuleVerdict.PASSED


def test_an_air_gapped_vault_has_its_bounds_itself() -> None:
    gapped = res(
        "aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault",
        "gapped",
        name="gapped",
        minRetentionDays=30,
        maxRetentionDays=90,
    )
    copy = {"destinationVaultArn": Ref("gapped"), "lifecycle": {"deleteAfter": 14}}
    assert _verdict(gapped, copyActions=[copy]) is RuleVerdict.FAILED


def test_a_reference_that_may_mean_either_of_two_vaults_is_unknown_where_they_differ() -> None:
    copy = {"destinationVaultArn": Ref("far"), "lifecycle": {"deleteAfter": 14}}
    assert _verdict(LOCK, target=Ref("vault"), days=60, copyActions=[copy]) is RuleVerdict.UNKNOWN


def test_a_lock_whose_bounds_are_not_known_leaves_it_unknown() -> None:
    lock = res(
        "aws:backup/vaultLockConfiguration:VaultLockConfiguration",
        "lock",
        backupVaultName="main",
        minRetentionDays=Ref("x"),
    )
    assert _verdict(lock) is RuleVerdict.UNKNOWN


def test_rules_that_are_not_known_leave_it_unknown() -> None:
    plan = res("aws:backup/plan:Plan", "plan", rules=Ref("x"))
    assert verdicts(RULE, program(VAULT, plan)) == {"plan": RuleVerdict.UNKNOWN}
