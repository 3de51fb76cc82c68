"""Nobody may do everything to everything, nor make themselves such a one."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._documents import IDENTITY_POLICIES, ROLE, documents
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

ATTACHMENTS = {
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "policyArn",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": "policyArn",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": "policyArn",
    "aws:iam/policyAttachment:PolicyAttachment": "policyArn",
    "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment": "managedPolicyArn",
}
FULL = ("AdministratorAccess", "IAMFullAccess", "PowerUserAccess")


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for held in documents(graph, IDENTITY_POLICIES):
        if isinstance(held, Answer):
            yield held
            continue
        full = [
            one
            for one in held.document.allowing
            if "*" in one.resources and {"*", "*:*", "iam:*"} & {action.lower() for action in one.actions}
        ]
        if full:
            yield failed(
                held.holder, f"it allows {full[0].actions[0]} on everything", "name the actions and the resources"
            )
        else:
            yield passed(held.holder)
    for kind, path in ATTACHMENTS.items():
        for attachment in graph.of(kind):
            arn = attachment.get(path)
            if arn is UNKNOWN:
                # A policy of this program is judged where it is written.
                known = bool(graph.targets(attachment, path, "aws:iam/policy:Policy"))
                yield passed(attachment) if known else unknown(attachment, f"`{path}`", "write the ARN out")
            elif str(arn).rsplit("/", 1)[-1] in FULL:
                yield failed(
                    attachment, f"it gives {str(arn).rsplit('/', 1)[-1]}", "give a policy that names what is needed"
                )
            else:
                yield passed(attachment)
    for role in graph.of(ROLE):
        for arn in _managed(role.get("managedPolicyArns")):
            if arn.rsplit("/", 1)[-1] in FULL:
                yield failed(role, f"it has {arn.rsplit('/', 1)[-1]}", "give a policy that names what is needed")


def _managed(value: object) -> list[str]:
    return [str(one) for one in value if one is not UNKNOWN] if isinstance(value, list | tuple) else []


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
