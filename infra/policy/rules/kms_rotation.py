"""A key's material is renewed."""

from __future__ import annotations

from infra.policy.rules._properties import demand, is_true
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import Resource
from stormproof.core.infra.rule import Rule


def _can_rotate(resource: Resource) -> bool:
    """Only symmetric keys for encryption rotate by themselves. Source: KMS, EnableKeyRotation."""
    spec = resource.get("customerMasterKeySpec", "SYMMETRIC_DEFAULT")
    return bool(spec == "SYMMETRIC_DEFAULT" and resource.get("keyUsage", "ENCRYPT_DECRYPT") == "ENCRYPT_DECRYPT")


RULE = Rule(
    id="kms-rotation",
    title="Keys are rotated",
    statements=("3.2-c",),
    severity=Severity.MEDIUM,
    risk="One leak of old material opens everything that was ever encrypted.",
    remedy="Set `enable_key_rotation`; what is encrypted stays readable.",
    check=demand(
        ("aws:kms/key:Key",),
        "enableKeyRotation",
        is_true,
        default=False,
        said="its material is never renewed",
        fix="set `enable_key_rotation`",
        only=_can_rotate,
    ),
    soc2=("CC6.1",),
    iso27001=("A.8.24",),
    cis=("3.6",),
)
