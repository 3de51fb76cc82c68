"""Keys of ours, one for each data class or purpose, layer and region.

The policy is a resource of its own, for two reasons: a change of it never touches the key, and the key can exist before
what its policy names. AWS gives a key without a policy its default one first, which leaves it to the identity policies
of the account; that lasts for the seconds until the second call. Nothing can be encrypted with it in that time by us:
`arn()` and the alias come only after the policy.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws import kms

from infra.components.key_policy import key_policy
from infra.context import Component, Context
from infra.spec.key_table import KeySpec

DELETION_DAYS = 30  # AWS: the longest


class NoSuchKey(KeyError):
    """Asked for a purpose that has no key here: a mistake in a layer."""


class Keys(Component):
    """Args: specs: as `layer_keys` gives them. One purpose is declared once in an account and region."""

    def __init__(
        self, name: str, context: Context, specs: Sequence[KeySpec], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("Keys", name, context, opts)
        self._keys: dict[str, kms.Key] = {}
        self._policies: dict[str, kms.KeyPolicy] = {}
        for spec in specs:
            self._declare(name, spec)
        self.register_outputs({"aliases": [context.names.alias(spec.purpose) for spec in specs]})

    def key(self, purpose: str) -> kms.Key:
        """Raises NoSuchKey."""
        if purpose not in self._keys:
            raise NoSuchKey(f"no key for {purpose!r}; there are {', '.join(sorted(self._keys)) or 'none'}")
        return self._keys[purpose]

    def arn(self, purpose: str) -> pulumi.Output[str]:
        """The key's ARN, once its policy holds. Raises NoSuchKey."""
        key = self.key(purpose)
        return pulumi.Output.all(key.arn, self._policies[purpose].id).apply(lambda found: str(found[0]))

    def ready(self, purpose: str) -> list[pulumi.Resource]:
        """What must be there first where a policy names the key by its alias. Raises NoSuchKey."""
        return [self.key(purpose), self._policies[purpose]]

    def _declare(self, name: str, spec: KeySpec) -> None:
        context, place = self.context, self.context.place
        alias = context.names.alias(spec.purpose)
        logical = f"{name}-{spec.purpose}"
        key = kms.Key(
            logical,
            description=f"{context.names.name(spec.purpose)}: {spec.data_class.value} data",
            deletion_window_in_days=DELETION_DAYS,
            enable_key_rotation=True,
            rotation_period_in_days=context.settings.keys.rotation_days,
            multi_region=spec.multi_region,
            region=place.region,
            tags=context.tags(alias, data_class=spec.data_class, purpose=spec.purpose),
            opts=context.opts(self, stateful=True),
        )
        document = key_policy(
            spec,
            context.names,
            place,
            context.layer,
            more=context.settings.keys.administrators,
            disposable=context.disposable,
        )
        policy = kms.KeyPolicy(
            f"{logical}-policy",
            key_id=key.key_id,
            policy=document,
            region=place.region,
            opts=context.opts(self, guard=True),
        )
        kms.Alias(
            f"{logical}-alias",
            name=alias,
            target_key_id=key.key_id,
            region=place.region,
            opts=context.opts(self, guard=True, named=True, depends_on=[policy]),
        )
        self._keys[spec.purpose] = key
        self._policies[spec.purpose] = policy
