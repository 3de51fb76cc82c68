"""A file system is encrypted with a key of ours."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._properties import demand, is_true, own_key
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, RuleVerdict

FILE_SYSTEMS = ("aws:efs/fileSystem:FileSystem",)
_ENCRYPTED = demand(
    FILE_SYSTEMS,
    "encrypted",
    is_true,
    default=False,
    said="it is not encrypted, and cannot be later",
    fix="set `encrypted` and `kms_key_id`",
)
_KEY = own_key(FILE_SYSTEMS, "kmsKeyId", what="it is encrypted")


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    plain = [answer for answer in _ENCRYPTED(graph) if answer.verdict is not RuleVerdict.PASSED]
    yield from plain
    told = {answer.resource.urn for answer in plain if answer.resource is not None}
    yield from (answer for answer in _KEY(graph) if answer.resource and answer.resource.urn not in told)


RULE = Rule(
    id="efs-encrypted",
    title="File systems are encrypted with a key of ours",
    statements=("3.2-b", "1-a"),
    severity=Severity.HIGH,
    risk="Who gets at the disks or at a backup reads every file.",
    remedy="Set `encrypted` and `kms_key_id`; a file system cannot be encrypted later in place.",
    check=_check,
    soc2=("CC6.1", "C1.1"),
    iso27001=("A.8.24",),
    cis=("2.3.1",),
)
