"""Nothing gets a public address by itself: load balancers have theirs, and everything else stands behind them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.policy.rules._properties import is_true
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, Unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

FIX = "put it behind a load balancer, and let it out through NAT"
# Type -> the property that gives it an address.
GIVES = {
    "aws:ec2/subnet:Subnet": "mapPublicIpOnLaunch",
    "aws:ec2/instance:Instance": "associatePublicIpAddress",
    "aws:ecs/service:Service": "networkConfiguration.assignPublicIp",
}
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
# An address that is joined to a machine -> the properties that name it. NAT and load balancers name theirs themselves.
JOINS = {
    "aws:ec2/eip:Eip": ("instance", "networkInterface"),
    "aws:ec2/eipAssociation:EipAssociation": ("instanceId", "networkInterfaceId"),
}


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for kind, path in GIVES.items():
        for one in graph.of(kind):
            yield _answer(one, path, [one.get(path, False)])
    for template in graph.of(TEMPLATE):
        cards = template.items("networkInterfaces")
        given = (
            [UNKNOWN]
            if isinstance(cards, Unknown)
            else [card.get("associatePublicIpAddress", False) if isinstance(card, dict) else UNKNOWN for card in cards]
        )
        yield _answer(template, "networkInterfaces", given)

    for kind, paths in JOINS.items():
        for one in graph.of(kind):
            if any(one.declares(path) for path in paths):
                yield failed(one, "it gives a machine an address on the internet", FIX)


def _answer(one: Resource, path: str, values: list[Any]) -> Answer:
    if any(value is not UNKNOWN and is_true(value) for value in values):
        return failed(
            one, "what starts there gets a public address" if "Subnet" in one.type else "it gets a public address", FIX
        )
    if any(value is UNKNOWN for value in values):
        return unknown(one, f"`{path}`", "write its value out")
    return passed(one)


RULE = Rule(
    id="network-no-public-addresses",
    title="Nothing gets a public address by itself",
    statements=("3.1-b", "1-a"),
    severity=Severity.HIGH,
    risk="A machine with an address of its own is one wrong rule away from the internet.",
    remedy="Leave `map_public_ip_on_launch` and `associate_public_ip_address` off.",
    check=_check,
    soc2=("CC6.6",),
    iso27001=("A.8.20", "A.8.22"),
)
