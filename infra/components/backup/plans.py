"""One plan for each backup class, and what it takes: by tag conditions, which all have to hold."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_aws import backup

from infra.components.backup.vaults import LockedVault
from infra.context import Component, Context
from infra.spec.backup import BackupClass
from infra.spec.rungs import Destination, Rung
from infra.spec.settings import Layer
from infra.spec.vaults import Vault
from stormproof.core.units import format_duration

LAYERS: Mapping[Destination, Layer] = {
    Destination.RECOVERY: Layer.RECOVERY,
    Destination.VAULT: Layer.VAULT,
    Destination.AIR_GAPPED: Layer.VAULT,
}
# AWS: continuous backup of AWS Backup takes over a database's own point-in-time recovery.
NEVER_CONTINUOUS = ("arn:{partition}:rds:*:*:cluster:*", "arn:{partition}:rds:*:*:db:*")


class BackupPlans(Component):
    """Every class's plan and selection, writing into one vault.

    Args:
        role: that AWS Backup assumes; its ARN is computed, so `role_ready` is waited for.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        vault: LockedVault,
        *,
        role_arn: str,
        role_ready: pulumi.Resource,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("BackupPlans", name, context, opts)
        self._logical, self._vault = name, vault
        self._role_arn, self._role_ready = role_arn, role_ready
        for one, spec in context.settings.backup.classes.items():
            self._select(one, self._plan(one, spec))
        self.register_outputs({"classes": list(context.settings.backup.classes)})

    def _plan(self, name: str, spec: BackupClass) -> backup.Plan:
        context = self.context
        named = context.names.name(f"backup-{name}")
        return backup.Plan(
            f"{self._logical}-{name}",
            name=named,
            rules=[self._rule(rung, of) for rung, of in context.settings.backup.rungs_of(name).items()],
            region=context.place.region,
            # The rules add these up to the worst RPO.
            tags=context.tags(
                named,
                backup_duration=format_duration(spec.backup_duration),
                copy_duration=format_duration(spec.copy_duration),
            ),
            opts=context.opts(self, depends_on=self._vault.ready()),
        )

    def _rule(self, name: str, rung: Rung) -> backup.PlanRuleArgs:
        return backup.PlanRuleArgs(
            rule_name=name,
            target_vault_name=self._vault.name,
            schedule=rung.schedule,
            start_window=_minutes(rung.start_window.total_seconds()),
            completion_window=_minutes((rung.start_window + rung.completion_window).total_seconds()),
            enable_continuous_backup=rung.continuous,
            lifecycle=backup.PlanRuleLifecycleArgs(
                delete_after=rung.keep_days, cold_storage_after=rung.cold_after_days
            ),
            recovery_point_tags=self.context.tags(rung=name),
            copy_actions=[
                backup.PlanRuleCopyActionArgs(
                    destination_vault_arn=self._destination(to),
                    lifecycle=backup.PlanRuleCopyActionLifecycleArgs(delete_after=days),
                )
                for to, days in rung.copies.items()
            ],
        )

    def _destination(self, to: Destination) -> str:
        context = self.context
        return context.names.vault_arn(to.vault.value, context.settings.place(LAYERS[to]))

    def _select(self, name: str, plan: backup.Plan) -> None:
        context = self.context
        tags = context.tags(backup=name)
        continuous = context.settings.backup.is_continuous(name)
        backup.Selection(
            f"{self._logical}-{name}",
            name=context.names.name(f"backup-{name}")[:50],  # AWS: a selection's name
            plan_id=plan.id,
            iam_role_arn=self._role_arn,
            resources=["*"],
            not_resources=[one.format(partition=context.place.partition) for one in NEVER_CONTINUOUS]
            if continuous
            else None,
            # Conditions narrow, lists of tags add up: with a wildcard these would take everything.
            conditions=[
                backup.SelectionConditionArgs(
                    string_equals=[
                        backup.SelectionConditionStringEqualArgs(key=f"aws:ResourceTag/{key}", value=tags[key])
                        for key in ("backup", "environment", "project")
                    ]
                )
            ],
            region=context.place.region,
            opts=context.opts(self, depends_on=[self._role_ready]),
        )


def _minutes(seconds: float) -> int:
    return int(seconds // 60)


def vault_arns(context: Context) -> list[str]:
    """Every vault of this environment that copies may go to."""
    settings = context.settings
    found = [to for to in Destination if settings.backup.bounds(to.vault) is not None]
    arns = [context.names.vault_arn(to.vault.value, settings.place(LAYERS[to])) for to in found]
    return [context.names.vault_arn(Vault.PRIMARY.value, settings.place(Layer.PRIMARY)), *arns]
