"""What can never be unlocked again is acknowledged."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.backup_compliance_lock_acknowledged import RULE
from stormproof.core.infra.rule import RuleVerdict

YES = {"compliance-lock": "acknowledged"}


def _lock(tags: dict[str, str], settings: dict[str, str] | None = None, **properties: Any) -> RuleVerdict:
    vault = res("aws:backup/vault:Vault", "vault", tags=tags)
    lock = res(
        "aws:backup/vaultLockConfiguration:VaultLockConfiguration", "lock", backupVaultName=Ref("vault"), **properties
    )
    return verdicts(RULE, program(vault, lock, settings=settings))["lock"]


def test_a_governance_lock_passes() -> None:
    assert _lock({}, minRetentionDays=7) is RuleVerdict.PASSED


@pytest.mark.parametrize(
    ("tags", "days", "verdict"),
    [
        ({}, 3, RuleVerdict.FAILED),
        (YES, 2, RuleVerdict.FAILED),
        (YES, 3, RuleVerdict.PASSED),
        ({"compliance-lock": "yes"}, 30, RuleVerdict.FAILED),
        (YES, Ref("x"), RuleVerdict.UNKNOWN),
    ],
)
def test_a_compliance_lock_needs_somebody_s_word_and_three_days(
    tags: dict[str, str], days: object, verdict: RuleVerdict
) -> None:
    assert _lock(tags, changeableForDays=days) is verdict


def test_a_stack_may_say_it_for_all_its_vaults() -> None:
    assert _lock({}, {"acknowledgeComplianceLock": "true"}, changeableForDays=3) is RuleVerdict.PASSED
    assert _lock({}, {"acknowledgeComplianceLock": "false"}, changeableForDays=3) is RuleVerdict.FAILED


@pytest.mark.parametrize(("tags", "verdict"), [({}, RuleVerdict.FAILED), (YES, RuleVerdict.PASSED)])
def test_an_air_gapped_vault_is_compliance_locked(tags: dict[str, str], verdict: RuleVerdict) -> None:
    gapped = res("aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault", "gapped", tags=tags)
    assert verdicts(RULE, program(gapped)) == {"gapped": verdict}
