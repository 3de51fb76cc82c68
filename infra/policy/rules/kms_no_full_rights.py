"""No key's policy gives `kms:*` away, and who administers a key cannot decrypt with it."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._documents import documents
from infra.policy.rules._key_holders import who_may_both
from stormproof.core.finding import Severity
from stormproof.core.infra.policy_document import Statement
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed

KEY_POLICIES = {
    "aws:kms/key:Key": "policy",
    "aws:kms/keyPolicy:KeyPolicy": "policy",
    "aws:kms/replicaKey:ReplicaKey": "policy",
    "aws:kms/externalKey:ExternalKey": "policy",
}
KEYS = tuple(kind for kind in KEY_POLICIES if not kind.endswith("KeyPolicy"))


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    apart = {key.urn for one in graph.of("aws:kms/keyPolicy:KeyPolicy") for key in graph.targets(one, "keyId", *KEYS)}
    for key in graph.of(*KEYS):
        if key.get("policy") is None and key.urn not in apart:
            yield failed(
                key, "it has AWS's default policy, which leaves it to every identity policy of the account",
                "give it a policy that names who administers and who uses it",
            )  # fmt: skip
    for held in documents(graph, KEY_POLICIES):
        if isinstance(held, Answer):
            yield held
            continue
        full = [one for one in held.document.allowing if {"kms:*", "*"} & {action.lower() for action in one.actions}]
        if full:
            yield failed(
                held.holder, f"it gives kms:* to {_who(full[0])}", "name the actions of administering, and those of use"
            )
            continue
        both = who_may_both(held.document)
        if both:
            yield failed(
                held.holder,
                f"{both} may administer the key and decrypt with it",
                "let one administer, and another use it",
            )
        else:
            yield passed(held.holder)


def _who(statement: Statement) -> str:
    names = [name for kind in statement.principals.values() for name in kind]
    return names[0] if names else "whoever it is given to"


RULE = Rule(
    id="kms-no-full-rights",
    title="Keys: who administers cannot decrypt",
    statements=("3.2-c", "1-a"),
    severity=Severity.HIGH,
    risk="Whoever manages keys reads everything that they protect, and whoever reads may let others in.",
    remedy="Name administering actions for one role, using actions for others, and give kms:* to nobody, root neither.",
    check=_check,
    soc2=("CC6.1",),
    iso27001=("A.8.24",),
)
