"""A table can be brought back to any second of the last weeks."""

from __future__ import annotations

from infra.policy.rules._properties import demand, is_true
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="dynamodb-recoverable",
    title="Tables have point-in-time recovery",
    statements=("9-a", "9-d"),
    severity=Severity.HIGH,
    risk="A bad deployment overwrites items, and only last night's are left.",
    remedy="Turn on point-in-time recovery.",
    check=demand(
        ("aws:dynamodb/table:Table",),
        "pointInTimeRecovery.enabled",
        is_true,
        default=False,
        said="it has no point-in-time recovery",
        fix="set `point_in_time_recovery.enabled`",
    ),
    soc2=("A1.2",),
    iso27001=("A.8.13",),
)
