"""Something looks for what is open to others."""

from __future__ import annotations

from infra.policy.rules._account import LAYER, exists
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="account-analyzer",
    title="Access from outside is looked for",
    statements=("1-a", "7-c"),
    severity=Severity.MEDIUM,
    risk="A policy opens a resource to another account, and nobody knows.",
    remedy="Declare an analyzer of the account or the organisation.",
    check=exists(
        ("aws:accessanalyzer/analyzer:Analyzer",),
        [],
        missing="nothing looks for what this account opens to others",
        fix="declare an accessanalyzer.Analyzer",
    ),
    soc2=("CC6.1",),
    iso27001=("A.5.15",),
    cis=("1.19",),
    layer=LAYER,
)
