"""No pipeline may take away a lock, or what is locked: its role denies it, whatever else it allows."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._roles import comes_from_ci, rights, roles, trust
from stormproof.core.finding import Severity
from stormproof.core.infra.policy_document import PolicyDocument
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule

# A governance lock gives way to whoever has these. Source: AWS Backup Vault Lock, S3 Object Lock.
REMOVES_LOCKS = (
    "backup:DeleteBackupVaultLockConfiguration",
    "backup:DeleteRecoveryPoint",
    "s3:BypassGovernanceRetention",
)


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for role in roles(graph):
        document = trust(role)
        if isinstance(document, Answer):
            yield document
            continue
        if not isinstance(document, PolicyDocument) or not (comes_from_ci(document) or role.tag("duty") == "deploy"):
            continue
        found = rights(graph, role)
        loose = next((one for one in REMOVES_LOCKS if found.allows(one) and not found.denies(one)), None)
        yield found.judged(
            f"a pipeline takes it, and it may {loose}" if loose is not None else None,
            "deny it on every resource, in the role's policy or its permission boundary",
        )


RULE = Rule(
    id="iam-deploy-keeps-locks",
    title="No pipeline may remove a lock",
    statements=("9-b", "1-b"),
    severity=Severity.CRITICAL,
    risk="Who gets into the pipeline deletes the backups first, then everything else.",
    remedy=f"Deny {', '.join(REMOVES_LOCKS)} to every role that deploys.",
    check=_check,
    soc2=("CC6.1", "A1.2"),
    iso27001=("A.8.13", "A.8.2"),
)
