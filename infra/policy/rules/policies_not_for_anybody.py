"""No policy on a resource, and no trust of a role, lets in everybody."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._documents import RESOURCE_POLICIES, ROLE, Held, documents
from infra.policy.rules._endpoints import ENDPOINT, only_reads_by_name
from stormproof.core.finding import Severity
from stormproof.core.infra.policy_document import Statement
from stormproof.core.infra.resource_graph import UNKNOWN, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

# Conditions that bind a principal of '*' to somebody after all.
BINDING = (
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOwner",  # what AWS's own default policy of a topic says
    "aws:SourceOrgID",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "kms:CallerAccount",
)
PERMISSION = "aws:lambda/permission:Permission"
# What is shared by naming accounts -> the property that names one, and what means all of them.
SHARED = {
    "aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission": ("accountId", "all"),
    "aws:ec2/amiLaunchPermission:AmiLaunchPermission": ("group", "all"),
}
_WILD, ARN_PARTS = {"*", "?"}, 6
BINDING_OPERATORS = (
    "StringEquals",
    "StringLike",
    "ArnEquals",
    "ArnLike",
    "StringEqualsIgnoreCase",
    "ForAnyValue:StringLike",
)


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for held in documents(graph, {**RESOURCE_POLICIES, ROLE: "assumeRolePolicy"}):
        if isinstance(held, Answer):
            yield held
            continue
        open_ones = [one for one in held.document.allowing if one.for_anybody and not _harmless(held, one)]
        if open_ones:
            yield failed(
                held.holder, f"its policy allows {', '.join(open_ones[0].actions) or 'nearly everything'} to everybody",
                "name principals, or bind them by aws:PrincipalOrgID or aws:SourceAccount",
            )  # fmt: skip
        else:
            yield passed(held.holder)
    yield from _functions(graph)
    for kind, (path, everybody) in SHARED.items():
        for one in graph.of(kind):
            if one.get(path) is UNKNOWN:
                yield unknown(one, f"`{path}`", "write it out")
            elif one.get(path) == everybody:
                yield failed(
                    one, "it shares what is on a disk of ours with everybody", "name the account that needs it"
                )
            else:
                yield passed(one)


def _functions(graph: ResourceGraph) -> Iterator[Answer]:
    """Who may call a function: a policy on it, one statement each."""
    for one in graph.of(PERMISSION):
        principal = one.get("principal")
        if principal is UNKNOWN:
            yield unknown(one, "`principal`", "write it out")
        elif principal == "*" and all(
            one.get(path) is None for path in ("principalOrgId", "sourceAccount", "sourceArn")
        ):
            yield failed(
                one, "it lets everybody call the function",
                "name the principal, or bind it by `principal_org_id`, `source_account` or `source_arn`",
            )  # fmt: skip
        else:
            yield passed(one)


def _harmless(held: Held, statement: Statement) -> bool:
    return _bound(statement) or (held.holder.type == ENDPOINT and only_reads_by_name(statement))


def _bound(statement: Statement) -> bool:
    for key in BINDING:
        values = statement.condition(key, *BINDING_OPERATORS)
        if values and all(names_somebody(key, value) for value in values):
            return True
    return False


def names_somebody(key: str, value: str) -> bool:
    """Whether it says whose: anybody can make a role of a certain name in an account of their own."""
    if not key.endswith("Arn"):
        return not _WILD & set(value.partition("/")[0])  # `o-…/r-…/ou-…/*` names the organisation
    parts = value.split(":", 5)
    if len(parts) < ARN_PARTS or _WILD & set(parts[4]):
        return False
    # A bucket's ARN has no account, and its name is nobody else's.
    return bool(parts[4]) or not _WILD & set(parts[5][:1])


RULE = Rule(
    id="policies-not-for-anybody",
    title="No policy lets in everybody",
    statements=("1-a", "2-b"),
    severity=Severity.CRITICAL,
    risk="Anybody with an account of their own may use the resource.",
    remedy="Name principals; where AWS needs '*', bind it by a condition on the organisation, the account or the source.",
    check=_check,
    soc2=("CC6.1", "C1.1"),
    iso27001=("A.5.15", "A.8.3"),
)
