"""A file system is encrypted with a key of ours."""

from __future__ import annotations

from infra.policy.rules._properties import encrypted_with_own_key
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

FILE_SYSTEMS = ("aws:efs/fileSystem:FileSystem",)
_check = encrypted_with_own_key(
    FILE_SYSTEMS,
    "encrypted",
    said="it is not encrypted, and cannot be later",
    fix="set `encrypted` and `kms_key_id`",
)

RULE = Rule(
    id="efs-encrypted",
    title="File systems are encrypted with a key of ours",
    statements=("3.2-b", "1-a"),
    severity=Severity.HIGH,
    risk="Who gets at the disks or at a backup reads every file.",
    remedy="Set `encrypted` and `kms_key_id`; a file system cannot be encrypted later in place.",
    check=_check,
    soc2=("CC6.1", "C1.1"),
    iso27001=("A.8.24",),
    cis=("2.3.1",),
)
