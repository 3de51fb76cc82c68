"""What IAM answers to one request, by the documents alone: so that tests judge a policy, and not how it is written.

Of identity policies, boundaries and policies on resources, without variables (`${aws:userid}`). Source: IAM User Guide,
"Policy evaluation logic", "Condition operators", "Multivalued context keys".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from stormproof.core.infra.policy_document import PolicyDocument, Statement, matches, read_policy

Verdict = Literal["allowed", "denied", "nothing"]
Context = Mapping[str, tuple[str, ...]]
_EQUAL = {
    "stringequals": lambda wanted, given: wanted == given,
    "stringequalsignorecase": lambda wanted, given: wanted.lower() == given.lower(),
    "stringlike": lambda wanted, given: _like(wanted, given),
    "arnequals": lambda wanted, given: _like(wanted, given),
    "arnlike": lambda wanted, given: _like(wanted, given),
    "bool": lambda wanted, given: wanted.lower() == given.lower(),
    "numericlessthan": lambda wanted, given: float(given) < float(wanted),
}


def verdict(text: str, action: str, resource: str = "*", *, principal: str = "", **keys: str) -> Verdict:
    """One document's answer to one action on one resource.

    Args:
        principal: of a policy on a resource or a trust: `Service:s3.amazonaws.com`, `AWS:arn:…`.
        keys: the request's context, several values of one key with commas between; a key's colon and slashes as in
            `**{"aws:SourceAccount": "…"}`. A key that is not given is not in the request.
    """
    read = read_policy(text)
    assert isinstance(read, PolicyDocument)
    context = {key.lower(): tuple(value.split(",")) for key, value in keys.items()}
    met = [one for one in read.statements if applies(one, action, resource, context, principal)]
    if any(not one.allows for one in met):
        return "denied"
    return "allowed" if met else "nothing"


def may_by_all(texts: Sequence[str], action: str, resource: str = "*", **keys: str) -> bool:
    """Whether a role may: its policy and its boundary both allow it, and neither denies."""
    return all(verdict(text, action, resource, **keys) == "allowed" for text in texts)


def applies(one: Statement, action: str, resource: str, context: Context, principal: str = "") -> bool:
    """Whether a statement is about a request, and its conditions are met. Args: context: key in lower case -> values."""
    return _covers(one, action, resource, principal) and all(
        _holds(operator, context.get(key), wanted) for (operator, key), wanted in one.conditions.items()
    )


def _covers(one: Statement, action: str, resource: str, principal: str) -> bool:
    if not one.covers_action(action):
        return False
    if (one.resources or one.not_resources) and not one.covers_resource(resource):
        return False
    if not one.principals:
        return True
    kind, _, name = principal.partition(":")
    return "*" in one.principals or any(given in ("*", name) for given in one.principals.get(kind, ()))


def _holds(operator: str, given: tuple[str, ...] | None, wanted: tuple[str, ...]) -> bool:
    if operator == "null":
        return (given is None) == (wanted[0].lower() == "true")
    quantifier, _, plain = operator.rpartition(":")
    if plain.endswith("ifexists"):
        if given is None:
            return True
        plain = plain.removesuffix("ifexists")
    negated = "not" in plain
    test = _EQUAL[plain.replace("not", "", 1) if negated else plain]
    if given is None:
        return negated or quantifier == "forallvalues"
    each = [any(test(pattern, value) for pattern in wanted) != negated for value in given]
    return any(each) if quantifier == "foranyvalue" else all(each)


def _like(pattern: str, value: str) -> bool:
    return matches(pattern, value)
