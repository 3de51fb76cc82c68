"""A lock that nobody can ever take away is somebody's explicit decision."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._backup import AIR_GAPPED, LOCK, VAULT
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

DAYS_MIN = 3  # Backup API, PutBackupVaultLockConfiguration: ChangeableForDays is 3 or more
TAG = "compliance-lock"


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for lock in graph.of(LOCK):
        days = lock.get("changeableForDays")
        if days is None:
            yield passed(lock)  # governance: somebody with the right can still take it away
        elif days is UNKNOWN:
            yield unknown(lock, "whether it is a compliance lock", "write `changeable_for_days` out, or leave it out")
        elif int(days) < DAYS_MIN:
            yield failed(
                lock, f"it leaves {days} days to think again, and AWS asks for {DAYS_MIN}", f"at least {DAYS_MIN}"
            )
        else:
            yield _acknowledged(lock, graph.targets(lock, "backupVaultName", VAULT), "a compliance lock", graph)
    for vault in graph.of(AIR_GAPPED):
        yield _acknowledged(vault, [vault], "a logically air-gapped vault, which is compliance-locked", graph)


def _acknowledged(resource: Resource, vaults: list[Resource], what: str, graph: ResourceGraph) -> Answer:
    if graph.settings.get("acknowledgeComplianceLock") == "true" or any(
        one.tag(TAG) == "acknowledged" for one in vaults
    ):
        return passed(resource)
    return failed(
        resource, f"it is {what}: after its days nobody can delete what it keeps, AWS neither",
        f"take a governance lock, or tag the vault `{TAG}: acknowledged` once who pays for it has agreed",
    )  # fmt: skip


RULE = Rule(
    id="backup-compliance-lock-acknowledged",
    title="Compliance locks are somebody's decision",
    statements=("9-b",),
    severity=Severity.HIGH,
    risk="What is locked by mistake is paid for until its time is over; closing the account is the only way out.",
    remedy="Use governance locks, and acknowledge a compliance lock where the law or a customer asks for one.",
    check=_check,
    soc2=("A1.2",),
    iso27001=("A.8.13",),
)
