"""Whether IAM lets a call through, as far as the program's documents need it: identity's policies, boundary, guardrails.

An explicit Deny anywhere ends it; else each of what limits must allow it. Of AWS's operators those that are used here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from stormproof.core.infra.policy_document import PolicyDocument, Statement, read_policy

Keys = Mapping[str, str]
FULL_ACCESS = (
    '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'  # AWS attaches it beside guardrails
)


@dataclass(frozen=True)
class Caller:
    """Who calls. Args: policies: of the identity, any of which may allow. boundary, guardrails: None, (): none."""

    policies: Sequence[str]
    boundary: str | None = None
    guardrails: Sequence[str] = ()
    keys: Keys = field(default_factory=dict)

    def may(self, action: str, resource: str = "*", **keys: str) -> bool:
        """Args: keys: of the request's context: `aws__ResourceAccount="1"` for `aws:ResourceAccount`."""
        given = {name.replace("__", ":", 1).lower(): value for name, value in {**self.keys, **keys}.items()}
        limits = [self.policies, *([[self.boundary]] if self.boundary else [])]
        if self.guardrails:
            limits.append([FULL_ACCESS, *self.guardrails])
        found = [[_read(text) for text in texts] for texts in limits]
        said = [one for documents in found for document in documents for one in document.denying]
        if any(_holds(one, action, resource, given) for one in said):
            return False
        return all(
            any(_holds(one, action, resource, given) for document in documents for one in document.allowing)
            for documents in found
        )


def _read(text: str) -> PolicyDocument:
    read = read_policy(text)
    assert isinstance(read, PolicyDocument)
    return read


def _holds(one: Statement, action: str, resource: str, given: Keys) -> bool:
    return (
        one.covers_action(action)
        and one.covers_resource(resource)
        and all(_met(operator, values, given.get(key)) for (operator, key), values in one.conditions.items())
    )


def _equal(pattern: str, value: str) -> bool:
    return pattern == value


def _like(pattern: str, value: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), value) is not None


_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "stringequals": _equal,
    "stringlike": _like,
    "arnequals": _like,
    "arnlike": _like,
    "bool": lambda wanted, value: wanted.lower() == value.lower(),
    "numericlessthan": lambda bound, value: float(value) < float(bound),
}


def _met(operator: str, values: Sequence[str], value: str | None) -> bool:
    """One condition. AWS: a key that is not there meets a negated operator and `…IfExists`, and no other."""
    if operator == "null":
        return (value is None) == (values[0] == "true")
    name = operator.removeprefix("foranyvalue:")
    plain = name.removesuffix("ifexists")
    if value is None:
        return plain != name or "not" in plain
    test = _TESTS[plain.replace("not", "")]
    return any(test(one, value) for one in values) != ("not" in plain)
