"""A database is encrypted with a key of ours."""

from __future__ import annotations

from infra.policy.rules._properties import encrypted_with_own_key
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

TYPES = (
    "aws:rds/instance:Instance",
    "aws:rds/cluster:Cluster",
    "aws:docdb/cluster:Cluster",
    "aws:neptune/cluster:Cluster",
)
_check = encrypted_with_own_key(
    TYPES,
    "storageEncrypted",
    said="its storage is not encrypted",
    fix="set `storage_encrypted`, and a key",
)

RULE = Rule(
    id="rds-encrypted",
    title="Databases are encrypted with a key of ours",
    statements=("3.2-b", "1-a"),
    severity=Severity.CRITICAL,
    risk="Who gets a copy of the disk or of a snapshot reads everything, and no key of ours can be taken away from them.",
    remedy="Set `storage_encrypted` and `kms_key_id`; a database cannot be encrypted later in place.",
    check=_check,
    soc2=("CC6.1", "C1.1"),
    iso27001=("A.8.24",),
    cis=("2.2.1",),
)
