"""Vaults of one environment and their locks."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from infra.spec.base import Spec
from stormproof.core.infra.backup_arithmetic import LockBounds

CHANGEABLE_DAYS_MIN = 3  # AWS: PutBackupVaultLockConfiguration, the time to think again
AIR_GAPPED_DAYS_MIN = 7  # AWS: CreateLogicallyAirGappedBackupVault


class Vault(StrEnum):
    """Where points lie. Values are part of the vaults' names: `PROJECT-ENVIRONMENT-primary`."""

    PRIMARY = "primary"
    RECOVERY = "recovery"
    VAULT = "vault"
    AIR_GAPPED = "air-gap"


class LockSpec(Spec):
    """One vault's lock. A governance lock: who has the right can take it away again, and no deploy role has it.

    Args:
        min_days, max_days: no point may live shorter or longer; AWS makes none outside of them.
        changeable_for_days: set, it makes a compliance lock: after these days nobody, AWS included, can take it away, and
            all it keeps is paid for until its time is over. Needs `acknowledgeComplianceLock`. None: governance.
    """

    min_days: int = Field(default=7, ge=1)
    max_days: int = Field(default=400, le=36_500)
    changeable_for_days: int | None = Field(default=None, ge=CHANGEABLE_DAYS_MIN)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min_days > self.max_days:
            raise ValueError(f"minDays {self.min_days} is more than maxDays {self.max_days}: nothing would be kept")
        return self

    @property
    def bounds(self) -> LockBounds:
        return LockBounds(self.min_days, self.max_days)


class AirGappedSpec(Spec):
    """A logically air-gapped vault in the vault layer's account: kept by AWS apart from it, and compliance-locked.

    Buys: backups that survive whoever owns the account they lie in. Costs about US$ 0.05 to 0.10 a GB and month beside the
    other copies, and cannot be made undone. Cheaper: leave it out; the vault account's locked vault is what remains.

    Args:
        min_days, max_days: no point may live shorter or longer in it.
    """

    min_days: int = Field(default=30, ge=AIR_GAPPED_DAYS_MIN)
    max_days: int = Field(default=400, le=36_500)

    @property
    def bounds(self) -> LockBounds:
        return LockBounds(self.min_days, self.max_days)


class LocksSpec(Spec):
    """One lock for each vault."""

    primary: LockSpec = LockSpec()
    recovery: LockSpec = LockSpec()
    vault: LockSpec = LockSpec(min_days=30)
