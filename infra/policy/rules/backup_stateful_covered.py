"""Whatever keeps data is taken by a backup plan, as AWS resolves selections."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._backup import is_left_out, stateful, taken_by
from stormproof.core.finding import Severity
from stormproof.core.infra.backup_selection import Selected
from stormproof.core.infra.resource_graph import UNKNOWN, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for resource in stateful(graph):
        if is_left_out(resource):
            yield passed(resource)
            continue
        found = [how for _, how in taken_by(graph, resource)]
        if Selected.YES in found:
            yield passed(resource)
        elif Selected.UNKNOWN in found or resource.get("tags") is UNKNOWN:
            yield unknown(
                resource,
                "whether a backup plan takes it",
                "select by tag conditions over resources ['*'], with tags that are written out",
            )
        elif resource.tag("backup") == "none":
            yield failed(resource, "it is left out of backups without a reason", "say why in the tag `backup-reason`")
        else:
            yield failed(
                resource,
                "no backup plan of this program takes it",
                "give it the tag that a selection asks for (`backup: daily`), or `backup: none` with a `backup-reason`",
            )


RULE = Rule(
    id="backup-stateful-covered",
    title="Whatever keeps data is in a backup plan",
    statements=("9-a", "3.2-d"),
    severity=Severity.CRITICAL,
    risk="What no selection takes is gone for good with its first mistake, while every backup job is green.",
    remedy="Select by tag conditions, tag what keeps data, and give a reason for what is left out.",
    check=_check,
    soc2=("A1.2",),
    iso27001=("A.8.13",),
)
