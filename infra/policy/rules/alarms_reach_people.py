"""An alarm tells somebody, and does not take silence for health."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._properties import is_true
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
# Of something that only writes when it happens (a failed job, a refused call) silence is health.
COUNTS = ("Sum", "SampleCount")


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    quoted = " ".join(str(one.get("alarmRule")) for one in graph.of(COMPOSITE))
    for alarm in graph.of(ALARM, COMPOSITE):
        part_of_another = (
            alarm.type == ALARM and isinstance(alarm.get("name"), str) and str(alarm.get("name")) in quoted
        )
        yield _told(alarm) if not part_of_another else passed(alarm)
        if alarm.type == ALARM:
            yield _silence(alarm)


def _told(alarm: Resource) -> Answer:
    actions, enabled = alarm.get("alarmActions", []), alarm.get("actionsEnabled", True)
    if enabled is not UNKNOWN and not is_true(enabled):
        return failed(alarm, "its actions are switched off", "leave `actions_enabled` out")
    if actions is UNKNOWN or enabled is UNKNOWN:
        return unknown(alarm, "whom it tells", "write `alarm_actions` as a list of topics")
    return (
        passed(alarm)
        if actions
        else failed(alarm, "it tells nobody", "set `alarm_actions` to a topic that people read")
    )


def _silence(alarm: Resource) -> Answer:
    how = alarm.get("treatMissingData", "missing")
    if how is UNKNOWN:
        return unknown(alarm, "`treatMissingData`", "write it out")
    if how == "breaching":
        return passed(alarm)
    above = str(alarm.get("comparisonOperator", "")).startswith("GreaterThan")
    if how == "notBreaching" and above and (alarm.get("statistic") in COUNTS or alarm.get("metricQueries") is not None):
        return passed(alarm)
    return failed(
        alarm, f"when what it watches falls silent it stays quiet (`treatMissingData` is {how})",
        "set `treat_missing_data` to breaching; to notBreaching only where it counts events (statistic Sum)",
    )  # fmt: skip


RULE = Rule(
    id="alarms-reach-people",
    title="Alarms tell somebody, and notice silence",
    statements=("8-a",),
    severity=Severity.MEDIUM,
    risk="What was watched died, and so its alarm never rang.",
    remedy="Give each alarm an action, and treat missing data as breaching.",
    check=_check,
    soc2=("CC7.2", "A1.1"),
    iso27001=("A.8.16",),
)
