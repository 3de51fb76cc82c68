"""A secret is encrypted with a key of ours."""

from __future__ import annotations

from infra.policy.rules._properties import own_key
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="secrets-encrypted",
    title="Secrets are encrypted with a key of ours",
    statements=("3.2-b", "7-d"),
    severity=Severity.HIGH,
    risk="Whoever may read secrets in the account may read this one; a key of ours says no.",
    remedy="Give the secret `kms_key_id`.",
    check=own_key(("aws:secretsmanager/secret:Secret",), "kmsKeyId", what="it keeps a secret"),
    soc2=("CC6.1", "C1.1"),
    iso27001=("A.8.24",),
)
