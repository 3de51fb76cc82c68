"""A vault has a lock and denies deletion to everybody."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, document, program, res, statement, verdicts

from infra.policy.rules.backup_vault_guarded import RULE
from stormproof.core.infra.rule import RuleVerdict

LOCK = res(
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration", "lock", backupVaultName=Ref("vault"), minRetentionDays=7
)
DENY = statement(
    Effect="Deny", Principal="*", Action=["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"]
)


def _verdict(policy: object, *, lock: bool = True, **properties: Any) -> RuleVerdict:
    parts = [res("aws:backup/vault:Vault", "vault", **properties)]
    parts += [LOCK] if lock else []
    if policy is not None:
        parts.append(res("aws:backup/vaultPolicy:VaultPolicy", "policy", backupVaultName=Ref("vault"), policy=policy))
    found = verdicts(RULE, program(*parts))
    return found.get("policy") or found["vault"]


@pytest.mark.parametrize(
    "policy",
    [
        document(DENY),
        document(
            DENY, statement(Principal={"AWS": "arn:aws:iam::444455556666:root"}, Action="backup:CopyIntoBackupVault")
        ),
        document(statement(Effect="Deny", Principal={"AWS": "*"}, Action="backup:*")),
        document({**DENY, "Condition": {"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/glass"}}}),
    ],
)
def test_a_locked_vault_that_denies_deletion_passes(policy: str) -> None:
    assert _verdict(policy) is RuleVerdict.PASSED


@pytest.mark.parametrize(
    "policy",
    [
        None,
        document(statement(Effect="Deny", Principal="*", Action="backup:DeleteRecoveryPoint")),
        document(statement(Effect="Deny", Principal={"AWS": "arn:aws:iam::111122223333:role/x"}, Action="backup:*")),
        document(statement(Principal={"AWS": "x"}, Action="backup:CopyIntoBackupVault")),
        document({**DENY, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}),
        document({**DENY, "Condition": {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/x"}}}),
        document({**DENY, "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}}),
        document({**DENY, "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}}}),
        "{",
    ],
)
def test_a_vault_that_somebody_may_empty_fails(policy: object) -> None:
    assert _verdict(policy) is RuleVerdict.FAILED


def test_a_vault_without_a_lock_fails() -> None:
    assert _verdict(document(DENY), lock=False) is RuleVerdict.FAILED


def test_a_vault_that_its_destruction_empties_fails() -> None:
    assert _verdict(document(DENY), forceDestroy=True) is RuleVerdict.FAILED


def test_a_policy_that_is_not_known_is_unknown() -> None:
    assert _verdict(Ref("x")) is RuleVerdict.UNKNOWN
