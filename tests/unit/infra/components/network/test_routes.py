"""Packets take the way that is meant, out and back: traced over the declared tables as AWS routes them."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network

import pytest

from infra.spec.network import NetworkSpec, Tier
from tests.support.primary_layer import ZONES, entrance, every, one
from tests.support.pulumi_mocks import Declared

SPEC = NetworkSpec(cidr="10.16.0.0/16", zones=ZONES)
INTERNET = "203.0.113.7"
SWITCHES = [(firewall, nat) for firewall in (True, False) for nat in (True, False)]


class Network:
    """What is declared, as a router sees it: subnet -> table -> routes."""

    def __init__(self, seen: Sequence[Declared]) -> None:
        self.seen = seen
        self.subnets = {it.id: it for it in every(seen, "Subnet")}
        self.table = {it.inputs["subnetId"]: it.inputs["routeTableId"] for it in every(seen, "RouteTableAssociation")}
        [firewall] = every(seen, "Firewall") or [None]
        states = firewall.told["firewallStatuses"][0]["syncStates"] if firewall else []
        attached = [attachment for state in states for attachment in state["attachments"]]
        self.endpoint_subnet = {it["endpointId"]: it["subnetId"] for it in attached}
        self.nat_subnet = {it.id: it.inputs["subnetId"] for it in every(seen, "NatGateway")}

    def next_hop(self, subnet: str, address: str) -> str:
        """Longest prefix first, the VPC's own block among them."""
        found = [(IPv4Network(SPEC.cidr), "local")]
        for route in every(self.seen, "Route"):
            if route.inputs["routeTableId"] == self.table[subnet]:
                exits = [v for k, v in route.inputs.items() if k in ("gatewayId", "natGatewayId", "vpcEndpointId")]
                found.append((IPv4Network(route.inputs["destinationCidrBlock"]), exits[0]))
        fits = [(block.prefixlen, hop) for block, hop in found if IPv4Address(address) in block]
        return max(fits)[1] if fits else "nowhere"

    def way(self, subnet: str, address: str) -> list[str]:
        """Every hop until the packet is delivered, leaves, or has nowhere to go."""
        hops: list[str] = []
        while True:
            hop = self.next_hop(subnet, address)
            hops.append(hop)
            assert len(hops) < 6, f"a loop: {hops}"
            place = self.endpoint_subnet.get(hop) or self.nat_subnet.get(hop)
            if place is None:
                return hops
            subnet = place

    def subnet(self, what: str) -> str:
        return one(self.seen, "Subnet", f"network-{what}").id


def _network(*, firewall: bool, nat: bool) -> Network:
    return Network(entrance(egress={"networkFirewall": firewall, "natPerZone": nat}))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("firewall", "nat"), SWITCHES)
def test_the_application_leaves_by_its_zone_s_firewall_and_nat(firewall: bool, nat: bool, zone: str) -> None:
    network = _network(firewall=firewall, nat=nat)
    hops = network.way(network.subnet(f"application-{zone}"), INTERNET)
    assert hops[-1].startswith("igw-")
    assert hops[-2] == one(network.seen, "NatGateway", f"network-nat-{zone if nat else 'a'}").id
    if firewall:
        assert network.endpoint_subnet[hops[0]] == network.subnet(f"firewall-{zone}")
    assert len(hops) == (3 if firewall else 2)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("nat", [True, False])
def test_answers_come_back_through_the_same_endpoint(nat: bool, zone: str) -> None:
    network = _network(firewall=True, nat=nat)
    application = network.subnet(f"application-{zone}")
    out = network.way(application, INTERNET)
    address = str(IPv4Network(SPEC.subnet(Tier.APPLICATION, zone)).network_address + 5)
    assert network.way(network.nat_subnet[out[1]], address) == [out[0], "local"]


def test_nat_s_narrower_routes_are_whole_subnets_as_aws_asks() -> None:
    network = _network(firewall=True, nat=False)
    blocks = {it.inputs["cidrBlock"] for it in network.subnets.values()}
    back = [it.inputs["destinationCidrBlock"] for it in every(network.seen, "Route") if "-back-" in it.name]
    assert len(back) == len(ZONES)
    assert set(back) <= blocks


@pytest.mark.parametrize("tier", [Tier.DATA, Tier.MANAGEMENT])
@pytest.mark.parametrize(("firewall", "nat"), SWITCHES)
def test_data_and_management_have_no_way_out(firewall: bool, nat: bool, tier: Tier) -> None:
    network = _network(firewall=firewall, nat=nat)
    assert {tuple(network.way(network.subnet(f"{tier}-{zone}"), INTERNET)) for zone in ZONES} == {("nowhere",)}


def test_the_entrance_speaks_with_the_internet_itself() -> None:
    network = _network(firewall=True, nat=True)
    assert [hop[:4] for hop in network.way(network.subnet("ingress-b"), INTERNET)] == ["igw-"]


@pytest.mark.parametrize(("firewall", "nat"), SWITCHES)
def test_every_subnet_has_a_table_of_ours(firewall: bool, nat: bool) -> None:
    network = _network(firewall=firewall, nat=nat)
    assert set(network.table) == set(network.subnets)
    assert one(network.seen, "DefaultRouteTable", "network-default").inputs["routes"] == []


@pytest.mark.parametrize(("nat", "gateways"), [(True, 3), (False, 1)])
def test_nat_is_in_each_zone_or_in_the_first(nat: bool, gateways: int) -> None:
    network = _network(firewall=True, nat=nat)
    assert len(every(network.seen, "NatGateway")) == len(every(network.seen, "Eip")) == gateways


def test_a_firewall_that_is_off_has_no_subnets_and_nothing_else_moves() -> None:
    on, off = _network(firewall=True, nat=True), _network(firewall=False, nat=True)
    blocks = [{it.name: it.inputs["cidrBlock"] for it in network.subnets.values()} for network in (on, off)]
    assert set(blocks[0]) - set(blocks[1]) == {f"network-firewall-{zone}" for zone in ZONES}
    assert blocks[1].items() <= blocks[0].items()
