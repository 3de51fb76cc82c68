"""Durations, sizes, instants: what is read, and how each mistake is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormproof.core.units import (
    WrongUnit,
    format_duration,
    format_size,
    parse_duration,
    parse_instant,
    parse_size,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("5m", 300), ("2h", 7200), ("1d", 86400), ("250ms", 0.25), ("1.5h", 5400), ("0s", 0), ("1h30m", 5400), (" 5m ", 300)],
)  # fmt: skip
def test_a_duration_has_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "what", "fix"),
    [
        (300, "'300' has no unit", "write 300s if you mean that; write for example 90s, 5m, 2h or 1d"),
        ("300", "'300' has no unit", "write 300s if you mean that; write for example 90s, 5m, 2h or 1d"),
        (1.5, "'1.5' has no unit", "write 1.5s if you mean that; write for example 90s, 5m, 2h or 1d"),
        (0, "'0' has no unit", "write 0s if you mean that; write for example 90s, 5m, 2h or 1d"),
        ("-5", "'-5' is no duration: it is negative", "write for example 90s, 5m, 2h or 1d"),
        ("5 minutes", "'5 minutes' is no duration", "write for example 90s, 5m, 2h or 1d"),
        ("5min", "'5min' has an unknown unit 'min'", "use one of ms, s, m, h, d; write for example 90s, 5m, 2h or 1d"),
        ("5M", "'5M' has an unknown unit 'M'", "use one of ms, s, m, h, d; write for example 90s, 5m, 2h or 1d"),
        ("30m1h", "'30m1h' names its units out of order or twice", "write large units first, such as 1h30m"),
        ("1h1h", "'1h1h' names its units out of order or twice", "write large units first, such as 1h30m"),
        ("36501d", "'36501d' is longer than 100 years", "give a shorter duration"),
        ("", "'' is no duration", "write for example 90s, 5m, 2h or 1d"),
        (True, "'True' is no duration", "write for example 90s, 5m, 2h or 1d"),
        (None, "nothing is no duration", "write for example 90s, 5m, 2h or 1d"),
        ([], "a list is no duration", "write for example 90s, 5m, 2h or 1d"),
        ("٣s", "'٣s' is no duration", "write for example 90s, 5m, 2h or 1d"),
    ],
)
def test_a_wrong_duration_is_told_with_what_to_write(text: object, what: str, fix: str) -> None:
    with pytest.raises(WrongUnit) as caught:
        parse_duration(text)
    assert (caught.value.what, caught.value.fix) == (what, fix)


@given(st.integers(min_value=0, max_value=10**12).map(lambda micro: timedelta(microseconds=micro)))
def test_a_formatted_duration_reads_back_as_itself(duration: timedelta) -> None:
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize(
    ("text", "size"), [("300MB", 300_000_000), ("2GiB", 2 * 1024**3), ("1.5kB", 1500), ("0B", 0), ("7KB", 7000)]
)
def test_a_size_knows_powers_of_1000_and_of_1024(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (300, "'300' has no unit"),
        ("300mb", "'300mb' has an unknown unit 'mb'"),
        ("1GB500MB", "'1GB500MB' is no size"),
        ("99999999TB", "'99999999TB' is more than any disk holds"),
    ],
)
def test_a_wrong_size_is_told(text: object, what: str) -> None:
    with pytest.raises(WrongUnit) as caught:
        parse_size(text)
    assert caught.value.what == what


@pytest.mark.parametrize(
    ("size", "text"), [(999, "999B"), (1000, "1kB"), (391_100_000, "391.1MB"), (999_950_000, "1GB")]
)
def test_a_size_is_shown_with_three_digits(size: int, text: str) -> None:
    assert format_size(size) == text


def test_an_instant_is_read_into_utc_whatever_its_zone() -> None:
    expected = datetime(2026, 1, 31, 9, tzinfo=UTC)
    for text in ("2026-01-31T09:00:00Z", "2026-01-31 10:00+01:00", "20260131T090000Z"):
        assert parse_instant(text) == expected
    assert parse_instant(datetime(2026, 1, 31, 10, tzinfo=timezone(timedelta(hours=1)))) == expected


@pytest.mark.parametrize(
    ("text", "what", "fix"),
    [
        (
            "2026-01-31T09:00:00",
            "'2026-01-31T09:00:00' has no zone, so it could be any of 38 instants",
            "write 2026-01-31T09:00:00Z for UTC",
        ),
        (
            "2026-01-31",
            "'2026-01-31' has no time of day and no zone",
            "write ISO 8601 with a zone, for example 2026-01-31T09:00:00Z",
        ),
        ("yesterday", "'yesterday' is no instant", "write ISO 8601 with a zone, for example 2026-01-31T09:00:00Z"),
        (5, "'5' is no instant", "write ISO 8601 with a zone, for example 2026-01-31T09:00:00Z"),
        (
            "0001-01-01T00:00:00+23:00",
            "'0001-01-01T00:00:00+23:00' is no instant",
            "write ISO 8601 with a zone, for example 2026-01-31T09:00:00Z",
        ),
    ],
)
def test_an_instant_without_a_zone_is_refused(text: object, what: str, fix: str) -> None:
    with pytest.raises(WrongUnit) as caught:
        parse_instant(text)
    assert (caught.value.what, caught.value.fix) == (what, fix)
