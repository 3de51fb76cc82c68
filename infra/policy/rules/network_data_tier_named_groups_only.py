"""A database's group lets in groups, never addresses."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._network import GROUP, openings
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

# What keeps data -> the property that names its groups.
STORES = {
    "aws:rds/instance:Instance": "vpcSecurityGroupIds",
    "aws:rds/cluster:Cluster": "vpcSecurityGroupIds",
    "aws:elasticache/replicationGroup:ReplicationGroup": "securityGroupIds",
    "aws:docdb/cluster:Cluster": "vpcSecurityGroupIds",
    "aws:neptune/cluster:Cluster": "vpcSecurityGroupIds",
    "aws:redshift/cluster:Cluster": "vpcSecurityGroupIds",
    "aws:efs/mountTarget:MountTarget": "securityGroups",
    "aws:rds/proxy:Proxy": "vpcSecurityGroupIds",
    "aws:elasticache/cluster:Cluster": "securityGroupIds",
    "aws:elasticache/serverlessCache:ServerlessCache": "securityGroupIds",
    "aws:memorydb/cluster:Cluster": "securityGroupIds",
    "aws:opensearch/domain:Domain": "vpcOptions.securityGroupIds",
    "aws:redshiftserverless/workgroup:Workgroup": "securityGroupIds",
}


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    guarding = {
        group.urn: store
        for kind, path in STORES.items()
        for store in graph.of(kind)
        for group in graph.targets(store, path, GROUP)
    }
    for one in openings(graph):
        if not one.ingress or one.group is None or one.group.urn not in guarding:
            continue
        store = guarding[one.group.urn]
        if one.blocks and UNKNOWN not in one.blocks:
            yield failed(
                one.holder,
                f"it lets addresses ({one.blocks[0]}) into {store.shown}",
                "name the application's group instead",
            )
        elif one.blocks or one.groups is None:
            yield unknown(one.holder, f"whom it lets into {store.shown}", "name the application's group")
        else:
            yield passed(one.holder)


RULE = Rule(
    id="network-data-tier-named-groups-only",
    title="Databases let in groups, not addresses",
    statements=("3.1-b", "1-a"),
    severity=Severity.HIGH,
    risk="Addresses outlive what had them: whatever gets one next reaches the database.",
    remedy="Let the store's group name the groups of what needs it.",
    check=_check,
    soc2=("CC6.6", "CC6.1"),
    iso27001=("A.8.20", "A.8.22"),
)
