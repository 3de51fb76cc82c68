"""Roles with all that they may do: policies inline and attached, boundaries, and who may take them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from infra.policy.rules._boundaries import POLICY, Boundary, boundary_of
from infra.policy.rules._breadth import ADMINISTRATOR, FULL, IDENTITIES
from infra.policy.rules._documents import ROLE, read
from stormproof.core.infra.policy_document import PolicyDocument, Statement, matches
from stormproof.core.infra.resource_graph import Resource, ResourceGraph, Unknown, has_unknown
from stormproof.core.infra.rule import Answer, failed, passed, unknown

ROLE_POLICY, ROLE_ATTACHMENT = "aws:iam/rolePolicy:RolePolicy", "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ATTACHMENT = "aws:iam/policyAttachment:PolicyAttachment"
# AWS's own policies that allow nearly everything. Their names are part of their ARNs.
NEARLY_EVERYTHING = tuple(one for one in FULL if one != IDENTITIES)
# Others of AWS's own, by what they allow on everything. Source: AWS managed policies reference.
WHOLE_SERVICES = {
    "AWSBackupFullAccess": "backup:*", "AmazonS3FullAccess": "s3:*", "AWSKeyManagementServicePowerUser": "kms:*",
    "AmazonRDSFullAccess": "rds:*", "AmazonDynamoDBFullAccess": "dynamodb:*", "AmazonEC2FullAccess": "ec2:*",
    "AWSCloudTrail_FullAccess": "cloudtrail:*",
}  # fmt: skip
# Services that run whatever a repository says: their roles are a pipeline's.
RUN_PIPELINES = ("codebuild.amazonaws.com", "codepipeline.amazonaws.com", "codedeploy.amazonaws.com")
MAKES_ROLES = (ADMINISTRATOR, IDENTITIES)


@dataclass(frozen=True)
class Rights:
    """What a role may do. `doubts`: documents of its that are not known, in words.

    Args:
        managed: names of policies that are not of this program (`AdministratorAccess`).
        boundary: None: it has none.
    """

    role: Resource
    documents: Sequence[PolicyDocument]
    managed: Sequence[str]
    boundary: Boundary | None
    doubts: Sequence[str]

    def allows(self, action: str) -> bool:
        """Whether any document allows an action on whatever; policies of AWS by their names alone."""
        granted = any(one.covers_action(action) for document in self.documents for one in document.allowing)
        whole = any(matches(WHOLE_SERVICES[name], action) for name in self.managed if name in WHOLE_SERVICES)
        return granted or whole or any(name in NEARLY_EVERYTHING for name in self.managed)

    def denies(self, action: str) -> bool:
        """Whether an action is refused without a condition and everywhere: by a document, or by the boundary."""
        if any(_always(one, action) for document in self.documents for one in document.denying):
            return True
        limit = self.boundary.document if self.boundary is not None else None
        if limit is None:
            return False
        refused = any(_always(one, action) for one in limit.denying)
        return refused or not any(one.covers_action(action) for one in limit.allowing)

    def judged(self, problem: str | None, fix: str, *doubts: str) -> Answer:
        """How a rule about it ends: with what is wrong, else with what could not be known, else well.

        Args:
            fix: for `problem`, and for `doubts`, which are the rule's own.
        """
        if problem is not None:
            return failed(self.role, problem, fix)
        if self.doubts:
            return unknown(self.role, self.doubts[0], "write its policies out, and name roles in them by computed ARNs")
        return unknown(self.role, doubts[0], fix) if doubts else passed(self.role)


def _always(statement: Statement, action: str) -> bool:
    return statement.covers_action(action) and "*" in statement.resources and not statement.conditions


def rights(graph: ResourceGraph, role: Resource) -> Rights:
    """Everything that this program gives a role."""
    documents: list[PolicyDocument] = []
    managed: list[str] = []
    doubts: list[str] = []

    def take(holder: Resource, path: str) -> None:
        found = read(holder, path)
        if isinstance(found, Answer):
            doubts.append(found.said)
        elif found is not None:
            documents.append(found)

    for inline in graph.pointing_at(role, "role", ROLE_POLICY):
        take(inline, "policy")
    inlines = role.items("inlinePolicies")
    for index, _ in enumerate([] if isinstance(inlines, Unknown) else inlines):
        take(role, f"inlinePolicies.{index}.policy")
    for holder, path in _attached(graph, role):
        policies = graph.targets(holder, path, POLICY)
        for policy in policies:
            take(policy, "policy")
        if policies:
            continue
        if has_unknown(holder.get(path)):
            doubts.append("which policy is attached to it")
        else:
            managed += _names(holder.items(path))
    return Rights(role, documents, managed, boundary_of(graph, role), doubts)


def _names(arns: list[object] | Unknown) -> list[str]:
    return [] if isinstance(arns, Unknown) else [str(arn).rpartition("/")[2] for arn in arns]


def _attached(graph: ResourceGraph, role: Resource) -> Iterator[tuple[Resource, str]]:
    yield from ((one, "policyArn") for one in graph.pointing_at(role, "role", ROLE_ATTACHMENT))
    yield from ((one, "policyArn") for one in graph.pointing_at(role, "roles", ATTACHMENT))
    if role.declares("managedPolicyArns"):
        yield role, "managedPolicyArns"


def trust(role: Resource) -> PolicyDocument | Answer | None:
    return read(role, "assumeRolePolicy")


def comes_from_ci(document: PolicyDocument) -> bool:
    """Whether a pipeline may take the role: by OIDC, or as the role of AWS's own services that run pipelines."""
    return any(
        one.covers_action("sts:AssumeRoleWithWebIdentity")
        or any(name in RUN_PIPELINES for name in one.principals.get("Service", ()))
        for one in document.allowing
    )


def roles(graph: ResourceGraph) -> list[Resource]:
    return graph.of(ROLE)
