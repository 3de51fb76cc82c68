"""The account is held against a standard, continuously."""

from __future__ import annotations

from infra.policy.rules._account import LAYER, exists
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="account-standards-checked",
    title="The account is held against a standard",
    statements=("5-b",),
    severity=Severity.LOW,
    risk="What the benchmarks know, and these rules do not, is found by the auditor.",
    remedy="Declare a StandardsSubscription (AWS Foundational Security Best Practices, CIS).",
    check=exists(
        ("aws:securityhub/standardsSubscription:StandardsSubscription",),
        [("standardsArn", bool, None, "it names no standard")],
        missing="Security Hub holds the account against no standard",
        fix="declare a securityhub.StandardsSubscription",
    ),
    soc2=("CC4.1",),
    iso27001=("A.5.36",),
    cis=("4.16",),
    layer=LAYER,
)
