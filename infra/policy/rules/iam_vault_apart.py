"""Nobody in the account of the service may take a role of the vault's account."""

from __future__ import annotations

import json
from collections.abc import Iterator

from infra.policy.rules._documents import trusts
from stormproof.core.finding import Severity
from stormproof.core.infra.policy_document import Statement
from stormproof.core.infra.resource_graph import Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed

SERVICE_ROLE = "/aws-service-role/"


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    workload = _workload(graph)
    for held in trusts(graph):
        if not _is_vaults(held.resource if isinstance(held, Answer) else held.holder):
            continue
        if isinstance(held, Answer):
            yield held
            continue
        names = [name for one in held.document.allowing for name in one.principals.get("AWS", ())]
        inside = next(
            (name for name in names if workload is not None and workload in name and SERVICE_ROLE not in name), None
        )
        if workload is not None and any(_shuts_out(one, workload) for one in held.document.denying):
            inside = None
        if inside is not None:
            yield failed(
                held.holder, f"{inside} may take it, from the account whose data it keeps",
                "let a pipeline of its own, or people of an account for identities, take it",
            )  # fmt: skip
        else:
            yield passed(held.holder)


def _shuts_out(statement: Statement, account: str) -> bool:
    named = statement.condition("aws:PrincipalAccount", "StringEquals") or ()
    return statement.for_anybody and statement.covers_action("sts:AssumeRole") and account in named


def _is_vaults(role: Resource | None) -> bool:
    return role is not None and role.tag("layer") == "vault"


def _workload(graph: ResourceGraph) -> str | None:
    """The service's account, where the stack names it and the vault has one of its own."""
    try:
        accounts = json.loads(graph.settings.get("accounts", "{}"))
    except ValueError:
        return None
    workload, vault = (
        (accounts.get(key) for key in ("workload", "vault")) if isinstance(accounts, dict) else (None, None)
    )
    return str(workload) if workload and workload != vault else None


RULE = Rule(
    id="iam-vault-apart",
    title="The vault's roles cannot be taken from the service's account",
    statements=("9-b", "2-b"),
    severity=Severity.CRITICAL,
    risk="Who takes over the service's account walks on into the backups.",
    remedy="Let the vault's roles trust no principal of the account whose data it keeps.",
    check=_check,
    soc2=("CC6.1", "A1.2"),
    iso27001=("A.5.15", "A.8.13"),
)
