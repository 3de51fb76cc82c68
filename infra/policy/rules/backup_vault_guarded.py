"""Every vault has a lock, and a policy that denies deletion."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._backup import LOCK, VAULT, VAULT_POLICY
from infra.policy.rules._breadth import on_everything
from infra.policy.rules._callers import means_everybody
from infra.policy.rules._documents import read
from stormproof.core.finding import Severity
from stormproof.core.infra.policy_document import Statement
from stormproof.core.infra.resource_graph import Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed

# Who may be exempt, told by one of these; whoever is exempt by a pattern that ends in everything is everybody.
EXEMPT_BY = ("aws:principalarn", "aws:userid")
DENIED = ("backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle")


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for vault in graph.of(VAULT):
        if vault.get("forceDestroy") is True:
            yield failed(vault, "`force_destroy` empties it when it is destroyed", "leave `force_destroy` out")
        elif not graph.pointing_at(vault, "backupVaultName", LOCK):
            yield failed(
                vault, "it has no lock: whoever may delete points may delete all", "declare a VaultLockConfiguration"
            )
        elif all(one.get("minRetentionDays") is None for one in graph.pointing_at(vault, "backupVaultName", LOCK)):
            yield failed(
                vault, "its lock asks for no shortest time: points may be made in it that end within a day",
                "set `min_retention_days` of its VaultLockConfiguration",
            )  # fmt: skip
        else:
            yield _policy(graph, vault)


def _policy(graph: ResourceGraph, vault: Resource) -> Answer:
    policies = graph.pointing_at(vault, "backupVaultName", VAULT_POLICY)
    if not policies:
        return failed(vault, "it has no policy that denies deletion", f"declare a VaultPolicy that denies {DENIED[0]}")
    for policy in policies:
        found = read(policy, "policy")
        if isinstance(found, Answer):
            return found
        if found is not None and all(
            any(one.covers_action(action) and _for_all(one) for one in found.denying) for action in DENIED
        ):
            return passed(vault)
    return failed(
        vault, f"its policy does not deny {DENIED[0]} and {DENIED[1]} to everybody", "add the denying statement"
    )


def _for_all(statement: Statement) -> bool:
    """Whether it refuses everybody but whom it names, every point. Any other condition is a way round it."""
    named = all(
        key in EXEMPT_BY
        and "not" in operator
        and not means_everybody(values)
        and not any(value.endswith(("*", ":root")) for value in values)
        for (operator, key), values in statement.conditions.items()
    )
    return statement.for_anybody and named and on_everything(statement)


RULE = Rule(
    id="backup-vault-guarded",
    title="Vaults are locked, and deny deletion",
    statements=("9-b", "1-b"),
    severity=Severity.CRITICAL,
    risk="The first thing that ransomware deletes is the backups.",
    remedy="Give each vault a lock (governance by default) and a policy that denies deleting and shortening to everybody.",
    check=_check,
    soc2=("A1.2", "PI1.5"),
    iso27001=("A.8.13",),
)
