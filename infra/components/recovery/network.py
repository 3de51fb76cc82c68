"""The recovery environment's network: no way out and none to production; its names are AWS's own, and no others.

What is restored acts: it mails customers, charges cards, writes into whatever it still knows the address of. So there is
no gateway, NAT, peering or transit, not even an endpoint that everybody's bucket could be reached by; the route table has
no route, the account's block on public access has no exclusion here, and questions for names are refused, since a
question is a way out too.
"""

from __future__ import annotations

import pulumi
from pulumi_aws import ec2

from infra.components.network.acls import declare_acls
from infra.components.network.dns_firewall import DnsFirewall
from infra.components.network.endpoints import declare_interfaces
from infra.components.network.groups import declare_groups
from infra.components.network.public_access import block_public_access
from infra.components.network.subnets import Cell, declare_subnet
from infra.components.network.traffic_logs import TrafficLogs
from infra.components.network.vpc import Vpc
from infra.context import Component, Context
from infra.spec.egress import service_hosts
from infra.spec.flows import Flow
from infra.spec.network import NetworkSpec, Tier
from infra.spec.recovery import RecoverySpec

TIERS = (Tier.DATA, Tier.MANAGEMENT)
FILES_PORT = 2049  # NFS, of EFS


def flows(database_port: int) -> tuple[Flow, ...]:
    """The verifier reaches what was restored, and AWS while there are endpoints; nobody reaches the verifier."""
    return (
        Flow(Tier.MANAGEMENT, Tier.DATA, database_port, "the verifier to restored databases, over TLS"),
        Flow(Tier.MANAGEMENT, Tier.DATA, FILES_PORT, "the verifier to restored files, over TLS"),
        Flow(Tier.MANAGEMENT, Tier.MANAGEMENT, 443, "the verifier to AWS, by endpoints, while a drill runs"),
    )


def names(spec: RecoverySpec, region: str) -> tuple[str, ...]:
    """What is resolved: restored databases and file systems, and the endpoints' services. All AWS's own, in one region."""
    return (
        f"*.{region}.rds.amazonaws.com",
        f"*.efs.{region}.amazonaws.com",
        "*.ec2.internal" if region == "us-east-1" else f"*.{region}.compute.internal",
        *service_hosts(spec.endpoints, region),
    )


class IsolatedNetwork(Component):
    """VPC, subnets of two tiers, groups, and the fences around them.

    Raises: NoPolicy, TooManyFlows.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        spec: NetworkSpec,
        *,
        key_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("IsolatedNetwork", name, context, opts)
        self._logical, recovery = name, context.settings.recovery
        child = context.opts(self)
        table = flows(recovery.database_port)
        self.vpc = Vpc(name, context, spec, child)
        self.vpc_id: pulumi.Output[str] = self.vpc.id
        self.subnets = {
            cell: declare_subnet(self, context, name, self.vpc_id, spec, cell)
            for cell in (Cell(tier, zone) for tier in TIERS for zone in spec.zones)
        }
        self._no_routes()
        self.groups = declare_groups(self, context, name, self.vpc_id, table, {})
        declare_acls(self, context, name, self.vpc_id, spec, table, self.subnets)
        DnsFirewall(f"{name}-dns", context, self.vpc_id, names(recovery, context.place.region), child)
        block_public_access(self, context, name, None)
        TrafficLogs(f"{name}-traffic", context, self.vpc_id, key_arn, child)
        if recovery.drill_running:
            declare_interfaces(
                self, context, name, self.vpc_id, recovery.endpoints, self.subnet_ids(Tier.MANAGEMENT),
                self.groups[Tier.MANAGEMENT].id,
            )  # fmt: skip
        self.register_outputs({"vpcId": self.vpc_id})

    def subnet_ids(self, tier: Tier) -> list[pulumi.Output[str]]:
        """In the order of the zones."""
        return [subnet.id for cell, subnet in self.subnets.items() if cell.tier is tier]

    def _no_routes(self) -> None:
        """One table for all, with no route but the VPC's own; each subnet says so, since the main one is anybody's."""
        context, region = self.context, self.context.place.region
        table = ec2.RouteTable(
            self._logical,
            vpc_id=self.vpc_id,
            region=region,
            tags=context.tags(context.names.name(f"{self._logical}-no-way-out")),
            opts=context.opts(self),
        )
        for cell, subnet in self.subnets.items():
            ec2.RouteTableAssociation(
                f"{self._logical}-{cell.what}",
                subnet_id=subnet.id,
                route_table_id=table.id,
                region=region,
                opts=context.opts(self),
            )
