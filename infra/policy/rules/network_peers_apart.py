"""Networks that are joined do not overlap."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from stormproof.core.finding import Severity
from stormproof.core.infra.network_paths import VPC, overlap
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

PEERING = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
ATTACHMENT, TRANSIT = (
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment",
    "aws:ec2transitgateway/transitGateway:TransitGateway",
)


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for peering in graph.of(PEERING):
        pairs = [(a, b) for a in graph.targets(peering, "vpcId", VPC) for b in graph.targets(peering, "peerVpcId", VPC)]
        yield from (_answer(peering, a, b) for a, b in pairs if a != b)
    for gateway in graph.of(TRANSIT):
        attached = [
            vpc
            for one in graph.pointing_at(gateway, "transitGatewayId", ATTACHMENT)
            for vpc in graph.targets(one, "vpcId", VPC)
        ]
        yield from (_answer(gateway, a, b) for a, b in combinations(attached, 2))


def _answer(joint: Resource, one: Resource, other: Resource) -> Answer:
    a, b = one.get("cidrBlock"), other.get("cidrBlock")
    if a is UNKNOWN or b is UNKNOWN:
        return unknown(joint, f"whether {one.shown} and {other.shown} overlap", "write their blocks out")
    try:
        if overlap(str(a), str(b)):
            return failed(
                joint, f"it joins {one.shown} ({a}) and {other.shown} ({b}), which overlap", "use blocks apart"
            )
    except ValueError as error:
        return failed(joint, f"a block of what it joins cannot be read: {error}", "write it as 10.0.0.0/16")
    return passed(joint)


RULE = Rule(
    id="network-peers-apart",
    title="Joined networks do not overlap",
    statements=("3.1-b",),
    severity=Severity.MEDIUM,
    risk="Traffic for one network ends in the other, and nobody sees why.",
    remedy="Give every network that may ever be joined to another a block of its own.",
    check=_check,
    soc2=("CC6.6",),
    iso27001=("A.8.20",),
)
