"""The longest time between two instants of an AWS schedule."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from stormproof.core.infra.aws_schedule import BadSchedule, longest_gap, parse_cron


@pytest.mark.parametrize(
    ("expression", "gap"),
    [
        ("rate(15 minutes)", timedelta(minutes=15)),
        ("rate(1 hour)", timedelta(hours=1)),
        ("rate(2 days)", timedelta(days=2)),
        ("cron(0 5 ? * * *)", timedelta(days=1)),
        ("cron(0 5 * * ? *)", timedelta(days=1)),
        ("cron(0 */6 ? * * *)", timedelta(hours=6)),
        ("cron(15 0/1 ? * * *)", timedelta(hours=1)),
        ("cron(0/15 * * * ? *)", timedelta(minutes=15)),
        ("cron(0 8,12 ? * * *)", timedelta(hours=20)),
        ("cron(0 9-17 ? * MON-FRI *)", timedelta(hours=64)),
        ("cron(0 5 ? * SUN *)", timedelta(days=7)),
        ("cron(0 5 ? * 1 *)", timedelta(days=7)),
        ("cron(0 5 1 * ? *)", timedelta(days=31)),
        ("cron(0 5 L * ? *)", timedelta(days=31)),
        ("cron(0 5 ? * MON#1 *)", timedelta(days=35)),
        ("cron(0 5 ? * 6L *)", timedelta(days=35)),
        ("cron(0 5 1 1,7 ? *)", timedelta(days=184)),
        ("cron(0 5 31 * ? *)", timedelta(days=61)),
    ],
)
def test_the_longest_gap_of_a_schedule(expression: str, gap: timedelta) -> None:
    assert longest_gap(expression) == gap


@pytest.mark.parametrize(
    ("day", "comes"), [(date(2027, 1, 29), True), (date(2027, 1, 30), False), (date(2027, 5, 31), True)]
)
def test_the_last_weekday_of_a_month(day: date, comes: bool) -> None:
    assert parse_cron("cron(0 5 LW * ? *)").comes_on(day) is comes


def test_the_nearest_weekday_stays_within_its_month() -> None:
    schedule = parse_cron("cron(0 5 1W * ? *)")
    assert schedule.comes_on(date(2027, 5, 3))  # the 1st is a Saturday
    assert not schedule.comes_on(date(2027, 4, 30))


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("0 5 * * *", "neither cron"),
        ("cron(0 5 * * *)", "5 fields"),
        ("cron(0 5 * * * *)", "exactly one of day and weekday"),
        ("cron(0 5 ? * ? *)", "exactly one of day and weekday"),
        ("cron(61 5 ? * * *)", "not within 0 to 59"),
        ("cron(0 24 ? * * *)", "not within 0 to 23"),
        ("cron(x 5 ? * * *)", "no number"),
        ("cron(0 5 ? * * 2027)", "ends with the year"),
        ("rate(0 hours)", "never comes"),
        ("rate(5 fortnights)", "neither cron"),
        ("cron(0 5 29 2 ? *)", "less than twice"),
    ],
)
def test_what_is_no_schedule_is_refused_with_its_reason(expression: str, said: str) -> None:
    with pytest.raises(BadSchedule, match=said):
        longest_gap(expression)
