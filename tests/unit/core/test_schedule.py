"""Cron's five fields."""

from __future__ import annotations

import pytest

from stormproof.core.schedule import BadSchedule, parse_schedule


def test_lists_ranges_steps_and_names_are_understood() -> None:
    minute, hour, day, month, weekday = parse_schedule("*/20 4,16 1-3 jan-mar mon-fri")
    assert (minute, hour, day, month, weekday) == ({0, 20, 40}, {4, 16}, {1, 2, 3}, {1, 2, 3}, {1, 2, 3, 4, 5})


def test_a_step_from_a_number_runs_to_the_end() -> None:
    assert parse_schedule("50/5 * * * *")[0] == {50, 55}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0 4 * *", "it has 4 fields and not five"),
        ("@daily", "it has 1 field and not five"),
        ("60 4 * * 1", "'60' is no minute: it runs from 0 to 59"),
        ("0 24 * * 1", "'24' is no hour: it runs from 0 to 23"),
        ("0 4 0 * *", "'0' is no day of month: it runs from 1 to 31"),
        ("0 4 * 13 *", "'13' is no month: it runs from 1 to 12"),
        ("0 4 * * 8", "'8' is no day of week: it runs from 0 to 7"),
        ("0 4 * * fri-mon", "'fri-mon' runs backwards in day of week"),
        ("*/0 * * * *", "'*/0' is no minute"),
        ("0 4 * * monday", "'monday' is no day of week: it runs from 0 to 7"),
        ("0 4 30 2 *", "that day does not exist in that month"),
        ("0 4 L * *", "'L' is no day of month: it runs from 1 to 31"),
    ],
)
def test_a_wrong_schedule_says_which_field_and_why(text: str, why: str) -> None:
    with pytest.raises(BadSchedule) as caught:
        parse_schedule(text)
    assert str(caught.value) == why


def test_the_29th_of_february_comes() -> None:
    assert parse_schedule("0 4 29 2 *")
