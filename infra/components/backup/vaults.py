"""Vaults that nobody empties early: a key of ours, a lock, a policy that keeps both, and word of what goes wrong."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws import backup

from infra.components.backup.vault_policy import vault_policy
from infra.components.notices import Notices
from infra.context import Component, Context
from infra.spec.settings import DataClass
from infra.spec.vaults import AirGappedSpec, LockSpec, Vault

NAME_MAX = 50  # AWS: a vault's name
# What is told at once. Failed and expired backup jobs come by EventBridge: as a vault's event each success would, too.
TOLD = ("COPY_JOB_FAILED", "RECOVERY_POINT_MODIFIED", "S3_BACKUP_OBJECT_FAILED", "S3_RESTORE_OBJECT_FAILED")
ACKNOWLEDGED = {"compliance_lock": "acknowledged"}


class NameTooLong(ValueError):
    """A vault's name that AWS does not take. The message is for a person."""


def vault_name(context: Context, vault: Vault) -> str:
    """Raises NameTooLong."""
    made = context.names.name(vault.value)
    if len(made) > NAME_MAX:
        raise NameTooLong(
            f"{made!r} has {len(made)} characters, and AWS takes {NAME_MAX}: choose a shorter project or environment"
        )
    return made


class LockedVault(Component):
    """One vault, in the context's region. `name` and `arn` are computed.

    Args:
        key_arn: of the vault's own key; points of what AWS Backup manages fully are encrypted with it, and every copy.
        sources: accounts that copy into it.

    Raises: NameTooLong.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        vault: Vault,
        lock: LockSpec,
        *,
        key_arn: pulumi.Input[str],
        notices: Notices,
        sources: Sequence[str] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("LockedVault", name, context, opts)
        self._logical = name
        self.name = vault_name(context, vault)
        self.arn = context.names.vault_arn(vault.value, context.place)
        more = {} if lock.changeable_for_days is None else ACKNOWLEDGED
        self.vault = backup.Vault(
            name,
            name=self.name,
            kms_key_arn=key_arn,
            force_destroy=False,
            region=context.place.region,
            tags=context.tags(self.name, data_class=DataClass.RESTRICTED, **more),
            opts=context.opts(self, stateful=True, named=True),
        )
        self.guards = self._guards(lock, sources)
        backup.VaultNotifications(
            f"{name}-notifications",
            backup_vault_name=self.vault.name,
            backup_vault_events=list(TOLD),
            sns_topic_arn=notices.arn,
            region=context.place.region,
            # AWS: the topic must let AWS Backup publish by then.
            opts=context.opts(self, depends_on=[notices.policy]),
        )
        self.register_outputs({"name": self.name, "arn": self.arn})

    def ready(self) -> list[pulumi.Resource]:
        """What must be there first for somebody who knows only its name."""
        return [self.vault, *self.guards]

    def _guards(self, lock: LockSpec, sources: Sequence[str]) -> list[pulumi.Resource]:
        context, region = self.context, self.context.place.region
        locked = backup.VaultLockConfiguration(
            f"{self._logical}-lock",
            backup_vault_name=self.vault.name,
            min_retention_days=lock.min_days,
            max_retention_days=lock.max_days,
            changeable_for_days=lock.changeable_for_days,
            region=region,
            opts=context.opts(self, guard=True),
        )
        policy = backup.VaultPolicy(
            f"{self._logical}-policy",
            backup_vault_name=self.vault.name,
            policy=vault_policy(context.names, context.place, sources=sources, disposable=context.disposable),
            region=region,
            # It forbids setting the lock, so the lock is set by then.
            opts=context.opts(self, guard=True, depends_on=[locked]),
        )
        return [locked, policy]


class AirGappedVault(Component):
    """A vault that AWS keeps apart from the account that owns it, compliance-locked from the first day.

    Settings refuse one that nobody acknowledged. Its key is AWS's own: a key of ours could be taken away with the account.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        spec: AirGappedSpec,
        *,
        sources: Sequence[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("AirGappedVault", name, context, opts)
        self.name = vault_name(context, Vault.AIR_GAPPED)
        self.arn = context.names.vault_arn(Vault.AIR_GAPPED.value, context.place)
        self.vault = backup.LogicallyAirGappedVault(
            name,
            name=self.name,
            min_retention_days=spec.min_days,
            max_retention_days=spec.max_days,
            region=context.place.region,
            tags=context.tags(self.name, data_class=DataClass.RESTRICTED, **ACKNOWLEDGED),
            opts=context.opts(self, stateful=True, named=True),
        )
        backup.VaultPolicy(
            f"{name}-policy",
            backup_vault_name=self.vault.name,
            policy=vault_policy(context.names, context.place, sources=sources, disposable=context.disposable),
            region=context.place.region,
            opts=context.opts(self, guard=True),
        )
        self.register_outputs({"name": self.name, "arn": self.arn})
