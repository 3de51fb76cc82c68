"""New disks are encrypted whatever who makes them says."""

from __future__ import annotations

from infra.policy.rules._account import LAYER, exists
from infra.policy.rules._properties import is_true
from stormproof.core.finding import Severity
from stormproof.core.infra.rule import Rule

RULE = Rule(
    id="account-disks-encrypted",
    title="Disks are encrypted by default",
    statements=("3.2-b",),
    severity=Severity.HIGH,
    risk="A disk that somebody made in a hurry is readable for ever, its snapshots too.",
    remedy="Declare EncryptionByDefault in every region, with a DefaultKmsKey.",
    check=exists(
        ("aws:ebs/encryptionByDefault:EncryptionByDefault",),
        [
            ("enabled", is_true, True, "it is switched off"),
        ],
        missing="new disks are not encrypted unless somebody says so",
        fix="declare an EncryptionByDefault",
    ),
    soc2=("CC6.1",),
    iso27001=("A.8.24",),
    cis=("5.1.1",),
    layer=LAYER,
)
