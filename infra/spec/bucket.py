"""What a bucket is to be: how long it keeps what, and what nobody can delete meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from infra.spec.base import Spec
from infra.spec.settings import DataClass

OLD_VERSIONS_DAYS = 90


class BucketSpec(Spec):
    """One bucket. TLS, public-access block, ownership and encryption are no settings: every bucket has them.

    Args:
        what: the name's middle part, unique within project and environment.
        versioned: keeps what is overwritten and deleted, `old_versions_days` long. False only where nothing is ever
            written twice and a service needs it so.
        object_lock_days: nobody deletes a version for so long. GOVERNANCE: but those with a right to go past it, which
            deploy roles are denied; COMPLIANCE: not even AWS, and it is asked for twice in the settings.
        expire_days: current objects end then; None: they stay.
        expire_prefixes: the same for what lies below a prefix.
        sse_s3: encrypted by S3's own key. For what AWS writes and cannot encrypt with ours: access logs of load balancers
            and of S3 itself (AWS: both support SSE-S3 alone).
        access_logs: S3 writes other buckets' access logs into it.
        backup, rpo, tier: tags by which backup plans select; `backup` "none" needs `backup_reason`.
    """

    what: str
    data_class: DataClass
    versioned: bool = True
    object_lock_days: int | None = Field(default=None, ge=1, le=36500)
    lock_mode: Literal["GOVERNANCE", "COMPLIANCE"] = "GOVERNANCE"
    expire_days: int | None = Field(default=None, ge=1)
    expire_prefixes: Mapping[str, int] = Field(default_factory=dict)
    old_versions_days: int = Field(default=OLD_VERSIONS_DAYS, ge=1)
    sse_s3: bool = False
    access_logs: bool = False
    backup: str | None = None
    backup_reason: str | None = None
    rpo: str | None = None
    tier: str | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.object_lock_days is not None and not self.versioned:
            raise ValueError(f"{self.what}: a lock needs versions: leave `versioned` on")
        if self.access_logs and not self.sse_s3:
            raise ValueError(f"{self.what}: S3 cannot write access logs with a key of ours: set `sse_s3`")
        if self.access_logs and self.object_lock_days is not None:
            raise ValueError(
                f"{self.what}: S3 writes no access logs into a locked bucket: leave `object_lock_days` out"
            )
        if self.backup == "none" and not self.backup_reason:
            raise ValueError(f"{self.what}: say in `backup_reason` why it needs no backup")
        return self
