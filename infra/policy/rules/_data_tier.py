"""Which subnets are a data tier: those tagged so, and those that hold a database, whatever their tags."""

from __future__ import annotations

from stormproof.core.infra.network_paths import SUBNET
from stormproof.core.infra.resource_graph import Resource, ResourceGraph

# Groups of subnets that managed databases and caches are put into.
SUBNET_GROUPS = (
    "aws:rds/subnetGroup:SubnetGroup",
    "aws:elasticache/subnetGroup:SubnetGroup",
    "aws:docdb/subnetGroup:SubnetGroup",
    "aws:neptune/subnetGroup:SubnetGroup",
    "aws:redshift/subnetGroup:SubnetGroup",
    "aws:memorydb/subnetGroup:SubnetGroup",
    "aws:dms/replicationSubnetGroup:ReplicationSubnetGroup",
)


def data_tier_subnets(graph: ResourceGraph) -> list[Resource]:
    """In the order of declaration. A recovery environment's subnets hold databases too, and count."""
    holding = {subnet.urn for group in graph.of(*SUBNET_GROUPS) for subnet in graph.targets(group, "subnetIds", SUBNET)}
    return [subnet for subnet in graph.of(SUBNET) if subnet.urn in holding or subnet.tag("tier") == "data"]
