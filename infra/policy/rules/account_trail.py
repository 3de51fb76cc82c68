"""One trail of all regions, validated, encrypted with a key of ours."""

from __future__ import annotations

from infra.policy.rules._account import LAYER, exists
from infra.policy.rules._properties import is_true
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="account-trail",
    title="Everything that is done is written down",
    statements=("1-d", "3.3-d", "8-b"),
    severity=Severity.CRITICAL,
    risk="After an intrusion nobody can say who did what.",
    remedy="Declare one multi-region trail with validation and a key of ours.",
    check=exists(
        ("aws:cloudtrail/trail:Trail",),
        [
            ("isMultiRegionTrail", is_true, False, "it sees one region"),
            ("enableLogFileValidation", is_true, False, "nobody can tell whether its files were changed"),
            ("includeGlobalServiceEvents", is_true, True, "it does not see IAM and STS"),
            ("enableLogging", is_true, True, "it is switched off"),
            ("kmsKeyId", bool, None, "it is not encrypted with a key of ours"),
        ],
        missing="there is no trail of what is done in this account",
        fix="declare a Trail: multi-region, validated, encrypted",
    ),
    soc2=("CC7.2", "CC7.3"),
    iso27001=("A.8.15",),
    cis=("3.1", "3.2", "3.5"),
    layer=LAYER,
)
