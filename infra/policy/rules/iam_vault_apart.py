"""Nobody in the account of the service may take a role of the vault's account."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from infra.policy.rules._callers import let_in, overlap, within
from infra.policy.rules._documents import Held, trusts
from stormproof.core.finding import Severity
from stormproof.core.infra.policy_document import Statement
from stormproof.core.infra.resource_graph import Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

SERVICE_ROLE = "/aws-service-role/"
ACCOUNT, WHO = "aws:principalaccount", "aws:principalarn"
TAKES = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
# What a caller of the service's account may or may not have: whether it keeps that account out nobody can tell here.
ABOUT_CALLERS = ("aws:principalorgpaths", "aws:principaltag/", "aws:principaltype", "aws:userid", "aws:username")
FIX = "let a pipeline of its own, or people of an account for identities, take it"


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    workload = _workload(graph)
    for held in trusts(graph):
        if not _is_vaults(graph, held.resource if isinstance(held, Answer) else held.holder):
            continue
        if isinstance(held, Answer):
            yield held
        elif workload is None or any(_shuts_out(one, workload) for one in held.document.denying):
            yield passed(held.holder)
        else:
            yield _answer(held, workload)


def _answer(held: Held, workload: str) -> Answer:
    doubt: str | None = None
    for one in held.document.allowing:
        inside = _inside(one, workload)
        if inside is None:
            continue
        if not any(key.startswith(ABOUT_CALLERS) for _, key in one.conditions):
            return failed(held.holder, f"{inside} may take it, from the account whose data it keeps", FIX)
        doubt = inside
    if doubt is not None:
        return unknown(
            held.holder, f"whether its conditions keep {doubt} out, in the account whose data it keeps,",
            "name the principals that take it, or deny it where aws:PrincipalAccount is the service's",
        )  # fmt: skip
    return passed(held.holder)


def _inside(statement: Statement, workload: str) -> str | None:
    """Somebody of the service's account whom a statement lets in, but for AWS's own roles there."""
    if not any(statement.covers_action(action) for action in TAKES):
        return None
    accounts, arns = statement.only(ACCOUNT), statement.only(WHO)
    if accounts is not None and not any(overlap(one, workload) for one in accounts):
        return None
    if any(
        _holds_for_all(operator, key, values, workload, negated=True)
        for (operator, key), values in statement.conditions.items()
    ):
        return None
    for name in let_in(statement):
        for one in (one for one in (arns or (name,)) if overlap(one, name) and SERVICE_ROLE not in one):
            whole = _all_of(workload, one)
            if overlap(one, whole):
                return f"whoever account {workload} lets" if within(whole, one) else one
    return None


def _shuts_out(refusal: Statement, account: str) -> bool:
    """Whether it refuses the whole account, without another condition."""
    if not refusal.for_anybody or not refusal.covers_action("sts:AssumeRole") or len(refusal.conditions) != 1:
        return False
    (((operator, key), values),) = refusal.conditions.items()
    return _holds_for_all(operator, key, values, account)


def _holds_for_all(operator: str, key: str, values: Sequence[str], account: str, *, negated: bool = False) -> bool:
    """Whether a condition holds for everybody of an account (or, negated, for nobody of it)."""
    if key not in (ACCOUNT, WHO) or not operator.removesuffix("ifexists").startswith(("string", "arn")):
        return False
    if ("not" in operator) is negated:
        return any(within(account if key == ACCOUNT else _all_of(account, one), one) for one in values)
    return not negated and not any(overlap(account if key == ACCOUNT else _all_of(account, one), one) for one in values)


def _all_of(account: str, like: str) -> str:
    """The pattern of an account's identities, in the partition that another pattern names."""
    partition = like.split(":")[1] if like.count(":") > 1 else "aws"
    return f"arn:{partition}:iam::{account}:*"


def _is_vaults(graph: ResourceGraph, role: Resource | None) -> bool:
    """By its tag, or since its stack declares the vault, or what the vault's account has once."""
    if role is None:
        return False
    stack = graph.layer == "vault" or (graph.layer == "account" and graph.settings.get("accountOf") == "vault")
    return stack or role.tag("layer") == "vault"


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
