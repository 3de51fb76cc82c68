"""A recovery environment's VPC has no way out and none to another network: no gateway, no NAT, no peering, no transit."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._recovery import because, recovery_vpcs
from stormproof.core.finding import Severity
from stormproof.core.infra.gateways import OPENERS, SUBNET, VPC
from stormproof.core.infra.network_paths import NetworkPaths
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    recovery = recovery_vpcs(graph)
    for vpc in graph.of(VPC):
        if vpc.urn in recovery:
            yield _answer(graph, vpc, recovery[vpc.urn])
        elif vpc.tag("environment") is UNKNOWN:
            yield unknown(vpc, "whether it is a recovery environment (its tag `environment`)", "write the tag out")


def _answer(graph: ResourceGraph, vpc: Resource, why: str) -> Answer:
    paths = NetworkPaths(graph)
    opener = _opener(graph, vpc, paths)
    if opener is not None:
        return failed(
            vpc, because(f"{opener.shown} opens it", why),
            "take it away: restored data is hostile, and nothing may leave",
        )  # fmt: skip
    ways = paths.ways_of_vpc(vpc)
    certain = [way for way in ways if way.certain]
    if certain:
        return failed(
            vpc, because(certain[0].said, why), "a recovery environment's route tables hold no route but the local one"
        )
    if ways:
        return unknown(vpc, f"where {ways[0].table.shown} leads", "write its routes with targets of this program")
    return passed(vpc)


def _opener(graph: ResourceGraph, vpc: Resource, paths: NetworkPaths) -> Resource | None:
    inside = [vpc, *paths.subnets_of(vpc)]
    for kind, properties in OPENERS.items():
        for one in graph.of(kind):
            if any(place in inside for path in properties for place in graph.targets(one, path, VPC, SUBNET)):
                return one
    return None


RULE = Rule(
    id="network-recovery-has-no-way-out",
    title="The recovery environment has no way out",
    statements=("9-c", "3.1-b"),
    severity=Severity.CRITICAL,
    risk="Restored data acts: it mails customers, charges cards and writes into production, from a drill.",
    remedy="Give the VPC of the recovery environment (by tag, stack, name, or where restore tests restore to) no gateway, NAT, peering, transit or VPN, and no route.",
    check=_check,
    soc2=("A1.3", "CC6.6"),
    iso27001=("A.8.31", "A.8.22"),
)
