"""A backup vault is encrypted with a key of ours."""

from __future__ import annotations

from infra.policy.rules._properties import own_key
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="vaults-encrypted",
    title="Vaults are encrypted with a key of ours",
    statements=("9-b", "3.2-b"),
    severity=Severity.HIGH,
    risk="With AWS's own key a backup cannot be copied to another account, and nobody of ours decides who reads it.",
    remedy="Give the vault a key of its own, apart from the key of what it keeps.",
    check=own_key(("aws:backup/vault:Vault",), "kmsKeyArn", what="it keeps backups"),
    soc2=("CC6.1", "C1.1"),
    iso27001=("A.8.24",),
)
