"""One rung of a backup class: when, how long it is kept, and what is copied where. Data; the arithmetic is the core's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from infra.spec.base import Spec
from infra.spec.vaults import Vault
from stormproof.core.infra.aws_schedule import BadSchedule, longest_gap
from stormproof.core.infra.backup_arithmetic import (
    COLD_DAYS_MIN,
    CONTINUOUS_DAYS_MAX,
    START_WINDOW_MIN,
    BackupRule,
)
from stormproof.core.units import Duration, format_duration

# AWS Backup, continuous backups of S3: the newest restorable time lies at most 15 minutes back.
CONTINUOUS_RPO = timedelta(minutes=15)


class Destination(StrEnum):
    """Where a rung's points are copied to. Each is another region, and in production another account.

    That is one step for AWS Backup. For databases AWS came to it late (until 2025 a snapshot of RDS took a region or an account
    in one copy, not both): where a region has it not yet, the copy job fails, and is told (`copies-failed`).
    """

    RECOVERY = "recovery"  # beside the recovery environment: restored from at once
    VAULT = "vault"  # apart from everybody: restored from when the rest is gone
    AIR_GAPPED = "airGapped"  # the same, kept by AWS outside of the account

    @property
    def vault(self) -> Vault:
        return Vault.AIR_GAPPED if self is Destination.AIR_GAPPED else Vault(self.value)


class Rung(Spec):
    """When points are made, and how long they live.

    Args:
        schedule: as AWS writes it, in UTC: `cron(0 5 ? * * *)`.
        start_window: how late a job may start; AWS takes an hour at least.
        completion_window: how long it may run from then on; AWS ends it afterwards.
        keep_days: how long a point lives in the primary vault.
        cold_after_days: into cold storage then: about a fifth of the price, for EFS and DynamoDB; restoring takes hours
            and costs, and 90 days are paid for at least. None: stays warm.
        continuous: any point in time of the last `keep_days`, at most 35; for S3. Its copies are snapshots.
        copies: destination -> days. Storage and transfer are paid for each: about US$ 0.05 and 0.02 a GB.
    """

    schedule: str
    start_window: Duration = START_WINDOW_MIN
    completion_window: Duration = timedelta(hours=8)
    keep_days: int = Field(ge=1)
    cold_after_days: int | None = Field(default=None, ge=1)
    continuous: bool = False
    copies: Mapping[Destination, int] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _takes(self) -> Self:
        try:
            longest_gap(self.schedule)
        except BadSchedule as error:
            raise ValueError(f"schedule: {error}") from None
        if self.start_window < START_WINDOW_MIN:
            raise ValueError(f"startWindow: {format_duration(self.start_window)} is below the hour that AWS asks for")
        if self.completion_window <= timedelta(0):
            raise ValueError("completionWindow: a job needs time to run")
        if self.continuous and self.keep_days > CONTINUOUS_DAYS_MAX:
            raise ValueError(
                f"keepDays: continuous backups live {CONTINUOUS_DAYS_MAX} days at most, not {self.keep_days}"
            )
        if self.cold_after_days is not None and (
            self.continuous or self.keep_days < self.cold_after_days + COLD_DAYS_MIN
        ):
            raise ValueError(
                f"coldAfterDays: what goes cold after {self.cold_after_days} days is no continuous backup, and is kept "
                f"{self.cold_after_days + COLD_DAYS_MIN} days at least"
            )
        return self

    def worst_rpo(self, backup_duration: timedelta, copy_duration: timedelta) -> timedelta:
        """The most that may be lost. Raises BadSchedule."""
        return CONTINUOUS_RPO if self.continuous else self.worst_rpo_of_copies(backup_duration, copy_duration)

    def worst_rpo_of_copies(self, backup_duration: timedelta, copy_duration: timedelta) -> timedelta:
        """The same when only copies are left: those of a continuous backup are snapshots. Raises BadSchedule."""
        return BackupRule(
            self.schedule, start_window=self.start_window, duration=backup_duration, copy_duration=copy_duration
        ).worst_rpo()


def default_rungs() -> dict[str, Rung]:
    """Copies of each go to the recovery environment, to be restored from; the long-lived ones to the vault as well."""
    near, far = Destination.RECOVERY, Destination.VAULT
    return {
        "continuous": Rung(
            schedule="cron(0 0 ? * * *)", keep_days=CONTINUOUS_DAYS_MAX, continuous=True, copies={near: 35, far: 35}
        ),
        "hourly": Rung(
            schedule="cron(0 * ? * * *)", completion_window=timedelta(hours=2), keep_days=7, copies={near: 7}
        ),
        "daily": Rung(schedule="cron(0 1 ? * * *)", keep_days=35, copies={near: 35, far: 35}),
        "weekly": Rung(schedule="cron(0 3 ? * SUN *)", keep_days=90, copies={far: 90}),
        "monthly": Rung(schedule="cron(0 5 1 * ? *)", keep_days=366, copies={far: 366}),
    }
