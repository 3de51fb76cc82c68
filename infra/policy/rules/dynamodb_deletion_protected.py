"""A table cannot be deleted by mistake."""

from __future__ import annotations

from infra.policy.rules._properties import demand, is_true
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="dynamodb-deletion-protected",
    title="Tables are protected from deletion",
    statements=("1-b",),
    severity=Severity.HIGH,
    risk="One wrong call, or one wrong name in a program, deletes production.",
    remedy="Set `deletion_protection_enabled`.",
    check=demand(
        ("aws:dynamodb/table:Table",),
        "deletionProtectionEnabled",
        is_true,
        default=False,
        said="it can be deleted by one call",
        fix="set `deletion_protection_enabled`",
        lab_too=False,
    ),
    soc2=("PI1.5",),
    iso27001=("A.8.13",),
)
