"""What a vault refuses, and whom it takes copies from. Pure.

A lock keeps points from being deleted early; this keeps the lock, and the policy itself, from whoever may administer
AWS Backup. So changing either afterwards takes the break-glass role: on purpose, and an alarm.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from infra.components.documents import deny, document, statement
from infra.components.key_policy import BREAK_GLASS
from infra.naming import Names, Place

# AWS: policies of vaults take no wildcard in an action, and are asked for some actions only (AWS Backup, "Access control",
# API permissions). `backup:DisassociateRecoveryPoint` is none of them: deploy roles' and people's boundaries refuse it.
REMOVES = (
    "backup:DeleteBackupVault",
    "backup:DeleteRecoveryPoint",
    "backup:UpdateRecoveryPointLifecycle",
)
REMOVES_GUARDS = (
    "backup:DeleteBackupVaultAccessPolicy",
    "backup:DeleteBackupVaultLockConfiguration",
    "backup:DeleteBackupVaultNotifications",
    "backup:PutBackupVaultAccessPolicy",
    "backup:PutBackupVaultLockConfiguration",
)
COPY_IN = "backup:CopyIntoBackupVault"


def vault_policy(names: Names, place: Place, *, sources: Sequence[str] = (), disposable: bool = False) -> str:
    """The document of one vault.

    Args:
        sources: accounts whose AWS Backup may copy into it; nobody else's may. AWS: of other accounts, copying in is all
            that a vault's policy can admit.
        disposable: a lab's guards go with it, so only its points are kept from being deleted.
    """
    return document(*_refusals(names, place, disposable=disposable), *_copies(place, sources))


def _refusals(names: Names, place: Place, *, disposable: bool) -> Iterator[dict[str, Any]]:
    but_in_an_emergency = {"ArnNotEquals": {"aws:PrincipalArn": names.role_arn(BREAK_GLASS, place)}}
    yield deny("NobodyDeletesPoints", REMOVES, principals="*", conditions=but_in_an_emergency)
    if not disposable:
        yield deny("NobodyTakesGuardsAway", REMOVES_GUARDS, principals="*", conditions=but_in_an_emergency)


def _copies(place: Place, sources: Sequence[str]) -> Iterator[dict[str, Any]]:
    if not sources:
        yield deny(
            "NoCopiesFromElsewhere", COPY_IN,
            principals="*", conditions={"StringNotEquals": {"aws:PrincipalAccount": place.account}},
        )  # fmt: skip
        return
    roots = [Place(one, place.region, place.partition).global_arn("iam", "root") for one in sources]
    yield statement("CopiesOfOurs", COPY_IN, principals={"AWS": roots})
    yield deny(
        "CopiesOfNobodyElse", COPY_IN,
        principals="*", conditions={"StringNotEquals": {"aws:PrincipalAccount": sorted({*sources, place.account})}},
    )  # fmt: skip
