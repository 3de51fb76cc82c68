"""A role that CI assumes by OIDC is bound to one audience and to a subject without a wildcard that widens it."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._documents import trusts
from stormproof.core.finding import Severity
from stormproof.core.infra.policy_document import Statement
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for held in trusts(graph):
        if isinstance(held, Answer):
            yield held
            continue
        federated = [
            one for one in held.document.allowing if one.covers_action("sts:AssumeRoleWithWebIdentity")
            and any("oidc-provider" in name or "/" not in name for name in one.principals.get("Federated", ()))
        ]  # fmt: skip
        if not federated:
            continue
        problem = next((found for one in federated if (found := _problem(one))), None)
        if problem is not None:
            yield failed(
                held.holder, problem, "bind `sub` to one repository and environment, and `aud` to sts.amazonaws.com"
            )
        else:
            yield passed(held.holder)


def _problem(statement: Statement) -> str | None:
    keys = {name.rpartition(":")[2]: (operator, values) for (operator, name), values in statement.conditions.items()}
    if "aud" not in keys:
        return "its trust names no audience"
    if keys["aud"][0] not in ("stringequals", "stringlike"):
        return f"its trust compares the audience by {keys['aud'][0]}, which holds for a token without one"
    if keys["aud"][0] == "stringlike" and any({"*", "?"} & set(audience) for audience in keys["aud"][1]):
        return "its trust takes whatever audience a token was made for"
    if "sub" not in keys:
        return "its trust names no subject: every pipeline of that provider may take it"
    operator, subjects = keys["sub"]
    if operator not in ("stringequals", "stringlike"):
        return f"its trust compares the subject by {operator}"
    for subject in subjects:
        # repo:OWNER/NAME:environment:NAME; a wildcard may stand for nothing that says whose it is.
        owner_and_more = subject.split(":")
        if (
            len(owner_and_more) < 3
            or "*" in owner_and_more[1]
            or owner_and_more[2] in ("*", "")
            or "pull_request" in subject
        ):
            return f"its trust takes the subject '{subject}', which others can have too"
        if operator == "stringlike" and {"*", "?"} & set(subject):
            return f"its trust takes every subject like '{subject}'"
    return None


RULE = Rule(
    id="iam-oidc-bound",
    title="Roles of CI are bound to one subject and audience",
    statements=("3.3-a", "2-b"),
    severity=Severity.CRITICAL,
    risk="Anybody who can run a pipeline at the same provider, a fork among them, becomes our deployer.",
    remedy="Compare `sub` by StringEquals with a protected environment of one repository, and `aud` with sts.amazonaws.com.",
    check=_check,
    soc2=("CC6.1", "CC8.1"),
    iso27001=("A.5.15", "A.8.4"),
)
