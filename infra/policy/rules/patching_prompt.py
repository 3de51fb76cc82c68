"""A patch baseline approves critical fixes within a week."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, ResourceGraph, Unknown, has_unknown
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

BASELINE = "aws:ssm/patchBaseline:PatchBaseline"
DAYS_MAX = 7  # POLICY.md, 3.1-c
# How bad a fix's hole is: Windows says MSRC_SEVERITY, Linux SEVERITY, Debian and Ubuntu PRIORITY.
SEVERITY_KEYS = ("SEVERITY", "MSRC_SEVERITY", "PRIORITY")
CRITICAL = ("critical", "required", "important", "*")


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for baseline in graph.of(BASELINE):
        rules = baseline.items("approvalRules")
        if isinstance(rules, Unknown) or has_unknown(rules):
            yield unknown(baseline, "what it approves, and when", "write its approval rules out")
            continue
        days = [_days(one) for one in rules if isinstance(one, Mapping) and _takes_critical(one)]
        known = [one for one in days if one is not None]
        if known and min(known) <= DAYS_MAX:
            yield passed(baseline)
        elif known:
            yield failed(
                baseline,
                f"it waits {min(known)} days with critical fixes",
                f"approve them after {DAYS_MAX} days or fewer",
            )
        else:
            yield failed(
                baseline, "it approves no critical fixes by itself", "add an approval rule with `approve_after_days`"
            )


def _takes_critical(rule: Mapping[str, Any]) -> bool:
    """A rule without a filter on severity takes every fix."""
    filters = [one for one in rule.get("patchFilters") or [] if str(one.get("key")).upper() in SEVERITY_KEYS]
    return not filters or any(str(value).lower() in CRITICAL for one in filters for value in one.get("values") or [])


def _days(rule: Mapping[str, Any]) -> int | None:
    value = rule.get("approveAfterDays")
    if value is UNKNOWN or value is None:
        return None
    return int(value) if str(value).isdecimal() else None


RULE = Rule(
    id="patching-prompt",
    title="Critical fixes are approved within a week",
    statements=("3.1-c",),
    severity=Severity.HIGH,
    risk="Critical holes are used within days of being published.",
    remedy="Approve critical and security fixes after seven days or fewer.",
    check=_check,
    soc2=("CC7.1",),
    iso27001=("A.8.8",),
)
