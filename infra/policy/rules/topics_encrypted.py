"""A topic is encrypted with a key of ours."""

from __future__ import annotations

from infra.policy.rules._properties import own_key
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="topics-encrypted",
    title="Topics are encrypted with a key of ours",
    statements=("3.2-b",),
    severity=Severity.MEDIUM,
    risk="Alarms and events tell an intruder what was noticed.",
    remedy="Give the topic `kms_master_key_id`; AWS's own key keeps other services from publishing anyway.",
    check=own_key(("aws:sns/topic:Topic",), "kmsMasterKeyId", what="it keeps messages"),
    soc2=("CC6.1", "C1.1"),
    iso27001=("A.8.24",),
)
