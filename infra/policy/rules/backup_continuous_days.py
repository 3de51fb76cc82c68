"""Continuous backups are kept at most 35 days: AWS keeps them no longer."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._backup import PLAN, plan_rules
from stormproof.core.finding import Severity
from stormproof.core.infra.backup_arithmetic import COLD_DAYS_MIN, CONTINUOUS_DAYS_MAX
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for plan in graph.of(PLAN):
        answers = []
        for one in plan_rules(graph, plan):
            if one.rule is None:
                answers.append(unknown(plan, one.unknown, "write the rule out"))
                continue
            days, cold = one.rule.delete_after_days, one.rule.cold_after_days
            if one.rule.continuous and (days is None or days > CONTINUOUS_DAYS_MAX):
                kept = "for ever" if days is None else f"{days} days"
                answers.append(
                    failed(plan, f"{one.shown} is continuous and kept {kept}", f"at most {CONTINUOUS_DAYS_MAX} days")
                )
            elif cold is not None and days is not None and days < cold + COLD_DAYS_MIN:
                answers.append(
                    failed(
                        plan, f"{one.shown} goes cold after {cold} days and is deleted after {days}",
                        f"keep it {cold + COLD_DAYS_MIN} days or more, or leave it warm",
                    )
                )  # fmt: skip
        yield from answers or [passed(plan)]


RULE = Rule(
    id="backup-continuous-days",
    title="Lifetimes are such as AWS takes",
    statements=("9-a",),
    severity=Severity.HIGH,
    risk="A rule that AWS does not take makes no backup.",
    remedy="Keep continuous backups up to 35 days, and cold ones at least 90 days beyond their move.",
    check=_check,
    soc2=("A1.2",),
    iso27001=("A.8.13",),
)
