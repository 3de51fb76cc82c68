"""No trust asks a service or a federated session for MFA: they never carry it, so nobody could take the role."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._documents import trusts
from stormproof.core.finding import Severity
from stormproof.core.infra.policy_document import Statement
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed

KEYS = ("aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge")


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for held in trusts(graph):
        if isinstance(held, Answer):
            yield held
            continue
        machines = [one for one in held.document.allowing if {"Service", "Federated"} & set(one.principals)]
        if any(_asks(one) for one in machines):
            yield failed(
                held.holder, "its trust asks a service or a federated session for MFA, and those never carry it",
                "take the condition out there: MFA belongs to the place where people sign in",
            )  # fmt: skip
        elif machines:
            yield passed(held.holder)


def _asks(statement: Statement) -> bool:
    return any(statement.condition(key) is not None for key in KEYS)


RULE = Rule(
    id="iam-mfa-never-for-machines",
    title="No service and no pipeline is asked for MFA",
    statements=("7-a",),
    severity=Severity.MEDIUM,
    risk="The role cannot be taken at all: found out during the outage that it was made for.",
    remedy="Ask people for MFA where they sign in; bind services and pipelines by source, subject and audience.",
    check=_check,
    soc2=("CC6.1",),
    iso27001=("A.8.5",),
)
