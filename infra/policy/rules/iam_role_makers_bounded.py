"""A role that may make roles or give rights carries a permission boundary that limits it, or may only make bounded ones.

Not judged: whether what a bounded role makes is bounded too. A boundary that allows making roles must ask for that itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._boundaries import Boundary, boundary_named
from infra.policy.rules._roles import MAKES_ROLES, Rights, rights, roles
from stormproof.core.finding import Severity
from stormproof.core.infra.policy_document import Statement
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule

TAKES_AWAY = "iam:DeleteRolePermissionsBoundary"
# IAM: what makes a role or a user, gives rights to one, or takes its limit away.
GIVES_RIGHTS = (
    "iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion",
    "iam:AttachUserPolicy", "iam:PutUserPolicy", "iam:AttachGroupPolicy", "iam:PutGroupPolicy", "iam:AddUserToGroup",
    "iam:UpdateAssumeRolePolicy", TAKES_AWAY, "iam:CreateAccessKey", "iam:CreateLoginProfile",
)  # fmt: skip
CONDITION = "iam:PermissionsBoundary"
FIX = (
    "set `permissions_boundary` to a policy of this program that names what may be done, or allow making roles only with "
    f"{CONDITION}; one that another program declares is named in the stack's configuration (`stormproof:boundaries`)"
)


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for role in roles(graph):
        found = rights(graph, role)
        action, limits = _gives(graph, found)
        if found.boundary is not None:
            limits = [found.boundary] if action is not None else []
            action = None
        problem = f"it has {action} and no permission boundary: it can give itself everything" if action else None
        problem = problem or next((f"it may make roles, and {one.problem}" for one in limits if one.problem), None)
        yield found.judged(problem, FIX, *(one.doubt for one in limits if one.doubt))


def _gives(graph: ResourceGraph, found: Rights) -> tuple[str | None, list[Boundary]]:
    """By what a role may give rights freely; and the boundaries with which alone it may."""
    named = next((name for name in found.managed if name in MAKES_ROLES), None)
    if named is not None:
        return named, []
    limits: list[Boundary] = []
    for action in GIVES_RIGHTS:
        if found.denies(action):
            continue
        for document in found.documents:
            for one in document.allowing:
                if not one.covers_action(action):
                    continue
                arns = _bounded(one)
                # Whoever may take a boundary away from what has the right one makes what has none.
                if arns is None or action == TAKES_AWAY:
                    return action, []
                limits += [boundary_named(graph, arn) for arn in arns]
    return None, limits


def _bounded(statement: Statement) -> tuple[str, ...] | None:
    """The boundaries with which alone it allows something; None where any will do."""
    arns = statement.only(CONDITION)
    return arns if arns and not any(set("*?") & set(arn) for arn in arns) else None


RULE = Rule(
    id="iam-role-makers-bounded",
    title="Who may make roles is bounded",
    statements=("2-b", "7-a"),
    severity=Severity.HIGH,
    risk="Whoever may make a role makes one that may do everything, and takes it.",
    remedy="Give roles that manage IAM a permission boundary that is narrower than everything and that they cannot take off, or let them make roles with such a one only.",
    check=_check,
    soc2=("CC6.1", "CC6.3"),
    iso27001=("A.5.15", "A.8.2"),
)
