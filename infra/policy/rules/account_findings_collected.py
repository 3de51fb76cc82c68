"""Findings of all tools come together."""

from __future__ import annotations

from infra.policy.rules._account import LAYER, exists
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="account-findings-collected",
    title="Findings come together",
    statements=("5-b", "4-a", "1-e"),
    severity=Severity.MEDIUM,
    risk="The finding that mattered stood in a console that nobody opens.",
    remedy="Declare securityhub.Account and a StandardsSubscription.",
    check=exists(
        ("aws:securityhub/account:Account",),
        [],
        missing="findings lie in as many places as there are tools",
        fix="declare a securityhub.Account and its standards",
    ),
    soc2=("CC4.1", "CC7.2"),
    iso27001=("A.5.36",),
    cis=("4.16",),
    layer=LAYER,
)
