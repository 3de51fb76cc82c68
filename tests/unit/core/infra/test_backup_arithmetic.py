"""What a backup rule can promise."""

from __future__ import annotations

from datetime import timedelta

import pytest

from stormproof.core.infra.backup_arithmetic import BackupRule, LockBounds

HOURLY = "cron(0 * * * ? *)"


def test_an_hourly_rule_cannot_promise_an_hour() -> None:
    assert BackupRule(HOURLY, start_window=timedelta(minutes=60)).worst_rpo() == timedelta(hours=2)


def test_the_start_window_counts_at_least_an_hour_whatever_is_declared() -> None:
    assert BackupRule(HOURLY, start_window=timedelta(minutes=5)).worst_rpo() == timedelta(hours=2)


def test_the_default_start_window_is_eight_hours() -> None:
    assert BackupRule("cron(0 5 * * ? *)").worst_rpo() == timedelta(hours=32)


def test_a_backup_and_its_copy_take_their_time() -> None:
    rule = BackupRule(
        HOURLY, start_window=timedelta(hours=1), duration=timedelta(minutes=20), copy_duration=timedelta(minutes=40)
    )
    assert rule.worst_rpo() == timedelta(hours=3)


@pytest.mark.parametrize(
    ("lock", "days", "said"),
    [
        (LockBounds(7, 365), 7, None),
        (LockBounds(7, 365), 365, None),
        (LockBounds(7, 365), 6, "at least"),
        (LockBounds(7, 365), 366, "at most"),
        (LockBounds(7, 365), None, "for ever"),
        (LockBounds(7, None), None, None),
        (LockBounds(), 1, None),
    ],
)
def test_a_lifetime_within_a_lock(lock: LockBounds, days: int | None, said: str | None) -> None:
    problem = lock.problem(days)
    assert (problem is None) if said is None else (problem is not None and said in problem)
