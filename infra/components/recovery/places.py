"""Where restored things are put: a subnet group and parameters for databases. Production's own do not exist here."""

from __future__ import annotations

import pulumi
from pulumi_aws import rds

from infra.components.recovery.limits import PLACE
from infra.components.recovery.network import IsolatedNetwork
from infra.context import Component, Context
from infra.spec.data import DatabaseSpec
from infra.spec.network import Tier
from infra.spec.settings import DataClass


class RestoredPlaces(Component):
    """Subnet group and parameter group of restored databases.

    AWS: a restored instance that names neither gets the default ones: the default VPC, and parameters without forced TLS.
    """

    def __init__(
        self, name: str, context: Context, network: IsolatedNetwork, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("RestoredPlaces", name, context, opts)
        named, region = context.names.name(PLACE), context.place.region
        tags = context.tags(named, data_class=DataClass.RESTRICTED, tier=Tier.DATA.value)
        self.subnet_group = rds.SubnetGroup(
            name,
            name=named,
            description="Restored databases, without a way out",
            subnet_ids=network.subnet_ids(Tier.DATA),
            region=region,
            tags=tags,
            opts=context.opts(self, named=True),
        )
        self.parameter_group = rds.ParameterGroup(
            name,
            name=named,
            description="Restored databases: TLS alone",
            family=family(context),
            parameters=[rds.ParameterGroupParameterArgs(name="rds.force_ssl", value="1", apply_method="immediate")],
            region=region,
            tags=tags,
            opts=context.opts(self, named=True),
        )
        self.name = named
        self.register_outputs({"name": named})


def family(context: Context) -> str:
    """Of the source's engine: a restored instance takes no parameter group of another major version."""
    database = context.settings.data.database or DatabaseSpec()
    return f"postgres{database.version}"
