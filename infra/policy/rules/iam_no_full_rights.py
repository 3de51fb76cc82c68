"""Nobody may do everything to everything, nor make themselves such a one."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._boundaries import POLICY, named_by
from infra.policy.rules._breadth import FULL, too_wide
from infra.policy.rules._documents import IDENTITY_POLICIES, ROLE, documents, read
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, Unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

ATTACHMENTS = {
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "policyArn",
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": "policyArns",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": "policyArn",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": "policyArn",
    "aws:iam/policyAttachment:PolicyAttachment": "policyArn",
    "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment": "managedPolicyArn",
    ROLE: "managedPolicyArns",
}
BOUNDED = {ROLE: "permissionsBoundary", "aws:iam/user:User": "permissionsBoundary"}
NAMES = "give a policy that names what is needed"


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for held in documents(graph, IDENTITY_POLICIES):
        if isinstance(held, Answer):
            yield held
            continue
        wide = too_wide(held.document)
        if wide is not None and not _only_limits(graph, held.holder):
            yield failed(held.holder, f"it allows {wide} on every resource", "name the actions and the resources")
        else:
            yield passed(held.holder)
    for kind, path in ATTACHMENTS.items():
        for attachment in graph.of(kind):
            if attachment.get(path) is not None:
                yield _attached(graph, attachment, path)
    for role in graph.of(ROLE):
        yield from _inline(role)


def _only_limits(graph: ResourceGraph, policy: Resource) -> bool:
    """Whether it is a permission boundary, which gives nothing, and nothing else that this program shows."""
    limits = any(
        graph.pointing_at(policy, path, kind) or any(named_by(one.get(path), policy) for one in graph.of(kind))
        for kind, path in BOUNDED.items()
    )
    given = any(graph.pointing_at(policy, path, kind) for kind, path in ATTACHMENTS.items())
    return policy.type == POLICY and limits and not given


def _attached(graph: ResourceGraph, attachment: Resource, path: str) -> Answer:
    arns = attachment.items(path)
    names = [] if isinstance(arns, Unknown) else [str(arn).rpartition("/")[2] for arn in arns if arn is not UNKNOWN]
    full = next((name for name in names if name in FULL), None)
    if full is not None:
        return failed(attachment, f"it gives {full}", NAMES)
    # A policy of this program is judged where it is written.
    if (isinstance(arns, Unknown) or UNKNOWN in arns) and not graph.targets(attachment, path, POLICY):
        return unknown(attachment, f"`{path}`", "write the ARN out")
    return passed(attachment)


def _inline(role: Resource) -> Iterator[Answer]:
    """Policies written into the role itself."""
    inlines = role.items("inlinePolicies")
    for index, _ in enumerate([] if isinstance(inlines, Unknown) else inlines):
        found = read(role, f"inlinePolicies.{index}.policy")
        if isinstance(found, Answer):
            yield found
        elif found is not None and (wide := too_wide(found)) is not None:
            yield failed(role, f"it allows {wide} on every resource", "name the actions and the resources")


RULE = Rule(
    id="iam-no-full-rights",
    title="Nobody may do everything",
    statements=("2-b", "1-a"),
    severity=Severity.CRITICAL,
    risk="One stolen session is the whole company: data, backups, keys and the trail that would show it.",
    remedy="Give each duty a policy that names its actions and resources.",
    check=_check,
    soc2=("CC6.1", "CC6.3"),
    iso27001=("A.5.18", "A.8.2"),
    cis=("1.15",),
)
