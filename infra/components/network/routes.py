"""Route tables and their routes: out through the firewall and NAT, and back the same way.

    application(zone) -> firewall(zone) -> NAT(zone, or the one) -> internet gateway
    internet gateway -> NAT -> firewall(zone of the application's subnet) -> application

The way back is what is easily forgotten: without a route of its own, NAT's subnet hands answers straight to the
application, and a stateful firewall that sees one half of a connection drops it. AWS takes a route that is narrower than
the VPC's own only for the whole block of one subnet, so there is one for each of the application's subnets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import ec2

from infra.components.network.subnets import Cell
from infra.context import Context
from infra.spec.flows import ANYWHERE
from infra.spec.network import Half, NetworkSpec, Tier


class RouteTables:
    """Every route table of a network. `ids`: by what they serve (`application-a`, `data`).

    Args:
        subnets: all of them; each gets a table.
    """

    def __init__(
        self,
        parent: pulumi.Resource,
        context: Context,
        name: str,
        vpc_id: pulumi.Input[str],
        spec: NetworkSpec,
        subnets: Mapping[Cell, ec2.Subnet],
    ) -> None:
        self._parent, self._context, self._name, self._spec = parent, context, name, spec
        self._vpc_id, self._subnets = vpc_id, subnets
        self.ids: dict[str, pulumi.Output[str]] = {}
        for tier in (Tier.INGRESS, Tier.DATA, Tier.MANAGEMENT):
            self._table(tier.value, [cell for cell in subnets if cell.tier is tier])
        for cell in subnets:
            if cell.tier in (Tier.APPLICATION, Tier.INSPECTION):
                self._table(cell.what, [cell])

    def of(self, *tiers: Tier) -> list[pulumi.Output[str]]:
        """The tables of these tiers, each once."""
        return [one for what, one in self.ids.items() if what.partition("-")[0] in tiers]

    def to_internet(self, gateway_id: pulumi.Input[str]) -> None:
        """The ingress tier and NAT: what has public addresses of its own."""
        for what in self.ids:
            if what == Tier.INGRESS or what.startswith(Half.NAT):
                self._route(what, "internet", ANYWHERE, gateway_id=gateway_id)

    def to_nat(self, gateways: Mapping[str, ec2.NatGateway], half: Half | None) -> None:
        """Args: half: whose way it is: the firewall's subnets; None: the application's, where there is no firewall."""
        fallback = next(iter(gateways.values()))
        for zone in self._spec.zones:
            what = f"{half or Tier.APPLICATION}-{zone}"
            self._route(what, "nat", ANYWHERE, nat_gateway_id=gateways.get(zone, fallback).id)

    def to_firewall(self, endpoints: Mapping[str, pulumi.Output[str]], nat_zones: Sequence[str]) -> None:
        """Out by the endpoint of the application's own zone, and back by the same one.

        Args:
            endpoints: zone -> the firewall's endpoint there.
            nat_zones: where NAT is; the first serves zones without one.
        """
        for zone in self._spec.zones:
            self._route(f"{Tier.APPLICATION}-{zone}", "firewall", ANYWHERE, vpc_endpoint_id=endpoints[zone])
            nat = zone if zone in nat_zones else nat_zones[0]
            back = self._spec.subnet(Tier.APPLICATION, zone)
            self._route(f"{Half.NAT}-{nat}", f"back-{zone}", back, vpc_endpoint_id=endpoints[zone])

    def _table(self, what: str, cells: Sequence[Cell]) -> None:
        context, region = self._context, self._context.place.region
        table = ec2.RouteTable(
            f"{self._name}-{what}",
            vpc_id=self._vpc_id,
            region=region,
            tags=context.tags(context.names.name(f"{self._name}-{what}"), tier=cells[0].tier.value),
            opts=context.opts(self._parent),
        )
        self.ids[what] = table.id
        for cell in cells:
            ec2.RouteTableAssociation(
                f"{self._name}-{cell.what}",
                subnet_id=self._subnets[cell].id,
                route_table_id=table.id,
                region=region,
                opts=context.opts(self._parent),
            )

    def _route(self, what: str, to: str, destination: str, **exit_: pulumi.Input[str]) -> None:
        ec2.Route(
            f"{self._name}-{what}-{to}",
            route_table_id=self.ids[what],
            destination_cidr_block=destination,
            region=self._context.place.region,
            opts=self._context.opts(self._parent),
            **exit_,
        )
