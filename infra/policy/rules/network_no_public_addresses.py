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
