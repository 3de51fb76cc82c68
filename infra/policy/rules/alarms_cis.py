"""For each event that the CIS benchmark lists: a filter on the trail's log group, an alarm on it, somebody who is told."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._account import LAYER
from infra.policy.rules._patterns import WATCHED, Watched, names
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph, has_unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

FILTER, ALARM = "aws:cloudwatch/logMetricFilter:LogMetricFilter", "aws:cloudwatch/metricAlarm:MetricAlarm"
EVENT_RULE, TARGET = "aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget"
TRAIL, LOG_GROUP = "aws:cloudtrail/trail:Trail", "aws:cloudwatch/logGroup:LogGroup"


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for watched in WATCHED:
        yield _answer(graph, watched)


def _answer(graph: ResourceGraph, watched: Watched) -> Answer:
    said = f"nobody is told of {watched.what} (CIS {watched.cis})"
    doubts: list[Answer] = []
    near: Answer | None = None
    for one in graph.of(FILTER):
        pattern = one.get("pattern")
        if pattern is UNKNOWN:
            doubts.append(unknown(one, "its pattern", "write it out"))
        elif names(str(pattern), watched):
            found = _wired(graph, one, said)
            if found.said == "":
                return found
            near = near or found
    for rule in graph.of(EVENT_RULE):
        pattern = rule.get("eventPattern")
        enabled = rule.get("state", "ENABLED") != "DISABLED"
        if enabled and isinstance(pattern, str) and names(pattern, watched) and graph.pointing_at(rule, "rule", TARGET):
            return passed(rule)
    if near is not None:
        return near
    fix = f"declare a LogMetricFilter that names {', '.join(watched.words)} on the trail's log group, with an alarm"
    return doubts[0] if doubts else failed(None, said, fix)


def _wired(graph: ResourceGraph, one: Resource, said: str) -> Answer:
    if not _on_trail(graph, one):
        return failed(one, f"{said}: its filter does not read the trail's log group", "name the trail's log group")
    metric = one.get("metricTransformation.name")
    space = one.get("metricTransformation.namespace")
    alarms = [
        alarm for alarm in graph.of(ALARM)
        if alarm.get("metricName") == metric and alarm.get("namespace") == space and metric is not None
    ]  # fmt: skip
    if not alarms:
        if has_unknown([metric, space]):
            return unknown(one, "which metric it counts", "write its name and namespace out")
        return failed(one, f"{said}: its metric has no alarm", "declare a MetricAlarm on the filter's metric")
    if not any(alarm.get("alarmActions") for alarm in alarms if alarm.get("alarmActions") is not UNKNOWN) and not any(
        alarm.get("alarmActions") is UNKNOWN for alarm in alarms
    ):
        return failed(alarms[0], f"{said}: its alarm has no action", "set `alarm_actions` to a topic that people read")
    return passed(one)


def _on_trail(graph: ResourceGraph, one: Resource) -> bool:
    """Of a trail that lies elsewhere (an organisation's) the log group cannot be seen here, and any is taken."""
    trails = graph.of(TRAIL)
    groups = [group for trail in trails for group in graph.targets(trail, "cloudWatchLogsGroupArn", LOG_GROUP)]
    if not groups:
        return not trails or any(trail.get("cloudWatchLogsGroupArn") is not None for trail in trails)
    return any(group in groups for group in graph.targets(one, "logGroupName", LOG_GROUP))


RULE = Rule(
    id="alarms-cis",
    title="Somebody is told of what intruders do first",
    statements=("8-c", "3.2-c"),
    severity=Severity.HIGH,
    risk="The trail is switched off, a key is scheduled for deletion, and the first to notice is a customer.",
    remedy="Declare a metric filter, an alarm and an action for each of the benchmark's events (docs/rules.md).",
    check=_check,
    soc2=("CC7.2", "CC7.3"),
    iso27001=("A.8.16", "A.5.25"),
    cis=tuple(one.cis for one in WATCHED),
    layer=LAYER,
)
