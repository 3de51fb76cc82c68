"""The layer `recovery`: where backups are restored to, in another region, and in production in an account of its own.

Nothing here asks anything of the primary's region, and nothing of another layer's state: names are computed. So it
previews and comes up while that region is out of reach, which is what it is for.
"""

from __future__ import annotations

from typing import Any

import pulumi

from infra.components.access.roles import Role
from infra.components.access.trusts import service_trust
from infra.components.backup.copies import CopyPlace
from infra.components.backup.region_settings import region_settings
from infra.components.backup.roles import RESTORE_POLICIES, SERVICE
from infra.components.documents import document
from infra.components.recovery.limits import production_refused
from infra.components.recovery.network import IsolatedNetwork
from infra.components.recovery.places import RestoredPlaces
from infra.components.recovery.testing import RestoreTesting, overrides
from infra.components.recovery.verifier import declare_verifier
from infra.context import Component, Context
from infra.spec.network import Tier
from infra.spec.recovery import BOUNDARY_RECOVERY, RESTORE_ROLE
from infra.spec.vaults import Vault

KEY = "restored"
SAME_ACCOUNT = "recovery lies in production's account: names, tags and a boundary alone keep a drill from production"


class RecoveryEnvironment(Component):
    """Everything of the layer."""

    def __init__(self, name: str, context: Context, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("RecoveryEnvironment", name, context, opts)
        settings, below = context.settings, pulumi.ResourceOptions(parent=self)
        copies = CopyPlace(
            name,
            context,
            key=KEY,
            vault=Vault.RECOVERY,
            lock=settings.backup.locks.recovery,
            # From the service's account day by day; from the vault's once nothing else is left.
            sources=tuple(dict.fromkeys((settings.accounts.workload, settings.accounts.vault))),
            opts=below,
        )
        self.key_arn, self.notices, self.vault = copies.key_arn, copies.notices, copies.vault
        self.network = IsolatedNetwork(name, context, settings.recovery_network, key_arn=self.key_arn, opts=below)
        self.places = RestoredPlaces(f"{name}-places", context, self.network, below)
        region_settings(self, context, f"{name}-kinds")
        self.restore = Role(
            RESTORE_ROLE,
            context,
            trust=service_trust(SERVICE, context.place),
            policy=document(*production_refused(context)),
            managed=RESTORE_POLICIES,
            limit=BOUNDARY_RECOVERY,
            description="AWS Backup restores into the recovery environment",
            opts=below,
        )
        self.verifier = declare_verifier(context, below)
        if settings.recovery.restore_testing.enabled:
            self._tests(f"{name}-tests", below)
        self.register_outputs({"vpcId": self.network.vpc_id, "vaultName": self.vault.name})

    @property
    def restored_group_id(self) -> pulumi.Output[str]:
        return self.network.groups[Tier.DATA].id

    def _tests(self, name: str, below: pulumi.ResourceOptions) -> None:
        places = self.places
        RestoreTesting(
            name,
            self.context,
            self.vault,
            overrides(places.subnet_group.name, places.parameter_group.name, self.restored_group_id, self.key_arn),
            role_arn=self.restore.arn,
            role_ready=self.restore.role,
            opts=below,
        )


def declare(context: Context) -> dict[str, Any]:
    """Declares the layer; returns its stack outputs, of which the recovery inventory is made.

    Raises: BadName, NameTooLong, NoPolicy, TooManyFlows.
    """
    made = RecoveryEnvironment("recovery", context, context.top())
    names, place, network = context.names, context.place, made.network
    weaker = [SAME_ACCOUNT] if place.account == context.settings.accounts.workload else []
    for one in weaker:
        pulumi.log.warn(one)
    return {
        "accountId": place.account,
        "region": place.region,
        "vpcId": network.vpc_id,
        "vpcCidr": network.vpc.vpc.cidr_block,
        **{f"subnets.{tier}": network.subnet_ids(tier) for tier in (Tier.DATA, Tier.MANAGEMENT)},
        "subnetGroupName": made.places.name,
        "parameterGroupName": made.places.name,
        "restoredGroupId": made.restored_group_id,
        "verifierGroupId": network.groups[Tier.MANAGEMENT].id,
        "keyAlias": names.alias(KEY),
        "keyArn": made.key_arn,
        "vaultName": made.vault.name,
        "vaultArn": made.vault.arn,
        "restoreRoleArn": made.restore.arn,
        "verifierRoleArn": made.verifier.arn,
        "boundaryArn": names.policy_arn(BOUNDARY_RECOVERY, place),
        "noticesArn": made.notices.arn,
        "sameAccount": bool(weaker),
        "weaker": weaker,
        "drillRunning": context.settings.recovery.drill_running,
    }
