"""A log group is encrypted with a key of ours."""

from __future__ import annotations

from infra.policy.rules._properties import own_key
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="logs-encrypted",
    title="Logs are encrypted with a key of ours",
    statements=("3.2-b", "8-b"),
    severity=Severity.MEDIUM,
    risk="Logs hold what people typed; who reads the account reads them all.",
    remedy="Give the group `kms_key_id`, and the key a statement for the logs service bound to the group.",
    check=own_key(("aws:cloudwatch/logGroup:LogGroup",), "kmsKeyId", what="it keeps logs"),
    soc2=("CC6.1", "C1.1"),
    iso27001=("A.8.24",),
)
