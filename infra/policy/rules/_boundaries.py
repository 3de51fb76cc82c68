"""Permission boundaries: whether one that a role has, or must give to what it makes, limits anything."""

from __future__ import annotations

import json
from dataclasses import dataclass

from infra.policy.rules._breadth import FULL, too_wide
from infra.policy.rules._documents import read
from stormproof.core.infra.policy_document import PolicyDocument
from stormproof.core.infra.resource_graph import Resource, ResourceGraph
from stormproof.core.infra.rule import Answer

POLICY = "aws:iam/policy:Policy"
OF_AWS = ":iam::aws:policy/"


@dataclass(frozen=True)
class Boundary:
    """A policy as a boundary.

    Args:
        document: what it says, where this program declares it and that is known.
        problem: why it limits nothing; `doubt`: what of it could not be known. Both in words, empty where there is none.
    """

    document: PolicyDocument | None = None
    problem: str = ""
    doubt: str = ""


def boundary_of(graph: ResourceGraph, role: Resource) -> Boundary | None:
    """The role's own; None where it has none."""
    value = role.get("permissionsBoundary")
    if value is None or value == "":
        return None
    for policy in graph.targets(role, "permissionsBoundary", POLICY):
        return _declared(policy)
    if not isinstance(value, str):
        return Boundary(doubt="which policy its permission boundary is")
    return boundary_named(graph, value)


def boundary_named(graph: ResourceGraph, arn: str) -> Boundary:
    """One that a document names by its ARN."""
    for policy in graph.of(POLICY):
        if named_by(arn, policy):
            return _declared(policy)
    return _by_name(graph, arn)


def named_by(arn: object, policy: Resource) -> bool:
    """Whether an ARN names a policy of this program: by what it has, or by its name, which an ARN may be computed from."""
    if not isinstance(arn, str):
        return False
    return policy.get("arn") == arn or (OF_AWS not in arn and policy.get("name") == arn.rpartition("/")[2])


def _declared(policy: Resource) -> Boundary:
    found = read(policy, "policy")
    if not isinstance(found, PolicyDocument):
        return Boundary(doubt=found.said if isinstance(found, Answer) else f"what {policy.shown} says")
    wide = too_wide(found)
    if wide is not None and not any(found.denying):
        return Boundary(found, problem=f"its permission boundary, {policy.shown}, allows {wide}, and limits nothing")
    return Boundary(found)


def _by_name(graph: ResourceGraph, arn: str) -> Boundary:
    name = arn.rpartition("/")[2]
    if OF_AWS in arn:
        return (
            Boundary(problem=f"its permission boundary is AWS's {name}, which limits nothing")
            if name in FULL
            else Boundary()
        )
    if _ours(graph, arn) or any(arn in text for text in graph.settings.values()):
        return Boundary()  # what declares it judges it
    return Boundary(
        doubt=f"what its permission boundary {arn} allows, which neither this program nor its configuration names,"
    )


def _ours(graph: ResourceGraph, arn: str) -> bool:
    """Whether it is one of those that the account's stack declares, by their computed names (infra/naming.py)."""
    project, environment = graph.settings.get("project"), graph.settings.get("environment")
    try:
        accounts = json.loads(graph.settings.get("accounts", "{}"))
    except ValueError:
        return False
    if not project or not environment or not isinstance(accounts, dict):
        return False
    start = f"policy/{project}-{environment}-boundary-"
    return any(f":iam::{account}:{start}" in arn for account in accounts.values())
