"""Policy documents wherever a program writes them: on resources, on identities, as trust of roles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stormproof.core.infra.policy_document import NotADocument, PolicyDocument, read_policy
from stormproof.core.infra.resource_graph import Resource, ResourceGraph, Unknown
from stormproof.core.infra.rule import Answer, failed, unknown

# On resources: who may come. Type -> the property that holds the document.
RESOURCE_POLICIES = {
    "aws:s3/bucketPolicy:BucketPolicy": "policy",
    "aws:s3/bucket:Bucket": "policy",
    "aws:kms/key:Key": "policy",
    "aws:kms/keyPolicy:KeyPolicy": "policy",
    "aws:kms/replicaKey:ReplicaKey": "policy",
    "aws:kms/externalKey:ExternalKey": "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
    "aws:sns/topic:Topic": "policy",
    "aws:sqs/queuePolicy:QueuePolicy": "policy",
    "aws:sqs/queue:Queue": "policy",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
    "aws:secretsmanager/secret:Secret": "policy",
    "aws:backup/vaultPolicy:VaultPolicy": "policy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
    "aws:efs/fileSystemPolicy:FileSystemPolicy": "policy",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "policy",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyDocument",
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": "policy",
    "aws:dynamodb/resourcePolicy:ResourcePolicy": "policy",
    "aws:kinesis/resourcePolicy:ResourcePolicy": "policy",
    "aws:opensearch/domain:Domain": "accessPolicies",
    "aws:opensearch/domainPolicy:DomainPolicy": "accessPolicies",
    "aws:s3/accessPoint:AccessPoint": "policy",
    "aws:s3control/accessPointPolicy:AccessPointPolicy": "policy",
    "aws:glacier/vault:Vault": "accessPolicy",
}
# On identities: what they may do.
IDENTITY_POLICIES = {
    "aws:iam/policy:Policy": "policy",
    "aws:iam/rolePolicy:RolePolicy": "policy",
    "aws:iam/userPolicy:UserPolicy": "policy",
    "aws:iam/groupPolicy:GroupPolicy": "policy",
    "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": "inlinePolicy",
}
ROLE = "aws:iam/role:Role"
NOT_KNOWN = "write names out and compute ARNs: one unknown inside makes the whole document unknown"


@dataclass(frozen=True)
class Held:
    """One document and what holds it."""

    holder: Resource
    document: PolicyDocument


def documents(graph: ResourceGraph, places: dict[str, str]) -> Iterator[Held | Answer]:
    """Every document at these places; an Answer instead where one is unknown or is none."""
    for kind, path in places.items():
        for holder in graph.of(kind):
            found = read(holder, path)
            if isinstance(found, Answer):
                yield found
            elif found is not None:
                yield Held(holder, found)


def read(holder: Resource, path: str) -> PolicyDocument | Answer | None:
    """The document at a path; None where there is none."""
    try:
        found = read_policy(holder.get(path))
    except NotADocument as error:
        return failed(holder, f"`{path}` is no policy document: {error}", "write it as IAM reads it")
    if isinstance(found, Unknown):
        return unknown(holder, f"the document in `{path}`", NOT_KNOWN)
    return found


def trusts(graph: ResourceGraph) -> Iterator[Held | Answer]:
    """The trust of every role."""
    return documents(graph, {ROLE: "assumeRolePolicy"})
