"""What keeps data says who answers for it, and how harmful a leak would be."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._backup import ALWAYS_STATEFUL, BUCKETS
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import ResourceGraph, Unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

TAGS = ("owner", "data-class")


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for resource in graph.of(*ALWAYS_STATEFUL, *BUCKETS):
        tags = {name: resource.tag(name) for name in TAGS}
        missing = [name for name, value in tags.items() if value is None]
        if missing:
            yield failed(
                resource, f"it has no tag `{'`, `'.join(missing)}`", "tag it: who answers, and how harmful a leak is"
            )
        elif any(isinstance(value, Unknown) for value in tags.values()):
            yield unknown(resource, "its tags", "write them out")
        else:
            yield passed(resource)


RULE = Rule(
    id="tagged-with-owner",
    title="Data has an owner and a class",
    statements=("2-d", "3.2-b"),
    severity=Severity.LOW,
    risk="Nobody knows whom to ask whether it may be deleted, or how bad a leak is.",
    remedy="Tag what keeps data with `owner` and `data-class` (public, internal, confidential, restricted).",
    check=_check,
    soc2=("CC1.3",),
    iso27001=("A.5.12", "A.5.2"),
    advisory=True,
)
