"""Serious findings of the detectors are sent to somebody."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._account import LAYER
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

EVENT_RULE, TARGET = "aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget"
SOURCES = ("aws.guardduty", "aws.securityhub")


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    rules = graph.of(EVENT_RULE)
    about = [one for one in rules if any(source in str(one.get("eventPattern")) for source in SOURCES)]
    with_target = [one for one in about if graph.pointing_at(one, "rule", TARGET)]
    on = [one for one in with_target if one.get("state", "ENABLED") in ("ENABLED", UNKNOWN)]
    if on:
        yield passed(on[0])
    elif any(one.get("eventPattern") is UNKNOWN for one in rules):
        yield unknown(None, "what the event rules wait for", "write their event patterns out")
    elif with_target:
        yield failed(with_target[0], "it is switched off", "leave its `state` out")
    elif about:
        yield failed(about[0], "it has no target", "declare an EventTarget: a topic that people read")
    else:
        yield failed(
            None, "findings of GuardDuty and Security Hub are sent to nobody",
            "declare an EventRule on them (severity 7 and more), with a target",
        )  # fmt: skip


RULE = Rule(
    id="alarms-on-findings",
    title="Serious findings are sent to somebody",
    statements=("4-a", "8-c"),
    severity=Severity.HIGH,
    risk="The detector saw the intruder, and nobody looked at the console.",
    remedy="Send findings of severity 7 and more to a topic, by an event rule.",
    check=_check,
    soc2=("CC7.3", "CC7.4"),
    iso27001=("A.5.25", "A.5.26"),
    layer=LAYER,
)
