"""A rule over declared infrastructure: what it asks, what it answers, and what it is good for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import Resource, ResourceGraph


class RuleVerdict(StrEnum):
    """How a rule answers of one resource. UNKNOWN fails a preview: what could not be known is never passed."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Answer:
    """What a rule says of one resource (or, with `resource` None, of the program).

    Args:
        said: for FAILED what is wrong, for UNKNOWN what could not be known; one sentence, no full stop.
        fix: what to write in the program. For UNKNOWN: how to make it known at preview.
    """

    verdict: RuleVerdict
    resource: Resource | None
    said: str = ""
    fix: str = ""


def passed(resource: Resource | None) -> Answer:
    return Answer(RuleVerdict.PASSED, resource)


def failed(resource: Resource | None, said: str, fix: str) -> Answer:
    return Answer(RuleVerdict.FAILED, resource, said, fix)


def unknown(resource: Resource | None, what: str, fix: str = "") -> Answer:
    """Args: what: the property or the fact that is not known yet."""
    advice = fix or "give it a value that does not come from another resource: an explicit name, a computed ARN"
    return Answer(RuleVerdict.UNKNOWN, resource, f"{what} is not known at preview", advice)


# What a stack says that joins all layers in one: the lab's.
EVERY_LAYER = "all"

Check = Callable[[ResourceGraph], Iterator[Answer]]


@dataclass(frozen=True)
class Rule:
    """One rule with what it is good for. One file holds one.

    Args:
        id: a slug (`s3-public-access-blocked`), by which exceptions and reports name it.
        statements: ids of POLICY.md that it helps to prove.
        risk: what happens when it does not hold, in one sentence.
        remedy: the general one; an Answer's `fix` is more exact.
        soc2, iso27001, cis: references.
        layer: only asked of a stack that declares this layer (or EVERY_LAYER), or when asked for it; None: of every program.
        advisory: told, never refused.
        check: yields an Answer for every resource that it looked at: no answer at all means that it concerns none.
    """

    id: str
    title: str
    statements: tuple[str, ...]
    severity: Severity
    risk: str
    remedy: str
    check: Check
    soc2: tuple[str, ...] = ()
    iso27001: tuple[str, ...] = ()
    cis: tuple[str, ...] = ()
    layer: str | None = None
    advisory: bool = False

    def concerns(self, graph: ResourceGraph, asked_layer: str | None = None) -> bool:
        declared = (graph.layer, asked_layer)
        return self.layer is None or self.layer in declared or EVERY_LAYER in declared
