"""A key's material is renewed."""

from __future__ import annotations

from collections.abc import Iterator

from infra.policy.rules._properties import demand, is_true
from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule


def _can_rotate(resource: Resource) -> bool:
    """Only symmetric keys for encryption rotate by themselves. Source: KMS, EnableKeyRotation."""
    spec = resource.get("customerMasterKeySpec", "SYMMETRIC_DEFAULT")
    return bool(spec == "SYMMETRIC_DEFAULT" and resource.get("keyUsage", "ENCRYPT_DECRYPT") == "ENCRYPT_DECRYPT")


_ROTATES = demand(
    ("aws:kms/key:Key",), "enableKeyRotation", is_true, default=False,
    said="its material is never renewed", fix="set `enable_key_rotation`", only=_can_rotate,
)  # fmt: skip
# KMS takes up to 2560 days, which is seven years.
_EACH_YEAR = demand(
    ("aws:kms/key:Key",), "rotationPeriodInDays", lambda value: int(value) <= 366, default=365,
    said="its material is renewed every {value} days", fix="leave `rotation_period_in_days` out, or set it to 365",
    only=_can_rotate,
)  # fmt: skip


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    yield from _ROTATES(graph)
    yield from _EACH_YEAR(graph)


RULE = Rule(
    id="kms-rotation",
    title="Keys are rotated",
    statements=("3.2-c",),
    severity=Severity.MEDIUM,
    risk="One leak of old material opens everything that was ever encrypted.",
    remedy="Set `enable_key_rotation`; what is encrypted stays readable.",
    check=_check,
    soc2=("CC6.1",),
    iso27001=("A.8.24",),
    cis=("3.6",),
)
