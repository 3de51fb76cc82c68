"""Who may make grants on a key makes them for AWS's services only."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._documents import documents
from stormproof.core.finding import Severity
from stormproof.core.infra.policy_document import Statement
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed

KEY_POLICIES = {
    "aws:kms/key:Key": "policy", "aws:kms/keyPolicy:KeyPolicy": "policy", "aws:kms/replicaKey:ReplicaKey": "policy",
}  # fmt: skip


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for held in documents(graph, KEY_POLICIES):
        if isinstance(held, Answer):
            yield held
            continue
        granting = [one for one in held.document.allowing if one.covers_action("kms:CreateGrant") and _to_people(one)]
        loose = [one for one in granting if not _for_services(one)]
        if loose:
            yield failed(
                held.holder, f"{_to_people(loose[0])[0]} may grant the key's use to anybody",
                "add Bool kms:GrantIsForAWSResource true to the statement that allows kms:CreateGrant",
            )  # fmt: skip
        else:
            yield passed(held.holder)


def _to_people(statement: Statement) -> list[str]:
    """Principals that are no service."""
    return [name for kind in ("AWS", "*") for name in statement.principals.get(kind, ())]


def _for_services(statement: Statement) -> bool:
    return statement.condition("kms:GrantIsForAWSResource", "Bool") == ("true",)


RULE = Rule(
    id="kms-grants-for-services",
    title="Grants on keys are for services only",
    statements=("3.2-c",),
    severity=Severity.MEDIUM,
    risk="A grant gives the key to somebody whom no policy names, and no review finds.",
    remedy="Allow kms:CreateGrant only with kms:GrantIsForAWSResource.",
    check=_check,
    soc2=("CC6.1",),
    iso27001=("A.8.24",),
)
