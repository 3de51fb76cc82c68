"""Something looks for intruders."""

from __future__ import annotations

from infra.policy.rules._account import LAYER, exists
from infra.policy.rules._properties import is_true
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="account-threat-detection",
    title="Something looks for intruders",
    statements=("8-a", "4-a"),
    severity=Severity.HIGH,
    risk="Stolen credentials are used for months before anybody notices.",
    remedy="Declare a detector in every allowed region.",
    check=exists(
        ("aws:guardduty/detector:Detector",),
        [
            ("enable", is_true, True, "it is switched off"),
        ],
        missing="nothing looks for intruders in this account",
        fix="declare a guardduty.Detector in every allowed region",
    ),
    soc2=("CC7.1", "CC7.2"),
    iso27001=("A.8.16",),
    layer=LAYER,
)
