"""IAM policy documents, read as AWS reads them: one value or a list, any case of an action, wildcards."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from stormproof.core.infra.resource_graph import UNKNOWN, Unknown, has_unknown


class NotADocument(ValueError):
    """The text is no policy document. The message says why, for a person."""


@dataclass(frozen=True)
class Statement:
    """One statement. Lists where AWS allows one or many. A missing principal is {} (an identity's policy).

    Args:
        principals: kind (`AWS`, `Service`, `Federated`, `*`) -> names. `"Principal": "*"` is {"*": ("*",)}.
        conditions: (operator, key) -> values; operator and key in lower case, as AWS compares them.
    """

    allows: bool
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    principals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    not_principals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    conditions: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    sid: str = ""

    def covers_action(self, action: str) -> bool:
        """Whether an action (`kms:Decrypt`) is among those of this statement."""
        if self.actions:
            return any(matches(pattern, action) for pattern in self.actions)
        return bool(self.not_actions) and not any(matches(pattern, action) for pattern in self.not_actions)

    def covers_resource(self, resource: str) -> bool:
        if self.resources:
            return any(_resource_matches(pattern, resource) for pattern in self.resources)
        return bool(self.not_resources) and not any(_resource_matches(one, resource) for one in self.not_resources)

    @property
    def for_anybody(self) -> bool:
        """Whether its principal is everybody: `*`, or `AWS: *`. NotPrincipal with Allow is everybody but a few."""
        names = [name for kind in ("*", "AWS") for name in self.principals.get(kind, ())]
        return "*" in names or (self.allows and bool(self.not_principals))

    def condition(self, key: str, *operators: str) -> tuple[str, ...] | None:
        """The values of the first condition on a key by one of the operators; None where there is none.

        Operators are compared without case and without `IfExists`, which only widens: ask for it by its full name.
        """
        for (operator, name), values in self.conditions.items():
            if name == key.lower() and (not operators or operator in {one.lower() for one in operators}):
                return values
        return None

    def only(self, key: str) -> tuple[str, ...] | None:
        """The values (patterns) to which a condition narrows a key; None where none does.

        Only what must be there and be equal narrows: not `…IfExists`, `…Not…` nor `ForAllValues:`, which let pass whoever
        says nothing, and not a value that every text has.
        """
        for operator in NARROWING:
            values = self.conditions.get((operator, key.lower()))
            if values and not any(set(one) == {"*"} for one in values):
                return values
        return None


# Source: IAM, condition operators. In the lower case of `Statement.conditions`.
_EQUAL = ("stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike")
NARROWING = (*_EQUAL, *(f"foranyvalue:{one}" for one in _EQUAL))


@dataclass(frozen=True)
class PolicyDocument:
    statements: tuple[Statement, ...]

    @property
    def allowing(self) -> Iterator[Statement]:
        return (statement for statement in self.statements if statement.allows)

    @property
    def denying(self) -> Iterator[Statement]:
        return (statement for statement in self.statements if not statement.allows)


def read_policy(value: Any) -> PolicyDocument | Unknown | None:
    """The document in a property: JSON text or an object. None where there is none, UNKNOWN where any of it is unknown.

    One unknown inside makes the whole text unknown to a policy pack (seen), so part of a document is never judged.

    Raises: NotADocument.
    """
    if value is None or value == "":
        return None
    if has_unknown(value):
        return UNKNOWN
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise NotADocument(f"it is not JSON: {error}") from None
    if not isinstance(value, Mapping):
        raise NotADocument("it is not an object")
    statements = _get(value, "Statement")
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        raise NotADocument("it has no Statement")
    return PolicyDocument(tuple(_statement(one) for one in statements))


def _statement(raw: Any) -> Statement:
    if not isinstance(raw, Mapping):
        raise NotADocument("a Statement is not an object")
    effect = _get(raw, "Effect")
    if effect not in ("Allow", "Deny"):
        raise NotADocument(f"a Statement's Effect is {effect!r} and neither Allow nor Deny")
    return Statement(
        allows=effect == "Allow",
        actions=_texts(_get(raw, "Action")),
        not_actions=_texts(_get(raw, "NotAction")),
        resources=_texts(_get(raw, "Resource")),
        not_resources=_texts(_get(raw, "NotResource")),
        principals=_principals(_get(raw, "Principal")),
        not_principals=_principals(_get(raw, "NotPrincipal")),
        conditions=_conditions(_get(raw, "Condition")),
        sid=str(_get(raw, "Sid") or ""),
    )


def _get(raw: Mapping[str, Any], name: str) -> Any:
    """Element names are written with a capital; pulumi_aws' own document type writes them small, and in the plural."""
    small = name[0].lower() + name[1:]
    for key in (name, small, f"{small}s", f"{name}s"):
        if key in raw:
            return raw[key]
    return None


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return (str(value),) if not isinstance(value, list | tuple) else tuple(str(one) for one in value)


def _principals(value: Any) -> dict[str, tuple[str, ...]]:
    if value is None:
        return {}
    if isinstance(value, str):
        return {value: (value,)} if value == "*" else {"AWS": (value,)}
    if not isinstance(value, Mapping):
        raise NotADocument("a Principal is neither a text nor an object")
    return {str(kind): _texts(names) for kind, names in value.items()}


def _conditions(value: Any) -> dict[tuple[str, str], tuple[str, ...]]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(keys, Mapping) for keys in value.values()):
        raise NotADocument("a Condition is not operators over keys")
    return {
        (str(operator).lower(), str(key).lower()): tuple(_condition_text(one) for one in _listed(values))
        for operator, keys in value.items()
        for key, values in keys.items()
    }


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _condition_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@lru_cache(maxsize=4096)
def _pattern(pattern: str, *, ignore_case: bool) -> re.Pattern[str]:
    text = "".join(".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.compile(text, re.IGNORECASE | re.DOTALL if ignore_case else re.DOTALL)


def matches(pattern: str, action: str) -> bool:
    """Whether an action is meant by a pattern. Actions are compared without case."""
    return _pattern(pattern, ignore_case=True).fullmatch(action) is not None


def _resource_matches(pattern: str, resource: str) -> bool:
    return _pattern(pattern, ignore_case=False).fullmatch(resource) is not None


def overlap(one: str, other: str) -> bool:
    """Whether two patterns have a text in common: `role/app*` and `role/*-admin` do. Case counts, as in ARNs."""
    seen: set[tuple[int, int]] = set()
    ahead = [(0, 0)]  # how much of each pattern a common text may have used up
    while ahead:
        place = ahead.pop()
        if place in seen:
            continue
        seen.add(place)
        i, j = place
        if i == len(one) and j == len(other):
            return True
        a, b = one[i : i + 1], other[j : j + 1]
        if a == "*":
            ahead += [(i + 1, j)] + ([(i, j + 1)] if b else [])
        if b == "*":
            ahead += [(i, j + 1)] + ([(i + 1, j)] if a else [])
        if a and b and (a == b or "?" in (a, b)):
            ahead.append((i + 1, j + 1))
    return False
