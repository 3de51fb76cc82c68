"""The RPO that a resource's tag promises can be kept by the plans that take it, in the worst case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from infra.policy.rules._backup import CLUSTER, DATABASE, TABLE, plan_rules, stateful, taken_by
from stormproof.core.finding import Severity
from stormproof.core.infra.aws_schedule import BadSchedule
from stormproof.core.infra.backup_selection import Selected
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown
from stormproof.core.units import WrongUnit, parse_duration

# AWS: RDS ships its log every 5 minutes; DynamoDB's newest restorable time lies about 5 minutes back.
POINT_IN_TIME = timedelta(minutes=5)
# AWS Backup, continuous backups of S3 and others: up to 15 minutes back.
CONTINUOUS = timedelta(minutes=15)


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for resource in stateful(graph):
        tag = resource.tag("rpo")
        if tag is None:
            continue
        if not isinstance(tag, str):
            yield unknown(resource, "the tag `rpo`", "write the tag's value out")
            continue
        try:
            target = parse_duration(tag)
        except WrongUnit as error:
            yield failed(resource, f"its tag `rpo` cannot be read: {error}", "write it as 15m, 4h or 8d")
            continue
        yield _answer(graph, resource, target, tag)


def _answer(graph: ResourceGraph, resource: Resource, target: timedelta, tag: str) -> Answer:
    doubts: list[str] = []
    best: tuple[timedelta, str] | None = None

    def offer(worst: timedelta, how: str) -> None:
        nonlocal best
        if best is None or worst < best[0]:
            best = (worst, how)

    native = _point_in_time(resource)
    if native is UNKNOWN:
        doubts.append("whether it has point-in-time recovery")
    elif native:
        offer(POINT_IN_TIME, "its own point-in-time recovery")
    for plan, how in taken_by(graph, resource):
        if how is Selected.UNKNOWN:
            doubts.append(f"whether {plan.shown} takes it")
            continue
        for one in plan_rules(graph, plan):
            if one.rule is None:
                doubts.append(f"{one.unknown} ({plan.shown})")
            elif one.rule.continuous:
                offer(CONTINUOUS, f"continuous backup by {plan.shown}")
            else:
                try:
                    offer(one.rule.worst_rpo(), f"{plan.shown}, rule '{one.name}'")
                except BadSchedule as error:
                    return failed(
                        plan, f"{one.shown} has a schedule that never holds: {error}", "write it as AWS reads it"
                    )
    if best is not None and best[0] <= target:
        return passed(resource)
    if doubts:
        return unknown(resource, doubts[0], "write out what it hangs on")
    if best is None:
        return failed(
            resource, f"nothing backs it up, and its tag promises an RPO of {tag}", "let a backup plan take it"
        )
    return failed(
        resource,
        f"its tag promises an RPO of {tag}, and {best[1]} may lose {_hours(best[0])} (interval, start window of at least "
        "an hour, and the durations that are declared)",
        "turn on point-in-time recovery" if target < timedelta(hours=2) else "back up more often, or promise less",
    )


def _point_in_time(resource: Resource) -> object:
    """True, False, None (there is no such thing for this kind), or UNKNOWN."""
    if resource.type in (DATABASE, CLUSTER):
        days = resource.get("backupRetentionPeriod", 0)
        return days if days is UNKNOWN else int(days) > 0
    if resource.type == TABLE:
        return resource.get("pointInTimeRecovery.enabled", False)
    return None


def _hours(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours / 24:.3g} days" if hours >= 48 else f"{hours:.3g} h"


RULE = Rule(
    id="backup-rpo-can-be-kept",
    title="The promised RPO can be kept",
    statements=("9-a", "9-d"),
    severity=Severity.HIGH,
    risk="The RPO in the contract is a wish: the schedule itself loses more than that on a bad day.",
    remedy="Below two hours use point-in-time recovery: AWS Backup may start an hourly job an hour late.",
    check=_check,
    soc2=("A1.2", "A1.1"),
    iso27001=("A.8.13", "A.5.30"),
)
