"""A subnet of the data tier has no route out of its VPC, and none that leads in from an internet gateway."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._data_tier import data_tier_subnets
from stormproof.core.finding import Severity
from stormproof.core.infra.network_paths import NetworkPaths
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    paths = NetworkPaths(graph)
    for subnet in data_tier_subnets(graph):
        ways = paths.ways_out(subnet)
        if ways and ways[0].certain:
            yield failed(subnet, ways[0].said, "give the data tier a route table of its own, without routes")
        elif ways:
            yield unknown(subnet, f"where {ways[0].table.shown} leads", "write its routes with targets of this program")
        elif not paths.tables_of(subnet):
            yield unknown(
                subnet,
                "which route table it has",
                "associate a route table with it: the main one is anybody's to change",
            )
        else:
            yield passed(subnet)


RULE = Rule(
    id="network-data-tier-has-no-way-out",
    title="The data tier has no route out",
    statements=("3.1-b", "1-a"),
    severity=Severity.CRITICAL,
    risk="Who gets into a database can carry its data away, and a mistake in a group opens it to the internet.",
    remedy="Give the data tier's subnets a route table of their own that holds no route but the VPC's local one.",
    check=_check,
    soc2=("CC6.6", "CC6.1"),
    iso27001=("A.8.20", "A.8.22"),
    cis=("5.6",),
)
