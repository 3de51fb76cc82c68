"""What a backup plan can promise: the worst RPO of a rule, and whether a vault's lock lets its points be made at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from stormproof.core.infra.aws_schedule import longest_gap

START_WINDOW_MIN = timedelta(minutes=60)  # AWS Backup starts a job within at least an hour of its schedule
CONTINUOUS_DAYS_MAX = 35  # AWS Backup API: continuous backups live at most 35 days
COLD_DAYS_MIN = 90  # AWS Backup API, Lifecycle: a point in cold storage stays there at least 90 days


@dataclass(frozen=True)
class BackupRule:
    """One rule of a plan.

    Args:
        duration, copy_duration: how long a backup and its copy take, as declared; they are part of the worst case.
        delete_after_days: None: kept for ever.
    """

    schedule: str
    start_window: timedelta = timedelta(hours=8)  # AWS's default
    continuous: bool = False
    delete_after_days: int | None = None
    cold_after_days: int | None = None
    duration: timedelta = timedelta(0)
    copy_duration: timedelta = timedelta(0)

    def worst_rpo(self) -> timedelta:
        """The most data that may be lost when the source fails at the worst moment: just before a point is complete.

        Raises: BadSchedule.
        """
        window = max(self.start_window, START_WINDOW_MIN)
        return longest_gap(self.schedule) + window + self.duration + self.copy_duration


@dataclass(frozen=True)
class LockBounds:
    """A vault lock's bounds on how long a point lives, in days; None where it has none."""

    min_days: int | None = None
    max_days: int | None = None

    def problem(self, delete_after_days: int | None) -> str | None:
        """Why a vault with this lock takes no point of that lifetime; None when it does.

        AWS makes no backup at all then, while the plan looks healthy.
        """
        if delete_after_days is None:
            return (
                None
                if self.max_days is None
                else f"it is kept for ever, and the lock allows {self.max_days} days at most"
            )
        if self.min_days is not None and delete_after_days < self.min_days:
            return f"it is kept {delete_after_days} days, and the lock asks for {self.min_days} at least"
        if self.max_days is not None and delete_after_days > self.max_days:
            return f"it is kept {delete_after_days} days, and the lock allows {self.max_days} at most"
        return None
