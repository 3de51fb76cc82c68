"""Small programs for the tests of rules: resources by hand, with the references that Pulumi would know."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph
from stormproof.core.infra.rule import Rule, RuleVerdict

PREFIX = "urn:pulumi:test::program::"
TODAY = date(2026, 3, 1)

Program = Resource | Sequence[Resource]


@dataclass(frozen=True)
class Twins:
    """Programs for one rule, each by what it shows: those that it refuses, lets pass, and cannot judge.

    Args:
        silent: programs that do not concern it: no answer at all.
        layer, settings: of every program here.
        knows_all: the rule asks whether something is declared at all, which is always known.
    """

    failed: Mapping[str, Program]
    passed: Mapping[str, Program]
    unknown: Mapping[str, Program] = field(default_factory=dict)
    silent: Mapping[str, Program] = field(default_factory=dict)
    layer: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    knows_all: bool = False

    def graph(self, resources: Program) -> ResourceGraph:
        found = [resources] if isinstance(resources, Resource) else list(resources)
        return ResourceGraph(found, layer=self.layer, settings=self.settings, today=TODAY)


def worst(rule: Rule, graph: ResourceGraph) -> RuleVerdict | None:
    """The worst that a rule says of a program; None where it says nothing."""
    order = [RuleVerdict.PASSED, RuleVerdict.UNKNOWN, RuleVerdict.FAILED]
    return max(verdicts(rule, graph).values(), key=order.index, default=None)


class Ref:
    """A value made from another resource: unknown at preview, with the dependency that Pulumi keeps."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def __repr__(self) -> str:
        return f"Ref({', '.join(self.names)})"


def program(*resources: Resource, layer: str | None = None, settings: Mapping[str, str] | None = None) -> ResourceGraph:
    return ResourceGraph(resources, layer=layer, settings=settings)


def res(
    kind: str, name: str, /, *, protect: bool | None = None, region: str | None = "eu-central-1", **properties: Any
) -> Resource:
    """`kind` is a type token. A property may be a Ref, or hold Refs: then it is UNKNOWN, and depends on them."""
    depends: dict[str, tuple[str, ...]] = {}
    plain: dict[str, Any] = {}
    for key, value in properties.items():
        names: list[str] = []
        plain[key] = _resolved(value, names)
        if names:
            depends[key] = tuple(urn(one) for one in names)
    return Resource(
        urn=urn(name), type=kind, name=name, properties=plain, depends=depends, protect=protect, region=region
    )


def urn(name: str) -> str:
    return f"{PREFIX}{name}"


def _resolved(value: Any, names: list[str]) -> Any:
    if isinstance(value, Ref):
        names += value.names
        return UNKNOWN
    if isinstance(value, Mapping):
        return {key: _resolved(one, names) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_resolved(one, names) for one in value]
    return value


def verdicts(rule: Rule, graph: ResourceGraph) -> dict[str, RuleVerdict]:
    """What a rule says of each resource, by name; the worst where it says more than one thing. `stack`: of the program."""
    worst = [RuleVerdict.PASSED, RuleVerdict.UNKNOWN, RuleVerdict.FAILED]
    found: dict[str, RuleVerdict] = {}
    for answer in rule.check(graph):
        name = answer.resource.name if answer.resource else "stack"
        assert answer.verdict is RuleVerdict.PASSED or (answer.said and answer.fix), f"{rule.id} does not say why"
        found[name] = max(found.get(name, RuleVerdict.PASSED), answer.verdict, key=worst.index)
    return found


def statement(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "*", "Resource": "*", **elements}


def document(*statements: Mapping[str, Any]) -> str:
    """A policy document as JSON text, as programs hold it."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
