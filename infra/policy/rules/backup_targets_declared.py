"""What keeps data says how much of it may be lost, and how long it may be away."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._backup import is_left_out, stateful
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for resource in stateful(graph):
        if is_left_out(resource) or resource.tag("rpo") is not None:
            yield passed(resource)
        else:
            yield failed(
                resource,
                "nobody said how much of it may be lost",
                "tag it `rpo: 15m` (4h, 8d), so that it can be proved",
            )


RULE = Rule(
    id="backup-targets-declared",
    title="Everything that keeps data has an RPO",
    statements=("9-d",),
    severity=Severity.LOW,
    risk="A target that nobody wrote down is met by whatever happens.",
    remedy="Tag what keeps data with `rpo`; drills measure it, and a rule proves the schedule.",
    check=_check,
    soc2=("A1.1", "A1.2"),
    iso27001=("A.5.30",),
    advisory=True,
)
