"""No recovery environment is exempt from the account's block on public access."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._recovery import recovery_vpcs
from stormproof.core.finding import Severity
from stormproof.core.infra.network_paths import SUBNET, VPC
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

EXCLUSION = "aws:ec2/vpcBlockPublicAccessExclusion:VpcBlockPublicAccessExclusion"


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    recovery = recovery_vpcs(graph)
    for one in graph.of(EXCLUSION):
        vpcs = _vpcs(graph, one)
        if any(vpc.urn in recovery for vpc in vpcs):
            yield failed(one, "it lets a recovery environment reach the internet", "exclude the production VPC alone")
        elif not vpcs and UNKNOWN in (one.get("vpcId"), one.get("subnetId")):
            yield unknown(one, "which network it excludes", "refer to a VPC of this program")
        else:
            yield passed(one)


def _vpcs(graph: ResourceGraph, one: Resource) -> list[Resource]:
    subnets = graph.targets(one, "subnetId", SUBNET)
    return graph.targets(one, "vpcId", VPC) + [vpc for subnet in subnets for vpc in graph.targets(subnet, "vpcId", VPC)]


RULE = Rule(
    id="recovery-not-excluded",
    title="No recovery environment is excluded from the block on public access",
    statements=("9-c", "3.1-b"),
    severity=Severity.CRITICAL,
    risk="The one lock that holds whatever a route table says is taken off restored data.",
    remedy="Exclude the production VPC alone from VPC Block Public Access.",
    check=_check,
    soc2=("CC6.6", "A1.3"),
    iso27001=("A.8.22", "A.8.31"),
)
