"""Every other account that a policy or a trust lets in is one that the configuration names: somebody decided on it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from infra.policy.rules._documents import RESOURCE_POLICIES, ROLE, documents
from stormproof.core.finding import Severity
from stormproof.core.infra.policy_document import Statement
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

# A principal of `*`, or a service, is somebody's by these. Source: IAM, global condition keys.
BY_CONDITION = (
    "aws:PrincipalAccount", "aws:PrincipalArn", "aws:SourceAccount", "aws:SourceOwner", "aws:SourceArn", "kms:CallerAccount",
)  # fmt: skip
# What is shared by naming an account -> the property that names it.
SHARED = {
    "aws:ram/principalAssociation:PrincipalAssociation": "principal",
    "aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission": "accountId",
    "aws:ec2/amiLaunchPermission:AmiLaunchPermission": "accountId",
    "aws:lambda/permission:Permission": "principal",
}
FIX = "name the account in `stormproof:accounts` (or in `access`) once it is decided, a supplier in the register too"
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
                held.holder, f"it lets account {strangers[0]} in, which the configuration does not name", FIX
            )  # fmt: skip
        elif let_in:
            yield passed(held.holder)
    for kind, path in SHARED.items():
        for one in graph.of(kind):
            yield from _shared(one, path, known)


def _shared(one: Resource, path: str, known: set[str]) -> Iterator[Answer]:
    whom = one.get(path)
    if whom is UNKNOWN:
        yield unknown(one, f"`{path}`", "write the account's number out")
        return
    named = ACCOUNT.findall(str(whom or ""))
    strangers = sorted(set(named) - known)
    if strangers:
        yield failed(one, f"it shares with account {strangers[0]}, which the configuration does not name", FIX)
    elif named:
        yield passed(one)


def _accounts(statement: Statement) -> Iterator[str]:
    bound = [value for key in BY_CONDITION for value in statement.only(key) or ()]
    for name in (*statement.principals.get("AWS", ()), *statement.principals.get("Federated", ()), *bound):
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
