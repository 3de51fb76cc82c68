"""A cache is encrypted, at rest and on the way."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._properties import demand, is_true
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule

CACHES = ("aws:elasticache/replicationGroup:ReplicationGroup",)
# Single nodes: AWS encrypts what they keep only as part of a group. Of one that belongs to a group, that is asked.
NODES, IN_MEMORY = ("aws:elasticache/cluster:Cluster",), ("aws:memorydb/cluster:Cluster",)
_AT_REST = demand(
    CACHES,
    "atRestEncryptionEnabled",
    is_true,
    default=False,
    said="what it keeps is not encrypted",
    fix="set `at_rest_encryption_enabled`, and a key",
)
_ON_THE_WAY = demand(
    CACHES,
    "transitEncryptionEnabled",
    is_true,
    default=False,
    said="it takes connections without TLS",
    fix="set `transit_encryption_enabled`",
)


_NODE_ON_THE_WAY = demand(
    NODES, "transitEncryptionEnabled", is_true, default=False, said="it takes connections without TLS",
    fix="declare a ReplicationGroup with encryption, or set `transit_encryption_enabled`",
    only=lambda node: not node.declares("replicationGroupId"),
)  # fmt: skip
_DATABASE_ON_THE_WAY = demand(
    IN_MEMORY,
    "tlsEnabled",
    is_true,
    default=True,
    said="it takes connections without TLS",
    fix="leave `tls_enabled` on",
)


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for one in (_AT_REST, _ON_THE_WAY, _NODE_ON_THE_WAY, _DATABASE_ON_THE_WAY):
        yield from one(graph)


RULE = Rule(
    id="caches-encrypted",
    title="Caches are encrypted, at rest and on the way",
    statements=("3.2-a", "3.2-b"),
    severity=Severity.HIGH,
    risk="Sessions lie in caches: who reads them is logged in as somebody else.",
    remedy="Set `at_rest_encryption_enabled` and `transit_encryption_enabled`.",
    check=_check,
    soc2=("CC6.1", "CC6.7"),
    iso27001=("A.8.24",),
)
