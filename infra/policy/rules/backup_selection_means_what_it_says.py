"""A backup selection selects what its author meant: lists of tags add up, conditions narrow."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._backup import PLAN, SELECTION, selections
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import ResourceGraph, Unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    joined = {one.urn: tests for plan in graph.of(PLAN) for one, tests in selections(graph, plan)}
    for resource in graph.of(SELECTION):
        tests = joined.get(resource.urn)
        if tests is None:
            yield unknown(resource, "which plan it belongs to", "give `planId` the plan of this program")
        elif isinstance(tests, Unknown):
            yield unknown(resource, "what its tags and conditions ask for", "write keys and values out")
        elif tests.trap is not None:
            yield failed(resource, tests.trap, "use `resources: ['*']` with `conditions`, which all have to hold")
        else:
            yield passed(resource)


RULE = Rule(
    id="backup-selection-means-what-it-says",
    title="Backup selections select what they seem to",
    statements=("9-a",),
    severity=Severity.HIGH,
    risk="A selection that adds up where it should narrow backs up far too much; one that narrows nothing backs up nothing.",
    remedy="Write `resources: ['*']` and every demand as a condition.",
    check=_check,
    soc2=("A1.2",),
    iso27001=("A.8.13",),
)
