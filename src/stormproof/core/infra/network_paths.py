"""Who can reach whom in a declared network, from its route tables: a graph, where a list of rules sees only single things.

Routes written inline in a route table and routes of their own are both read; so are associations of both kinds, and the
main table for a subnet that has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_network

from stormproof.core.infra.gateways import EXITS, INTERNET_GATEWAY, SUBNET, TARGETS, VPC
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, has_unknown

__all__ = ["SUBNET", "VPC", "NetworkPaths", "Way", "overlap"]

ROUTE_TABLE, ROUTE = "aws:ec2/routeTable:RouteTable", "aws:ec2/route:Route"
DEFAULT_TABLE = "aws:ec2/defaultRouteTable:DefaultRouteTable"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
MAIN_ASSOCIATION = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"
# Where a VPC says which table is its main one.
MAIN_TABLE = ("mainRouteTableId", "defaultRouteTableId")
PROPAGATION = "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation"


@dataclass(frozen=True)
class Way:
    """One route: out of `table` to `destination` by `exit` (a property of EXITS); `target` None: outside this program.

    `certain` is False where something on the way is not known at preview.
    """

    table: Resource
    destination: str
    exit: str
    target: Resource | None
    certain: bool = True

    @property
    def to_internet_gateway(self) -> bool:
        """A gateway route whose target is an internet gateway here, or looks like one elsewhere."""
        if self.exit != "gatewayId":
            return False
        return self.target is not None and self.target.type == INTERNET_GATEWAY

    @property
    def everywhere(self) -> bool:
        return self.destination in ("0.0.0.0/0", "::/0")

    @property
    def said(self) -> str:
        where = f" ({self.target.shown})" if self.target else ""
        return f"{self.table.shown} sends {self.destination} by {EXITS[self.exit]}{where}"


class NetworkPaths:
    """The routes of a program's subnets."""

    def __init__(self, graph: ResourceGraph) -> None:
        self.graph = graph
        self._tables = graph.of(ROUTE_TABLE, DEFAULT_TABLE)

    def tables_of(self, subnet: Resource) -> list[Resource]:
        """The subnet's route tables: its own, else its VPC's main one. More than one only where values are unknown."""
        graph = self.graph
        found: list[Resource] = []
        for association in graph.pointing_at(subnet, "subnetId", ASSOCIATION):
            found += graph.targets(association, "routeTableId", ROUTE_TABLE, DEFAULT_TABLE)
        if found:
            return found
        vpcs = graph.targets(subnet, "vpcId", VPC)
        for vpc in vpcs:
            for main in graph.pointing_at(vpc, "vpcId", MAIN_ASSOCIATION):
                found += graph.targets(main, "routeTableId", ROUTE_TABLE)
            found += [table for table in graph.of(DEFAULT_TABLE) if self._is_main(table, vpc)]
        return found

    def _is_main(self, table: Resource, vpc: Resource) -> bool:
        value = table.get("defaultRouteTableId")
        known = isinstance(value, str) and value in [vpc.get(name) for name in MAIN_TABLE]
        return known or vpc.urn in table.depends.get("defaultRouteTableId", ())

    def ways_of(self, table: Resource) -> Iterator[Way]:
        """Every route of a table but the VPC's own local one."""
        inline = table.items("routes")
        if inline is UNKNOWN:
            yield Way(table, "somewhere", "gatewayId", None, certain=False)
        else:
            assert isinstance(inline, list), "an unknown list was asked for before"
            for index, route in enumerate(inline):
                yield from self._ways(table, table, f"routes.{index}.", route)
        for route_resource in self.graph.pointing_at(table, "routeTableId", ROUTE):
            yield from self._ways(table, route_resource, "", route_resource.properties)
        # Whatever the other side of a VPN announces becomes a route here.
        announced = table.get("propagatingVgws", [])
        if announced is UNKNOWN or announced or self.graph.pointing_at(table, "routeTableId", PROPAGATION):
            yield Way(table, "whatever a VPN announces", "gatewayId", None, certain=announced is not UNKNOWN)

    def ways_of_main(self, vpc: Resource) -> Iterator[Way]:
        """Routes that are put into a VPC's main table by its id alone: the table itself is no resource of the program."""
        ids = {value for name in MAIN_TABLE if isinstance(value := vpc.get(name), str)}
        for route in self.graph.of(ROUTE):
            table = route.get("routeTableId")
            by_reference = has_unknown(table) and vpc.urn in route.depends.get("routeTableId", ())
            if by_reference or (isinstance(table, str) and table in ids):
                yield from self._ways(vpc, route, "", route.properties)

    def ways_of_vpc(self, vpc: Resource) -> list[Way]:
        """Every route of every table of a VPC, whether a subnet has the table or not yet."""
        tables = {table.urn: table for table in self.graph.pointing_at(vpc, "vpcId", ROUTE_TABLE)}
        tables |= {table.urn: table for subnet in self.subnets_of(vpc) for table in self.tables_of(subnet)}
        tables |= {table.urn: table for table in self.graph.of(DEFAULT_TABLE) if self._is_main(table, vpc)}
        return [way for table in tables.values() for way in self.ways_of(table)] + list(self.ways_of_main(vpc))

    def _ways(self, table: Resource, holder: Resource, prefix: str, route: object) -> Iterator[Way]:
        names = ("cidrBlock", "ipv6CidrBlock") if prefix else ("destinationCidrBlock", "destinationIpv6CidrBlock")
        destination = next(
            (holder.get(prefix + name) for name in (*names, "destinationPrefixListId") if holder.get(prefix + name)
             is not None), "somewhere",
        )  # fmt: skip
        shown = destination if isinstance(destination, str) else "somewhere"
        for exit_ in EXITS:
            value = holder.get(prefix + exit_)
            if value is None or value == "local":
                continue
            targets = self.graph.targets(holder, prefix + exit_, *TARGETS)
            known = not has_unknown(value) and destination is not UNKNOWN
            if not targets:
                yield Way(table, shown, exit_, None, certain=known)
            for target in targets:
                yield Way(table, shown, exit_, target, certain=known or len(targets) == 1)

    def ways_out(self, subnet: Resource) -> list[Way]:
        """Every way by which traffic of a subnet leaves its VPC."""
        return [way for table in self.tables_of(subnet) for way in self.ways_of(table)]

    def subnets_of(self, vpc: Resource) -> list[Resource]:
        return self.graph.pointing_at(vpc, "vpcId", SUBNET)


def overlap(one: str, other: str) -> bool:
    """Whether two blocks share an address; blocks of different families never do. Raises ValueError."""
    a, b = ip_network(one, strict=False), ip_network(other, strict=False)
    return a.version == b.version and a.overlaps(b)
