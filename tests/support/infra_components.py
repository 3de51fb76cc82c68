"""What tests of the program's components share: contexts, the rules over what is declared, and weakened variations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from infra.context import Context
from infra.naming import Names
from infra.policy.rules import all_rules
from infra.spec.settings import Layer, Settings
from stormproof.core.infra.check import check
from stormproof.core.infra.policy_document import PolicyDocument, read_policy
from stormproof.core.infra.rule import RuleVerdict
from tests.support.pulumi_mocks import Declared, graph_of

TODAY = date(2026, 11, 26)
SHAPE: dict[str, Any] = {
    "project": "shop",
    "environment": "prod",
    "layers": ["account"],
    "owner": "platform@example.com",
    "securityContact": "security@example.com",
    "accounts": {"workload": "111122223333", "recovery": "444455556666", "vault": "777788889999"},
    "regions": {"primary": "eu-central-1", "recovery": "eu-west-1", "vault": "eu-north-1"},
    "network": {"cidr": "10.16.0.0/16"},
    "recoveryNetwork": {"cidr": "10.32.0.0/16"},
    "edge": {"domain": "shop.example.com", "securityReviewed": "2026-11-26"},
}


def settings(**changes: Any) -> Settings:
    """A production's settings. Changes by the names of the configuration (camelCase)."""
    return Settings.model_validate({**SHAPE, **changes})


def context(layer: Layer = Layer.ACCOUNT, **changes: Any) -> Context:
    """One layer of them, without a provider."""
    made = settings(**{"layers": [layer], **changes})
    return Context(made, layer, Names(made.project, made.environment), made.place(layer))


def broken_rules(
    seen: Sequence[Declared], *, layer: Layer | None = None, but: Sequence[str] = ()
) -> dict[str, list[str]]:
    """Rules that are not silent, by id, with what they say."""
    graph = graph_of(list(seen), layer=layer.value if layer else None)
    checked = check([rule for rule in all_rules() if rule.id not in but], graph, today=TODAY)
    found: dict[str, list[str]] = {}
    for one in checked.judged:
        if one.answer.verdict is not RuleVerdict.PASSED:
            about = one.answer.resource.name if one.answer.resource else "stack"
            found.setdefault(one.rule.id, []).append(f"{about}: {one.answer.said}")
    return found


def of(seen: Sequence[Declared], kind: str) -> list[Declared]:
    """All of one type token."""
    return [one for one in seen if one.type == kind]


def weakened(seen: Sequence[Declared], kind: str, **properties: Any) -> list[Declared]:
    """The same with properties of one type changed; None takes one away."""
    assert of(seen, kind), f"nothing of {kind} is declared"
    return [
        replace(one, inputs={k: v for k, v in {**one.inputs, **properties}.items() if v is not None})
        if one.type == kind
        else one
        for one in seen
    ]


def may(document: str, action: str, resource: str = "*") -> bool:
    """Whether a document allows an action on a resource, its conditions taken as met, and no plain Deny refuses it."""
    read = read_policy(document)
    assert isinstance(read, PolicyDocument)
    allowed = any(one.covers_action(action) and one.covers_resource(resource) for one in read.allowing)
    return allowed and not refuses(document, action, resource)


def refuses(document: str, action: str, resource: str = "*") -> bool:
    """Whether a Deny without a condition covers it."""
    read = read_policy(document)
    assert isinstance(read, PolicyDocument)
    return any(
        one.covers_action(action) and one.covers_resource(resource) and not one.conditions for one in read.denying
    )
