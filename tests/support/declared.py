"""Small programs for the tests of rules: resources by hand, with the references that Pulumi would know."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph
from stormproof.core.infra.rule import Rule, RuleVerdict

PREFIX = "urn:pulumi:test::program::"


class Ref:
    """A value made from another resource: unknown at preview, with the dependency that Pulumi keeps."""

    def __init__(self, *names: str) -> None:
        self.names = names


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
