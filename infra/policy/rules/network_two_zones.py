"""Each tier, each group of database subnets and each load balancer lies in two zones or more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.policy.rules._data_tier import SUBNET_GROUPS
from stormproof.core.finding import Severity
from stormproof.core.infra.network_paths import SUBNET, VPC
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, has_unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

ZONES_MIN = 2
# What lies in subnets -> the property that lists them.
SPREAD = {
    "aws:lb/loadBalancer:LoadBalancer": "subnets",
    "aws:autoscaling/group:Group": "vpcZoneIdentifiers",
    **dict.fromkeys(SUBNET_GROUPS, "subnetIds"),
}


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for vpc in graph.of(VPC):
        tiers: dict[str, list[Resource]] = {}
        for subnet in graph.pointing_at(vpc, "vpcId", SUBNET):
            tier = subnet.tag("tier")
            if isinstance(tier, str):
                tiers.setdefault(tier, []).append(subnet)
        for tier, subnets in tiers.items():
            yield _answer(vpc, subnets, f"its {tier} tier")
    for kind, path in SPREAD.items():
        for one in graph.of(kind):
            subnets = graph.targets(one, path, SUBNET)
            if not subnets and has_unknown(one.get(path)):
                yield unknown(one, "which subnets it lies in", "refer to subnets of this program")
            elif subnets:
                yield _answer(one, subnets, "it")


def _answer(resource: Resource, subnets: Sequence[Resource], what: str) -> Answer:
    zones = [one.get("availabilityZone", one.get("availabilityZoneId")) for one in subnets]
    known = {zone for zone in zones if isinstance(zone, str)}
    if len(known) >= ZONES_MIN:
        return passed(resource)
    if any(zone is UNKNOWN or zone is None for zone in zones) and len(subnets) >= ZONES_MIN:
        return unknown(resource, f"in which zones {what} lies", "write `availability_zone` of its subnets out")
    return failed(resource, f"{what} lies in one zone", "add a subnet in another zone")


RULE = Rule(
    id="network-two-zones",
    title="Everything lies in two zones or more",
    statements=("1-c",),
    severity=Severity.HIGH,
    risk="A zone fails about once a year somewhere, and takes the whole service along.",
    remedy="Give each tier subnets in two zones, and use them all.",
    check=_check,
    soc2=("A1.1", "A1.2"),
    iso27001=("A.8.14",),
)
