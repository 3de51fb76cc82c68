"""What looks for rights that reach outside the account, and outside the organisation, and for rights that nobody uses."""

from __future__ import annotations

import pulumi
from pulumi_aws import accessanalyzer

from infra.context import Component, Context


class Analyzers(Component):
    """One for each region, since what is opened to others is opened in a region; rights are unused in the whole account."""

    def __init__(self, name: str, context: Context, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("Analyzers", name, context, opts)
        names, access = context.names, context.settings.access
        for region in context.settings.regions.all:
            accessanalyzer.Analyzer(
                f"{name}-{region}",
                analyzer_name=names.name("outside"),
                type="ACCOUNT",
                region=region,
                tags=context.tags(names.name("outside")),
                opts=context.opts(self, named=True),
            )
            if context.settings.administrator == context.place.account:
                # Free, as the accounts' own: those tell what reaches another account of ours, this what reaches strangers.
                accessanalyzer.Analyzer(
                    f"{name}-{region}-organisation",
                    analyzer_name=names.name("outside-organisation"),
                    type="ORGANIZATION",
                    region=region,
                    tags=context.tags(names.name("outside-organisation")),
                    opts=context.opts(self, named=True),
                )
        if access.unused_access:
            accessanalyzer.Analyzer(
                f"{name}-unused",
                analyzer_name=names.name("unused"),
                type="ACCOUNT_UNUSED_ACCESS",
                configuration={"unused_access": {"unused_access_age": access.unused_days}},
                region=context.place.region,
                tags=context.tags(names.name("unused")),
                opts=context.opts(self, named=True),
            )
        self.register_outputs({})
