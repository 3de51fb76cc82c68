"""CI's role is bound to one audience and one subject."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, document, program, res, statement, verdicts

from infra.policy.rules.iam_oidc_bound import RULE
from stormproof.core.infra.rule import RuleVerdict

HOST = "ci.example.com"
PROVIDER = f"arn:aws:iam::111122223333:oidc-provider/{HOST}"
SUBJECT = "repo:acme/platform:environment:production"


def _trust(condition: dict[str, Any] | None, **elements: Any) -> RuleVerdict | None:
    one = statement(Action="sts:AssumeRoleWithWebIdentity", Principal={"Federated": PROVIDER}, **elements)
    if condition is not None:
        one["Condition"] = condition
    return verdicts(RULE, program(res("aws:iam/role:Role", "role", assumeRolePolicy=document(one)))).get("role")


def _condition(
    subject: object, operator: str = "StringEquals", audience: str | None = "sts.amazonaws.com"
) -> dict[str, Any]:
    found: dict[str, Any] = {operator: {f"{HOST}:sub": subject}}
    if audience:
        found.setdefault("StringEquals", {})[f"{HOST}:aud"] = audience
    return found


@pytest.mark.parametrize(
    "condition",
    [
        None,
        {"StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"}},
        {
            "StringEquals": {f"{HOST}:sub": "repo:acme/shop:environment:prod"},
            "ForAllValues:StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"},
        },
        _condition(SUBJECT, audience=None),
        {"StringEquals": {f"{HOST}:sub": SUBJECT}, "StringLike": {f"{HOST}:aud": "*"}},
        _condition("*", "StringLike"),
        _condition("repo:acme/*", "StringLike"),
        _condition("repo:acme/platform:*", "StringLike"),
        _condition("repo:*:environment:production", "StringLike"),
        _condition("repo:acme/platform:pull_request"),
        _condition([SUBJECT, "repo:acme/platform:*"], "StringLike"),
        _condition(SUBJECT, "StringNotEquals"),
        _condition(SUBJECT, "ForAnyValue:StringLike"),
    ],
)
def test_a_trust_that_others_can_have_fails(condition: dict[str, Any] | None) -> None:
    assert _trust(condition) is RuleVerdict.FAILED


@pytest.mark.parametrize(
    "condition",
    [
        _condition(SUBJECT),
        _condition([SUBJECT, "repo:acme/platform:ref:refs/heads/main"]),
        _condition(SUBJECT, "StringLike"),
    ],
)
def test_a_bound_trust_passes(condition: dict[str, Any]) -> None:
    assert _trust(condition) is RuleVerdict.PASSED


def test_another_kind_of_trust_is_not_concerned() -> None:
    text = document(statement(Action="sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"}))
    assert verdicts(RULE, program(res("aws:iam/role:Role", "role", assumeRolePolicy=text))) == {}


def test_a_trust_that_is_not_known_is_unknown() -> None:
    assert verdicts(RULE, program(res("aws:iam/role:Role", "role", assumeRolePolicy=Ref("x")))) == {
        "role": RuleVerdict.UNKNOWN
    }
