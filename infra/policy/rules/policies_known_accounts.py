"""Every other account that a policy or a trust lets in is one that the configuration names: somebody decided on it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from infra.policy.rules._documents import RESOURCE_POLICIES, ROLE, documents
from stormproof.core.finding import Severity
from stormproof.core.infra.policy_document import Statement
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed

ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    if "accounts" not in graph.settings:
        return  # nobody said which accounts are ours, so none is a stranger
    known = {account for text in graph.settings.values() for account in ACCOUNT.findall(text)}
    for held in documents(graph, {**RESOURCE_POLICIES, ROLE: "assumeRolePolicy"}):
        if isinstance(held, Answer):
            yield held
            continue
        let_in = {account for one in held.document.allowing for account in _accounts(one)}
        strangers = sorted(let_in - known)
        if strangers:
            yield failed(
                held.holder, f"it lets account {strangers[0]} in, which the configuration does not name",
                "name the account in `stormproof:accounts` (or in `access`) once it is decided, a supplier in the register too",
            )  # fmt: skip
        elif let_in:
            yield passed(held.holder)


def _accounts(statement: Statement) -> Iterator[str]:
    for name in (*statement.principals.get("AWS", ()), *statement.principals.get("Federated", ())):
        yield from ACCOUNT.findall(name)


RULE = Rule(
    id="policies-known-accounts",
    title="Only accounts that somebody named are let in",
    statements=("6-a", "1-a", "2-b"),
    severity=Severity.HIGH,
    risk="A supplier's account, or an old one of ours, can still do what nobody remembers having allowed.",
    remedy="Name every account that a policy or a trust lets in in the stack's configuration.",
    check=_check,
    soc2=("CC9.2", "CC6.1"),
    iso27001=("A.5.19", "A.5.15"),
)
