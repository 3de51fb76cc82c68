"""A file system refuses clients without TLS."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._documents import read
from stormproof.core.finding import Severity
from stormproof.core.infra.policy_document import Statement
from stormproof.core.infra.resource_graph import Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed

FILE_SYSTEM, POLICY = "aws:efs/fileSystem:FileSystem", "aws:efs/fileSystemPolicy:FileSystemPolicy"
FIX = "deny everything to everybody where aws:SecureTransport is false, in a FileSystemPolicy"


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for system in graph.of(FILE_SYSTEM):
        policies = graph.pointing_at(system, "fileSystemId", POLICY)
        if policies:
            yield _answer(system, policies[0])
        else:
            yield failed(system, "it has no policy, so it takes clients without TLS", FIX)


def _answer(system: Resource, policy: Resource) -> Answer:
    found = read(policy, "policy")
    if isinstance(found, Answer):
        return found
    if found is not None and any(_refuses_plain(one) for one in found.denying):
        return passed(system)
    return failed(system, "its policy takes clients without TLS", FIX)


def _refuses_plain(statement: Statement) -> bool:
    return (
        statement.for_anybody
        and statement.covers_action("elasticfilesystem:ClientMount")
        and statement.condition("aws:SecureTransport", "Bool") == ("false",)
        and len(statement.conditions) == 1  # a second one would narrow it
    )


RULE = Rule(
    id="efs-tls-only",
    title="File systems take clients over TLS only",
    statements=("3.2-a",),
    severity=Severity.HIGH,
    risk="NFS without TLS is read, and changed, by anybody on the way.",
    remedy="Deny clients without aws:SecureTransport in the file system's policy.",
    check=_check,
    soc2=("CC6.7",),
    iso27001=("A.8.24",),
)
