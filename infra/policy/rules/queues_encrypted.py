"""A queue is encrypted with a key of ours."""

from __future__ import annotations

from infra.policy.rules._properties import own_key
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="queues-encrypted",
    title="Queues are encrypted with a key of ours",
    statements=("3.2-b",),
    severity=Severity.MEDIUM,
    risk="What waits in a queue is data like any other, and often the newest.",
    remedy="Give the queue `kms_master_key_id`.",
    check=own_key(("aws:sqs/queue:Queue",), "kmsMasterKeyId", what="its messages are kept"),
    soc2=("CC6.1",),
    iso27001=("A.8.24",),
)
