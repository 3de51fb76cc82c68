"""What keeps data, and what guards it, is protected from being deleted by the program itself."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._backup import AIR_GAPPED, ALWAYS_STATEFUL, BUCKETS, LOCK, VAULT, VAULT_POLICY
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

GUARDS = (
    VAULT,
    AIR_GAPPED,
    LOCK,
    VAULT_POLICY,
    "aws:kms/key:Key",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:kms/keyPolicy:KeyPolicy",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketLogging:BucketLogging",
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:secretsmanager/secretPolicy:SecretPolicy",
    "aws:efs/fileSystemPolicy:FileSystemPolicy",
    "aws:organizations/policy:Policy",
    "aws:organizations/policyAttachment:PolicyAttachment",
    "aws:cloudtrail/trail:Trail",
)


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    if graph.settings.get("disposable") == "true":
        return  # the lab, which is made to be thrown away; production refuses that setting
    for resource in graph.of(*ALWAYS_STATEFUL, *BUCKETS, *GUARDS):
        if resource.protect is None:
            yield unknown(resource, "whether it is protected", "check a preview: `stormproof infra check --preview`")
        elif not resource.protect:
            yield failed(resource, "the program may delete it", "set `protect=True` in its resource options")
        else:
            yield passed(resource)


RULE = Rule(
    id="stateful-protected",
    title="What keeps data, and its guards, are protected",
    statements=("1-b",),
    severity=Severity.HIGH,
    risk="A renamed resource, a refactoring or a wrong stack deletes data; guards go first, and leave it bare.",
    remedy="Set `protect` on what keeps data and on its policies, locks, keys and blocks alike.",
    check=_check,
    soc2=("PI1.5", "CC8.1"),
    iso27001=("A.8.32",),
)
