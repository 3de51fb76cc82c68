"""AWS knows whom to call about security."""

from __future__ import annotations

from infra.policy.rules._account import LAYER, exists
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="account-security-contact",
    title="AWS knows whom to call",
    statements=("2-d", "15-a"),
    severity=Severity.LOW,
    risk="AWS writes that the account is abused, and nobody of ours reads it.",
    remedy="Declare an AlternativeContact of type SECURITY.",
    check=exists(
        ("aws:account/alternativeContact:AlternativeContact",),
        [
            ("alternateContactType", lambda value: value == "SECURITY", None, "it is a contact for {value}"),
            ("emailAddress", bool, None, "it has no address"),
            ("phoneNumber", bool, None, "it has no telephone"),
        ],
        missing="AWS does not know whom to call about security",
        fix="declare an AlternativeContact of type SECURITY",
    ),
    soc2=("CC1.3", "CC2.3"),
    iso27001=("A.5.2", "A.5.5"),
    cis=("1.1", "1.2"),
    layer=LAYER,
)
