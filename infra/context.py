"""What every component is given beside its spec: names, the place, tags, and the options that guard what it declares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pulumi
import pulumi_aws as aws

from infra.naming import Names, Place
from infra.spec.settings import DataClass, Layer, Settings


@dataclass(frozen=True)
class Context:
    """One layer of one stack.

    Args:
        place: the account and the region that the layer lies in. Another region of the account: `in_region`.
        provider: of the layer's account; None: Pulumi's default provider (tests).
    """

    settings: Settings
    layer: Layer
    names: Names
    place: Place
    provider: aws.Provider | None = None

    @property
    def disposable(self) -> bool:
        return self.settings.disposable

    def in_region(self, region: str) -> Context:
        """The same account elsewhere. Pass `region=context.place.region` to every regional resource."""
        return replace(self, place=replace(self.place, region=region))

    def tags(
        self,
        name: str | None = None,
        *,
        data_class: DataClass | None = None,
        tier: str | None = None,
        backup: str | None = None,
        rpo: str | None = None,
        **more: str,
    ) -> dict[str, str]:
        """The tags of one resource, lower case, as the rules read them (`environment`, `owner`, `tier`, `rpo` …)."""
        environment = "recovery" if self.layer is Layer.RECOVERY else self.settings.environment
        tags = {
            "environment": "production" if environment.startswith("prod") else environment,
            "owner": self.settings.owner,
            "project": self.settings.project,
            "layer": self.layer.value,
        }
        if name is not None:
            tags["Name"] = name
        if data_class is not None:
            tags["data-class"] = data_class.value
        given = {"tier": tier, "backup": backup, "rpo": rpo}
        tags |= {key: value for key, value in given.items() if value is not None}
        return tags | {key.replace("_", "-"): value for key, value in more.items()}

    def top(self, opts: pulumi.ResourceOptions | None = None) -> pulumi.ResourceOptions:
        """Options of a layer's outermost components: its account's provider, which their children inherit."""
        return pulumi.ResourceOptions.merge(pulumi.ResourceOptions(provider=self.provider), opts)

    def opts(
        self,
        parent: pulumi.Resource,
        *,
        stateful: bool = False,
        guard: bool = False,
        named: bool = False,
        depends_on: Sequence[pulumi.Resource] = (),
        ignore_changes: Sequence[str] = (),
    ) -> pulumi.ResourceOptions:
        """Options of one child.

        Args:
            stateful: holds data: protected, and kept when it leaves the program. Its replacement is refused by that.
            guard: keeps data safe (a policy, a lock, versioning, a public-access block): protected too, since
                `destroy --exclude-protected` would take it away and leave the data bare.
            named: carries a name of ours, which is taken once: so the old one goes before the new one comes.
            depends_on: what AWS needs first where a computed ARN told Pulumi nothing.
        """
        return pulumi.ResourceOptions(
            parent=parent,
            protect=(stateful or guard) and not self.disposable,
            retain_on_delete=stateful and not self.disposable,
            delete_before_replace=named,
            depends_on=list(depends_on) or None,
            ignore_changes=list(ignore_changes) or None,
        )


class Component(pulumi.ComponentResource):
    """A component of ours; `kind` is its type's last part: `stormproof:infra:Network`.

    Children are parented to it (`context.opts(self)`), nothing is looked up while it is made, and every declared
    thing is declared in one form.
    """

    def __init__(self, kind: str, name: str, context: Context, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"stormproof:infra:{kind}", name, None, opts)
        self.context = context
