"""The layer `vault`: copies of backups apart from everybody, in another region, and in production another account.

Nobody of the service's account can take a role here. What lies here is brought back by copying it into the recovery
vault: AWS restores nothing across accounts.
"""

from __future__ import annotations

from typing import Any

import pulumi

from infra.components.access.deploying import BOUNDARY_WORKLOAD
from infra.components.access.roles import Role
from infra.components.access.trusts import service_trust
from infra.components.backup.copies import CopyPlace
from infra.components.backup.region_settings import region_settings
from infra.components.backup.roles import BACKUP_POLICIES, COPY, SERVICE, backup_limits
from infra.components.backup.vaults import AirGappedVault
from infra.context import Component, Context
from infra.spec.settings import Layer
from infra.spec.vaults import Vault

KEY = "vault"


class BackupVaults(Component):
    """The locked vault, an air-gapped one where it is asked for, and the role that copies out of them into recovery."""

    def __init__(self, name: str, context: Context, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("BackupVaults", name, context, opts)
        settings, below = context.settings, pulumi.ResourceOptions(parent=self)
        sources = (settings.accounts.workload,)
        copies = CopyPlace(
            name,
            context,
            key=KEY,
            vault=Vault.VAULT,
            lock=settings.backup.locks.vault,
            sources=sources,
            opts=below,
        )
        self.notices, self.vault = copies.notices, copies.vault
        self.air_gapped: AirGappedVault | None = None
        if settings.backup.air_gapped is not None:
            self.air_gapped = AirGappedVault(
                f"{name}-air-gapped", context, settings.backup.air_gapped, sources=sources, opts=below
            )
        # Once for an account and region: where recovery lies here as well, it has said so.
        if settings.place(Layer.RECOVERY) != context.place:
            region_settings(self, context, f"{name}-kinds")
        there = context.names.vault_arn(Vault.RECOVERY.value, settings.place(Layer.RECOVERY))
        self.copy = Role(
            COPY,
            context,
            trust=service_trust(SERVICE, context.place),
            policy=backup_limits([there]),
            managed=BACKUP_POLICIES[:1],
            limit=BOUNDARY_WORKLOAD,
            description="AWS Backup copies back into the recovery vault, and nowhere else",
            opts=below,
        )
        self.register_outputs({"vaultName": self.vault.name})


def declare(context: Context) -> dict[str, Any]:
    """Declares the layer; returns its stack outputs. Raises: BadName, NameTooLong."""
    made = BackupVaults("vault", context, context.top())
    air_gapped = made.air_gapped
    return {
        "accountId": context.place.account,
        "region": context.place.region,
        "vaultName": made.vault.name,
        "vaultArn": made.vault.arn,
        "keyAlias": context.names.alias(KEY),
        "copyRoleArn": made.copy.arn,
        "noticesArn": made.notices.arn,
        **({} if air_gapped is None else {"airGappedVaultName": air_gapped.name, "airGappedVaultArn": air_gapped.arn}),
    }
