"""What a recovery's log says, in the words of PostgreSQL 15."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from stormproof.core.recovery_log import RecoveryLog, parse_recovery_log

TO_THE_END = """\
2026-11-23 05:00:00.000 UTC [10] LOG:  starting archive recovery
2026-11-23 05:00:00.100 UTC [10] LOG:  redo starts at 0/5000028
2026-11-23 05:00:00.200 UTC [10] LOG:  consistent recovery state reached at 0/5000100
2026-11-23 05:00:01.000 UTC [10] LOG:  redo done at 0/6FFFFB8 system usage: CPU: user: 0.01 s
2026-11-23 05:00:01.001 UTC [10] LOG:  last completed transaction was at log time 2026-11-23 04:59:58.123456+00
2026-11-23 05:00:01.100 UTC [10] LOG:  selected new timeline ID: 2
"""
TO_A_TARGET = """\
LOG:  starting point-in-time recovery to 2026-11-23 04:59:50.5+00
LOG:  redo starts at 0/5000028
LOG:  recovery stopping before commit of transaction 812, time 2026-11-23 04:59:50.612345+00
LOG:  redo done at 0/6000100
LOG:  last completed transaction was at log time 2026-11-23 04:59:50.401+00
LOG:  selected new timeline ID: 3
"""


def test_a_recovery_to_the_end() -> None:
    assert parse_recovery_log(TO_THE_END) == RecoveryLog(
        last_completed=datetime(2026, 11, 23, 4, 59, 58, 123456, tzinfo=UTC),
        redo_starts="0/5000028",
        redo_done="0/6FFFFB8",
        consistent="0/5000100",
        new_timeline=2,
    )


def test_a_recovery_to_a_target_is_the_newest_in_a_log_that_holds_two() -> None:
    found = parse_recovery_log(TO_THE_END + TO_A_TARGET)
    assert (found.stopped, found.stopped_transaction, found.new_timeline) == ("before", 812, 3)
    assert found.stopped_at == datetime(2026, 11, 23, 4, 59, 50, 612345, tzinfo=UTC)
    assert found.last_completed == datetime(2026, 11, 23, 4, 59, 50, 401000, tzinfo=UTC)


def test_a_target_that_was_not_reached_is_seen() -> None:
    found = parse_recovery_log("FATAL:  recovery ended before configured recovery target was reached\n")
    assert found.ended_before_target


@pytest.mark.parametrize(("zone", "hour"), [("+02", 3), ("+05:30", 23), ("-0330", 8), (" UTC", 5), (" GMT", 5)])
def test_instants_of_any_zone_become_utc(zone: str, hour: int) -> None:
    found = parse_recovery_log(f"last completed transaction was at log time 2026-11-23 05:00:00{zone}\n")
    assert found.last_completed is not None
    assert (found.last_completed.tzinfo, found.last_completed.hour) == (UTC, hour)


@pytest.mark.parametrize("text", ["", "garbage\n", "last completed transaction was at log time 2026-99-23 05:00:00+00"])
def test_what_is_not_there_stays_unknown(text: str) -> None:
    assert parse_recovery_log(text).last_completed is None


@pytest.mark.parametrize("fraction", ["123456", "1234564", "1234569", "123456" + "9" * 90])
def test_an_instant_between_two_microseconds_is_the_one_before(fraction: str) -> None:
    found = parse_recovery_log(f"last completed transaction was at log time 2026-11-23 05:00:00.{fraction}+00\n")
    assert found.last_completed == datetime(2026, 11, 23, 5, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    [
        "selected new timeline ID: {}",
        "recovery stopping before commit of transaction {}, time 2026-11-23 04:59:50+00",
        "recovery stopping after abort of transaction {}, time 2026-11-23 04:59:50+00",
    ],
)
def test_a_number_that_neither_timeline_nor_transaction_can_have_is_not_there(line: str) -> None:
    assert parse_recovery_log(line.format("9" * 5000)) == RecoveryLog()


def test_the_largest_timeline_and_transaction_are_numbers_all_the_same() -> None:
    found = parse_recovery_log(
        "recovery stopping after commit of transaction 4294967295, time 2026-11-23 04:59:50+00\n"
        "selected new timeline ID: 4294967295\n"
    )
    assert (found.stopped_transaction, found.new_timeline) == (4294967295, 4294967295)
