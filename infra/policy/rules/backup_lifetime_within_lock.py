"""What a plan writes into a locked vault lives as long as the lock asks: else no backup is made at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.policy.rules._backup import AIR_GAPPED, LOCK, PLAN, VAULT, plan_rules
from stormproof.core.finding import Severity
from stormproof.core.infra.backup_arithmetic import LockBounds
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, Unknown, has_unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for plan in graph.of(PLAN):
        answers = list(_plan(graph, plan))
        yield from answers or [passed(plan)]


def _plan(graph: ResourceGraph, plan: Resource) -> Iterator[Answer]:
    for one in plan_rules(graph, plan):
        if one.rule is None or isinstance(one.copies, Unknown):
            yield unknown(plan, one.unknown or f"copyActions of {one.shown}", "write the rule out")
            continue
        ends: list[tuple[str, Any]] = [(f"{one.path}.targetVaultName", one.rule.delete_after_days)]
        for number, copy in enumerate(one.copies):
            lifecycle: Any = copy.get("lifecycle") if isinstance(copy, dict) else UNKNOWN
            days = UNKNOWN if has_unknown(lifecycle) else (lifecycle or {}).get("deleteAfter")
            ends.append((f"{one.path}.copyActions.{number}.destinationVaultArn", days))
        for path, days in ends:
            yield from _end(graph, plan, one.shown, path, days)


def _end(graph: ResourceGraph, plan: Resource, shown: str, path: str, days: Any) -> Iterator[Answer]:
    """One place that a rule writes to. A reference inside a block may mean any vault that the plan refers to."""
    vaults = graph.targets(plan, path, VAULT, AIR_GAPPED)
    if not vaults:
        return
    bounds = [_bounds(graph, vault) for vault in vaults]
    known = [one for one in bounds if isinstance(one, LockBounds)]
    where = " or ".join(vault.shown for vault in vaults)
    if days is UNKNOWN or len(known) < len(bounds):
        yield unknown(plan, f"how long {shown} keeps a point in {where}", "write both out")
        return
    problems = [one.problem(None if days is None else int(days)) for one in known]
    if all(problems):
        yield failed(
            plan,
            f"{shown} makes no backup in {where}: {problems[0]}",
            "change the rule's `deleteAfter`, or the lock's bounds",
        )
    elif any(problems):
        yield unknown(plan, f"which of {where} {shown} writes to", "name vaults by their names, written out")


def _bounds(graph: ResourceGraph, vault: Resource) -> LockBounds | Unknown:
    holders = [vault] if vault.type == AIR_GAPPED else graph.pointing_at(vault, "backupVaultName", LOCK)
    lows, highs = [one.get("minRetentionDays") for one in holders], [one.get("maxRetentionDays") for one in holders]
    if UNKNOWN in lows or UNKNOWN in highs:
        return UNKNOWN
    return LockBounds(
        min_days=max((int(low) for low in lows if low is not None), default=None),
        max_days=min((int(high) for high in highs if high is not None), default=None),
    )


RULE = Rule(
    id="backup-lifetime-within-lock",
    title="Backups live as long as their vault's lock asks",
    statements=("9-a", "9-b"),
    severity=Severity.CRITICAL,
    risk="AWS Backup makes no backup whose lifetime lies outside the lock, and the plan looks healthy all the same.",
    remedy="Keep every rule's and copy's `deleteAfter` within the bounds of the vault that it goes to.",
    check=_check,
    soc2=("A1.2",),
    iso27001=("A.8.13",),
)
