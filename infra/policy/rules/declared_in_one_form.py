"""Rules, routes and entries are declared in one form: inline ones and ones of their own undo each other."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._network import EGRESS_RULE, GROUP, INGRESS_RULE, OLD_RULE
from stormproof.core.finding import Severity
from stormproof.core.infra.network_paths import ROUTE, ROUTE_TABLE
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed

# Type, its inline properties, the types of the separate form, and the property by which these name it.
FORMS = (
    (GROUP, ("ingress", "egress"), (OLD_RULE, INGRESS_RULE, EGRESS_RULE), "securityGroupId"),
    (ROUTE_TABLE, ("routes",), (ROUTE,), "routeTableId"),
    (
        "aws:ec2/networkAcl:NetworkAcl",
        ("ingress", "egress"),
        ("aws:ec2/networkAclRule:NetworkAclRule",),
        "networkAclId",
    ),
    ("aws:kms/key:Key", ("policy",), ("aws:kms/keyPolicy:KeyPolicy",), "keyId"),
    ("aws:s3/bucket:Bucket", ("policy",), ("aws:s3/bucketPolicy:BucketPolicy",), "bucket"),
    ("aws:sns/topic:Topic", ("policy",), ("aws:sns/topicPolicy:TopicPolicy",), "arn"),
    ("aws:sqs/queue:Queue", ("policy",), ("aws:sqs/queuePolicy:QueuePolicy",), "queueUrl"),
    (
        "aws:iam/role:Role",
        ("inlinePolicies",),
        ("aws:iam/rolePolicy:RolePolicy",),
        "role",
    ),
)


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for kind, inline, separate, path in FORMS:
        for resource in graph.of(kind):
            # An empty list is a declaration too: it takes away what the separate form adds.
            inside = [name for name in inline if resource.declares(name)]
            apart = graph.pointing_at(resource, path, *separate)
            if inside and apart:
                yield failed(
                    resource, f"it has `{inside[0]}` inline, and {apart[0].shown} declares the same apart",
                    "keep one form: the two take each other's away at every second `up`",
                )  # fmt: skip
            elif inside or apart:
                yield passed(resource)


RULE = Rule(
    id="declared-in-one-form",
    title="Rules and policies are declared in one form",
    statements=("3.1-b", "1-b"),
    severity=Severity.HIGH,
    risk="Inline and separate forms undo each other: the firewall that was reviewed is not the one that runs.",
    remedy="Declare rules, routes, entries and policies either inline or as resources of their own.",
    check=_check,
    soc2=("CC6.6", "CC8.1"),
    iso27001=("A.8.9",),
)
