"""The primary layer's share of backups: its vault, the classes' plans, and the audit of it all."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from infra.components.access.deploying import BOUNDARY_WORKLOAD
from infra.components.access.roles import Role
from infra.components.access.trusts import service_trust
from infra.components.backup.audit import BackupAudit
from infra.components.backup.plans import BackupPlans, vault_arns
from infra.components.backup.region_settings import region_settings
from infra.components.backup.roles import BACKUP, BACKUP_POLICIES, SERVICE, backup_limits
from infra.components.backup.vaults import LockedVault
from infra.components.keys import Keys
from infra.components.notices import Notices
from infra.context import Component, Context
from infra.spec.vaults import Vault


class Backups(Component):
    """The primary layer's vault, the classes' plans, and the audit of it all."""

    def __init__(
        self,
        name: str,
        context: Context,
        keys: Keys,
        notices: Notices,
        log_bucket: pulumi.Input[str] | None = None,
        logs_ready: Sequence[pulumi.Resource] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("Backups", name, context, opts)
        below = pulumi.ResourceOptions(parent=self)
        spec = context.settings.backup
        self.vault = LockedVault(
            f"{name}-vault",
            context,
            Vault.PRIMARY,
            spec.locks.primary,
            key_arn=keys.arn("backup"),
            notices=notices,
            opts=below,
        )
        role = Role(
            BACKUP,
            context,
            trust=service_trust(SERVICE, context.place),
            policy=backup_limits(vault_arns(context)),
            managed=BACKUP_POLICIES,
            limit=BOUNDARY_WORKLOAD,
            description="AWS Backup backs up and copies",
            opts=below,
        )
        self.role_arn = role.arn
        region_settings(self, context, f"{name}-kinds")
        BackupPlans(f"{name}-plans", context, self.vault, role_arn=role.arn, role_ready=role.role, opts=below)
        if spec.framework or spec.reports:
            after_logs = pulumi.ResourceOptions(parent=self, depends_on=list(logs_ready))
            BackupAudit(f"{name}-audit", context, keys.arn("internal"), log_bucket, opts=after_logs)
        self.register_outputs({"vaultName": self.vault.name, "roleArn": self.role_arn})
