"""Which networks are a recovery environment: by tag, stack, configuration, name, or since restore tests restore into them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from stormproof.core.infra.gateways import SUBNET, VPC
from stormproof.core.infra.resource_graph import Resource, ResourceGraph

LAYER = "recovery"
SELECTION = "aws:backup/restoreTestingSelection:RestoreTestingSelection"
OVERRIDES = "restoreMetadataOverrides"
SUBNET_GROUP, GROUP = "aws:rds/subnetGroup:SubnetGroup", "aws:ec2/securityGroup:SecurityGroup"
NAMES = frozenset({"recovery", "restore", "restored", "restores", "drill", "drills"})
_WORD = re.compile(r"[a-z]+")


def recovery_vpcs(graph: ResourceGraph) -> dict[str, str]:
    """URN of each VPC that is one -> why, in words; nothing where its tag says so."""
    restored = {vpc.urn for selection in graph.of(SELECTION) for vpc in _restored_into(graph, selection)}
    return {
        vpc.urn: why
        for vpc in graph.of(VPC)
        if (why := _why(graph, vpc, restored_into=vpc.urn in restored)) is not None
    }


def because(text: str, why: str) -> str:
    """What a rule says of such a VPC, with why it is one where its tag does not say so."""
    return f"{text} ({why})" if why else text


def named_so(*texts: object) -> bool:
    """Whether a name says that it is one: `shop-recovery`, `restored`, `drill-vpc`."""
    return any(isinstance(text, str) and not NAMES.isdisjoint(_WORD.findall(text.lower())) for text in texts)


def _why(graph: ResourceGraph, vpc: Resource, *, restored_into: bool) -> str | None:
    environment = vpc.tag("environment")
    if environment == "recovery":
        return ""
    if graph.layer == LAYER:
        return "its stack declares the recovery environment"
    if vpc.get("cidrBlock") is not None and vpc.get("cidrBlock") == _configured(graph):
        return "its block is that of `stormproof:recoveryNetwork`"
    if restored_into:
        return "restore tests restore into it"
    # Who says which environment it is knows better than its name: a stand-by in another region serves customers.
    if environment is None and named_so(vpc.name, vpc.tag("Name")):
        return "by its name it is the recovery environment; if it is not, say which by a tag `environment`"
    return None


def _configured(graph: ResourceGraph) -> object:
    try:
        network = json.loads(graph.settings.get("recoveryNetwork", "{}"))
    except ValueError:
        return None
    return network.get("cidr") if isinstance(network, dict) else None


def places(graph: ResourceGraph, selection: Resource, key: str) -> list[Resource]:
    """What of this program an override of a restore test names: groups of subnets, security groups, subnets."""
    path = f"{OVERRIDES}.{key}"
    kinds = (SUBNET_GROUP, GROUP, SUBNET)
    found = graph.targets(selection, path, *kinds)
    listed = _texts(selection.get(path))
    return found or [one for one in graph.of(*kinds) if one.get("id") in listed or one.get("name") in listed]


def _texts(value: object) -> list[object]:
    """AWS Backup's metadata is text throughout: a list is JSON in it."""
    try:
        inside = json.loads(value) if isinstance(value, str) else None
    except ValueError:
        return [value]
    return inside if isinstance(inside, list) else [value] if isinstance(value, str) else []


def vpcs_of(graph: ResourceGraph, place: Resource) -> list[Resource]:
    if place.type == SUBNET_GROUP:
        return [
            vpc for subnet in graph.targets(place, "subnetIds", SUBNET) for vpc in graph.targets(subnet, "vpcId", VPC)
        ]
    return graph.targets(place, "vpcId", VPC)


def _restored_into(graph: ResourceGraph, selection: Resource) -> Iterator[Resource]:
    given = selection.get(OVERRIDES)
    for key in given if isinstance(given, Mapping) else ():
        for place in places(graph, selection, str(key)):
            yield from vpcs_of(graph, place)
