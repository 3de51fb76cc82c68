"""A database is encrypted with a key of ours."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._properties import demand, is_true, own_key
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, RuleVerdict

TYPES = ("aws:rds/instance:Instance", "aws:rds/cluster:Cluster")
_ENCRYPTED = demand(
    TYPES,
    "storageEncrypted",
    is_true,
    default=False,
    said="its storage is not encrypted",
    fix="set `storage_encrypted`, and a key",
)
_KEY = own_key(TYPES, "kmsKeyId", what="it is encrypted")


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    plain = [answer for answer in _ENCRYPTED(graph) if answer.verdict is not RuleVerdict.PASSED]
    yield from plain
    told = {answer.resource.urn for answer in plain if answer.resource is not None}
    yield from (answer for answer in _KEY(graph) if answer.resource and answer.resource.urn not in told)


RULE = Rule(
    id="rds-encrypted",
    title="Databases are encrypted with a key of ours",
    statements=("3.2-b", "1-a"),
    severity=Severity.CRITICAL,
    risk="Who gets a copy of the disk or of a snapshot reads everything, and no key of ours can be taken away from them.",
    remedy="Set `storage_encrypted` and `kms_key_id`; a database cannot be encrypted later in place.",
    check=_check,
    soc2=("CC6.1", "C1.1"),
    iso27001=("A.8.24",),
    cis=("2.2.1",),
)
