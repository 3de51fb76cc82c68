"""Where copies of backups lie, apart from what they are of: a key, a locked vault, and word of what goes wrong."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from infra.components.backup.vaults import LockedVault
from infra.components.detection.events import BACKUPS, Events
from infra.components.keys import Keys
from infra.components.notices import Notices
from infra.context import Component, Context
from infra.spec.key_table import layer_keys
from infra.spec.vaults import LockSpec, Vault


class CopyPlace(Component):
    """What the layers `recovery` and `vault` have in common. Each has one key, for its vault and for all else there.

    Args:
        name: what the names of its parts begin with.
        key: the key's purpose.
        sources: accounts that copy into the vault.

    Raises: NameTooLong, NoSuchKey.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        *,
        key: str,
        vault: Vault,
        lock: LockSpec,
        sources: Sequence[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("CopyPlace", f"{name}-copies", context, opts)
        below = pulumi.ResourceOptions(parent=self)
        self.key_arn = Keys(f"{name}-keys", context, layer_keys(context.settings, context.layer), below).arn(key)
        self.notices = Notices(f"{name}-notices", context, self.key_arn, context.settings.notice_emails, below)
        self.vault = LockedVault(
            f"{name}-vault",
            context,
            vault,
            lock,
            key_arn=self.key_arn,
            notices=self.notices,
            sources=sources,
            opts=below,
        )
        Events(
            f"{name}-events",
            context,
            BACKUPS,
            topic_arn=self.notices.arn,
            depends_on=[self.notices.policy],
            opts=below,
        )
        self.register_outputs({"vaultName": self.vault.name})
