"""A table is encrypted with a key of ours, its replicas too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infra.policy.rules._properties import demand, is_true, own_key
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import ResourceGraph, Unknown
from stormproof.core.infra.rule import Answer, Rule, RuleVerdict, failed

TABLES = ("aws:dynamodb/table:Table",)
_ENABLED = demand(
    TABLES,
    "serverSideEncryption.enabled",
    is_true,
    default=False,
    said="it is encrypted with DynamoDB's own key, which everybody who may read it may use",
    fix="set `server_side_encryption` with `enabled` and `kms_key_arn`",
)
_KEY = own_key(TABLES, "serverSideEncryption.kmsKeyArn", what="it is encrypted")


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    plain = [answer for answer in _ENABLED(graph) if answer.verdict is not RuleVerdict.PASSED]
    yield from plain
    told = {answer.resource.urn for answer in plain if answer.resource is not None}
    yield from (answer for answer in _KEY(graph) if answer.resource and answer.resource.urn not in told)
    for table in graph.of(*TABLES):
        replicas = table.items("replicas")
        for place, one in enumerate([] if isinstance(replicas, Unknown) else replicas):
            key = table.get(f"replicas.{place}.kmsKeyArn")
            if key is None or (isinstance(key, str) and "alias/aws/" in key):
                where = one.get("regionName") if isinstance(one, Mapping) else None
                yield failed(
                    table, f"its replica ({where or place}) is encrypted with DynamoDB's own key",
                    "set `kms_key_arn` of each replica to a key of ours in its region",
                )  # fmt: skip


RULE = Rule(
    id="dynamodb-encrypted",
    title="Tables are encrypted with a key of ours",
    statements=("3.2-b", "1-a"),
    severity=Severity.HIGH,
    risk="A right to read the table is enough to read it; a key of ours is the second lock.",
    remedy="Set `server_side_encryption` with a customer managed key.",
    check=_check,
    soc2=("CC6.1", "C1.1"),
    iso27001=("A.8.24",),
)
