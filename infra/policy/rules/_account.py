"""What an account needs once: asked of a stack that declares the layer `account`, or when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from infra.policy.rules._properties import KEY_TYPES
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Check, failed, passed, unknown

LAYER = "account"
Demand = tuple[str, Callable[[Any], bool], Any, str]  # path, what holds of a known value, its default, what is wrong


def exists(types: Sequence[str], demands: Sequence[Demand], *, missing: str, fix: str) -> Check:
    """A check that one resource of `types` is declared for which every demand holds.

    Args:
        missing: said of the stack where there is none at all.
        fix: for all that is wrong.
    """

    def check(graph: ResourceGraph) -> Iterator[Answer]:
        found = graph.of(*types)
        if not found:
            yield failed(None, missing, fix)
            return
        answers = [_judge(graph, one, demands, fix) for one in found]
        good = [one for one in answers if one.said == ""]
        yield good[0] if good else answers[0]

    return check


def _judge(graph: ResourceGraph, resource: Resource, demands: Sequence[Demand], fix: str) -> Answer:
    for path, holds, default, wrong in demands:
        value = resource.get(path, default)
        if value is UNKNOWN:
            if holds is bool and graph.targets(resource, path, *KEY_TYPES):
                continue  # whether it has one was asked: a key's ARN that is not known yet is a key all the same
            return unknown(resource, f"`{path}`", "write its value out")
        try:
            good = holds(value)
        except (TypeError, ValueError):
            good = False
        if not good:
            return failed(resource, wrong.format(value=value), fix)
    return passed(resource)
