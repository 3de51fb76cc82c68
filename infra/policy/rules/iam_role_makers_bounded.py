"""A role that may make roles or give rights carries a permission boundary, or may only make bounded ones."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._roles import MAKES_ROLES, Rights, rights, roles
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

GIVES_RIGHTS = ("iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:CreatePolicyVersion")


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for role in roles(graph):
        found = rights(graph, role)
        if found.boundary is not None:
            yield passed(role)
        elif action := _gives(found):
            yield failed(
                role, f"it has {action} and no permission boundary: it can give itself everything",
                "set `permissions_boundary`, or allow making roles only with iam:PermissionsBoundary",
            )  # fmt: skip
        elif found.doubts:
            yield unknown(role, found.doubts[0], "write its policies out, and name roles in them by computed ARNs")
        else:
            yield passed(role)


def _gives(found: Rights) -> str | None:
    named = next((name for name in found.managed if name in MAKES_ROLES), None)
    if named is not None:
        return named
    for action in GIVES_RIGHTS:
        if found.denies(action):
            continue
        for document in found.documents:
            for one in document.allowing:
                if one.covers_action(action) and one.condition("iam:PermissionsBoundary") is None:
                    return action
    return None


RULE = Rule(
    id="iam-role-makers-bounded",
    title="Who may make roles is bounded",
    statements=("2-b", "7-a"),
    severity=Severity.HIGH,
    risk="Whoever may make a role makes one that may do everything, and takes it.",
    remedy="Give roles that manage IAM a permission boundary, which they cannot take off.",
    check=_check,
    soc2=("CC6.1", "CC6.3"),
    iso27001=("A.5.15", "A.8.2"),
)
