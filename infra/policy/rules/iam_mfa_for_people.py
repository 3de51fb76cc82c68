"""A role that people take through IAM asks for MFA, and for a fresh sign-in."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._documents import trusts
from stormproof.core.finding import Severity
from stormproof.core.infra.policy_document import Statement
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed

AGE_MAX_SECONDS = 12 * 3600  # a working day; IAM's own sessions last as long at most
# Conditions that bind an account's principal to what is no person at a keyboard, or to a sign-in elsewhere.
NO_PERSON = ("sts:ExternalId", "aws:PrincipalArn", "aws:PrincipalServiceName", "aws:SourceArn", "aws:SourceAccount")


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for held in trusts(graph):
        if isinstance(held, Answer):
            yield held
            continue
        people = [one for one in held.document.allowing if one.covers_action("sts:AssumeRole") and _people(one)]
        if not people:
            continue
        problem = next((found for one in people if (found := _problem(one))), None)
        if problem is None:
            yield passed(held.holder)
        else:
            yield failed(
                held.holder, problem,
                "add Bool aws:MultiFactorAuthPresent true and NumericLessThan aws:MultiFactorAuthAge 3600",
            )  # fmt: skip


def _people(statement: Statement) -> bool:
    """Everybody, an account as a whole, or users: people. A named role is a program, or somebody who signed in elsewhere."""
    names = statement.principals.get("AWS", ())
    person = any(name.isdecimal() or name.endswith(":root") or ":user/" in name for name in names)
    return (person or statement.for_anybody) and all(statement.only(key) is None for key in NO_PERSON)


def _problem(statement: Statement) -> str | None:
    if statement.condition("aws:MultiFactorAuthPresent", "Bool") != ("true",):
        if statement.condition("aws:MultiFactorAuthPresent", "BoolIfExists") is not None:
            return "its trust asks for MFA by BoolIfExists, which holds for keys that never had any"
        return "people may take it without MFA"
    age = statement.condition("aws:MultiFactorAuthAge", "NumericLessThan", "NumericLessThanEquals")
    if age is None or not age[0].isdecimal():
        return "its trust does not ask how old the sign-in with MFA is"
    if int(age[0]) > AGE_MAX_SECONDS:
        return f"its trust takes a sign-in that is {int(age[0]) // 3600} hours old"
    return None


RULE = Rule(
    id="iam-mfa-for-people",
    title="People take roles with MFA, and a fresh one",
    statements=("7-a", "2-b"),
    severity=Severity.CRITICAL,
    risk="A password, or a key found in a file, is enough to become an administrator.",
    remedy="Ask in the trust for aws:MultiFactorAuthPresent and its age, or let people come through Identity Center.",
    check=_check,
    soc2=("CC6.1", "CC6.6"),
    iso27001=("A.8.5", "A.8.2"),
    cis=("1.9",),
)
