"""Backup vaults in separate places, plans, selections, audit: the primary layer's share. The vaults that copies go to
are declared by the layers `recovery` and `vault`, each in its own account and region; names are computed, so nobody asks
anybody. Pulumi's modules are imported only when something is declared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from infra.context import Context
from stormproof.core.units import format_duration

if TYPE_CHECKING:
    import pulumi

    from infra.components.keys import Keys
    from infra.components.notices import Notices


def declare_backups(
    context: Context,
    keys: Keys,
    notices: Notices,
    log_bucket: pulumi.Input[str] | None = None,
    logs_ready: Sequence[pulumi.Resource] = (),
) -> dict[str, Any]:
    """The primary layer's backups; returns its outputs.

    Args:
        keys: with `backup` and `internal`.
        notices: the layer's topic, in the same region.
        log_bucket: where access to the reports is logged; None: nowhere, and a rule says so.
        logs_ready: what admits S3's logging there: without it AWS refuses the logging.
    """
    from infra.components.backup.backups import Backups
    from infra.components.backup.plans import vault_arns

    made = Backups("backups", context, keys, notices, log_bucket, logs_ready, opts=context.top())
    spec = context.settings.backup
    elsewhere = {name: spec.worst_rpo_elsewhere(name) for name in spec.classes}
    return {
        "vaultName": made.vault.name,
        "vaultArn": made.vault.arn,
        "backupRoleArn": made.role_arn,
        "copyVaultArns": [one for one in vault_arns(context) if one != made.vault.arn],
        "backupClasses": {
            name: {
                "rpo": format_duration(one.rpo),
                "worstRpo": format_duration(spec.worst_rpo(name)),
                "worstRpoWithoutRegion": None if lost is None else format_duration(lost),
            }
            for name, one in spec.classes.items()
            for lost in [elsewhere[name]]
        },
    }
