"""Logs are kept for a year or more."""

from __future__ import annotations

from infra.policy.rules._properties import demand
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="logs-kept-a-year",
    title="Logs are kept for a year",
    statements=("8-b", "3.3-d"),
    severity=Severity.MEDIUM,
    risk="Intruders are found after months, and then the logs of their coming are gone.",
    remedy="Keep logs for 365 days or more.",
    check=demand(
        ("aws:cloudwatch/logGroup:LogGroup",),
        "retentionInDays",
        lambda value: int(value) == 0 or int(value) >= 365,
        default=0,
        said="it keeps logs for {value} days",
        fix="set `retention_in_days` to 365 or more",
    ),
    soc2=("CC7.2",),
    iso27001=("A.8.15",),
)
