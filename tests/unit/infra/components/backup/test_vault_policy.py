"""What a vault refuses: nobody but break-glass empties it, or takes its guards away; copies come from named accounts."""

from __future__ import annotations

import pytest

from infra.components.backup.vault_policy import vault_policy
from infra.naming import Names, Place
from stormproof.core.infra.policy_document import PolicyDocument, Statement, read_policy

NAMES, PLACE = Names("shop", "prod"), Place("777788889999", "eu-north-1")
GLASS = "arn:aws:iam::777788889999:role/shop-prod-break-glass"
POINTS = ("backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle", "backup:DeleteBackupVault")
GUARDS = (
    "backup:DeleteBackupVaultAccessPolicy",
    "backup:PutBackupVaultAccessPolicy",
    "backup:DeleteBackupVaultLockConfiguration",
    "backup:PutBackupVaultLockConfiguration",
    "backup:DeleteBackupVaultNotifications",
)


def _document(*, sources: tuple[str, ...] = (), disposable: bool = False) -> PolicyDocument:
    found = read_policy(vault_policy(NAMES, PLACE, sources=sources, disposable=disposable))
    assert isinstance(found, PolicyDocument)
    return found


def _refusing(document: PolicyDocument, action: str) -> list[Statement]:
    return [one for one in document.denying if one.covers_action(action)]


@pytest.mark.parametrize("action", [*POINTS, *GUARDS])
def test_everybody_is_refused_but_the_break_glass_role(action: str) -> None:
    (found,) = _refusing(_document(), action)
    assert found.for_anybody
    assert found.condition("aws:PrincipalArn", "ArnNotEquals") == (GLASS,)


@pytest.mark.parametrize("action", POINTS)
def test_a_lab_keeps_its_points_too(action: str) -> None:
    assert _refusing(_document(disposable=True), action)


@pytest.mark.parametrize("action", GUARDS)
def test_a_lab_s_guards_can_be_taken_away_with_it(action: str) -> None:
    assert not _refusing(_document(disposable=True), action)


def test_copies_come_from_named_accounts_only() -> None:
    document = _document(sources=("111122223333",))
    (allowed,) = document.allowing
    assert allowed.principals == {"AWS": ("arn:aws:iam::111122223333:root",)}
    assert allowed.actions == ("backup:CopyIntoBackupVault",)
    (refused,) = _refusing(document, "backup:CopyIntoBackupVault")
    assert refused.condition("aws:PrincipalAccount", "StringNotEquals") == ("111122223333", "777788889999")


def test_a_vault_that_is_copied_into_by_nobody_admits_nobody() -> None:
    document = _document()
    assert not list(document.allowing)
    (refused,) = _refusing(document, "backup:CopyIntoBackupVault")
    assert refused.condition("aws:PrincipalAccount", "StringNotEquals") == ("777788889999",)


def test_no_action_has_a_wildcard() -> None:
    """AWS: policies of vaults take none."""
    for one in _document(sources=("111122223333",)).statements:
        assert not [action for action in one.actions if "*" in action]
