"""Instances, images and functions are scanned for known holes."""

from __future__ import annotations

from infra.policy.rules._account import LAYER, exists
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="account-vulnerabilities-scanned",
    title="Known holes are looked for",
    statements=("3.3-b", "11-a"),
    severity=Severity.MEDIUM,
    risk="A hole that everybody knows stays open because nobody looked.",
    remedy="Declare an Enabler for all resource types.",
    check=exists(
        ("aws:inspector2/enabler:Enabler",),
        [
            ("resourceTypes", lambda value: {"EC2", "ECR", "LAMBDA"} <= set(value), (), "it scans {value} alone"),
        ],
        missing="nothing scans for known holes",
        fix="declare an inspector2.Enabler for EC2, ECR and LAMBDA",
    ),
    soc2=("CC7.1",),
    iso27001=("A.8.8",),
    layer=LAYER,
)
