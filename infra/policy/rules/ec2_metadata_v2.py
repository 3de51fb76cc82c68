"""An instance answers questions about itself only to who holds a token (IMDSv2)."""

from __future__ import annotations

from infra.policy.rules._properties import demand
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="ec2-metadata-v2",
    title="Instances ask for a token (IMDSv2)",
    statements=("3.1-b", "7-a"),
    severity=Severity.HIGH,
    risk="A page that can be made to fetch an address hands out the instance's credentials.",
    remedy="Set `http_tokens: required` everywhere.",
    check=demand(
        ("aws:ec2/instance:Instance", "aws:ec2/launchTemplate:LaunchTemplate"),
        "metadataOptions.httpTokens",
        lambda value: value == "required",
        default=None,
        said="its metadata service answers without a token",
        fix="set `metadata_options.http_tokens` to required",
    ),
    soc2=("CC6.1",),
    iso27001=("A.8.9",),
    cis=("5.7",),
)
