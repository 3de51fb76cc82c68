"""Names and positions of WAL, archive listings, the frozen list."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormproof.core.recovery_point import HeldSegment, VaultHoldings
from stormproof.core.wal import (
    SEGMENT_SIZES,
    FrozenList,
    Segment,
    format_lsn,
    parse_lsn,
    parse_segment_name,
    segment_bytes_of,
    segment_name,
    segment_of,
)

MB = 1 << 20
SHA = "0123456789abcdef0123456789abcdef01234567"


@given(st.integers(0, 2**64 - 1))
def test_a_position_survives_being_written_and_read(position: int) -> None:
    assert parse_lsn(format_lsn(position)) == position


@pytest.mark.parametrize("text", ["", "0", "0/", "/5", "0/123456789", "g/0", "0/5000028 "[:-1] + "x"])
def test_anything_else_is_no_position(text: str) -> None:
    with pytest.raises(ValueError, match="not a WAL position"):
        parse_lsn(text)


@pytest.mark.parametrize(
    ("timeline", "number", "size", "name"),
    [
        (1, 5, 16 * MB, "000000010000000000000005"),
        (1, 255, 16 * MB, "0000000100000000000000FF"),
        (1, 256, 16 * MB, "000000010000000100000000"),
        (10, 4, 1024 * MB, "0000000A0000000100000000"),
        (1, 4095, 1 * MB, "000000010000000000000FFF"),
    ],
)
def test_names_follow_the_segment_size(timeline: int, number: int, size: int, name: str) -> None:
    assert segment_name(timeline, number, size) == name
    assert parse_segment_name(name, size) == (timeline, number)


def test_a_name_impossible_for_the_size_is_refused() -> None:
    with pytest.raises(ValueError, match="not the name of a 16777216-byte WAL segment"):
        parse_segment_name("000000010000000000000100")


@given(st.integers(1, 2**32 - 1), st.integers(0, 2**40), st.sampled_from([MB << n for n in range(11)]))
def test_every_segment_name_survives_being_written_and_read(timeline: int, number: int, size: int) -> None:
    number %= (1 << 64) // size
    assert parse_segment_name(segment_name(timeline, number, size), size) == (timeline, number)


def test_a_position_belongs_to_the_segment_that_holds_its_byte() -> None:
    assert [segment_of(p) for p in (0, 16 * MB - 1, 16 * MB)] == [0, 0, 1]


@pytest.mark.parametrize("size", SEGMENT_SIZES)
def test_the_size_is_told_by_a_name_and_a_position_in_it(size: int) -> None:
    position = 3 * size + 40
    name = segment_name(1, segment_of(position, size), size)
    assert segment_bytes_of([(None, None), (name, format_lsn(position))]) == size


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [("000000010000000000000000", "0/28")],  # lower than every size
        [("000000010000000100000000", "1/28")],  # behind a border of all sizes
        [("000000010000000000000003", "0/9000028")],  # fits none
        [("00000002.history", "0/3000028")],
    ],
)
def test_a_size_that_cannot_be_told_is_not_guessed(pairs: list[tuple[str | None, str | None]]) -> None:
    assert segment_bytes_of(pairs) is None


def test_two_ambiguous_ends_may_tell_it_together() -> None:
    start, stop = ("000000010000000100000000", "1/28"), ("000000010000000100000001", "1/1000100")
    assert segment_bytes_of([start, stop]) == 16 * MB


def test_a_whole_segment_is_preferred_to_a_partial_and_a_longer_partial_to_a_shorter() -> None:
    short, longer = Segment(1, 7, "stream", None, 100, True), Segment(1, 7, "stream", None, 200, True)
    whole = Segment(1, 7, "archive", SHA)
    assert FrozenList((short, longer)).allowed() == {"000000010000000000000007": longer}
    assert FrozenList((longer, whole, short)).allowed() == {"000000010000000000000007": whole}


def test_one_name_with_two_contents_is_a_conflict() -> None:
    one, other = Segment(1, 7, "archive", SHA), Segment(1, 7, "archive", SHA[::-1])
    assert FrozenList((one, other, Segment(1, 8, "archive", SHA))).conflicting() == ["000000010000000000000007"]
    assert FrozenList((one, one, Segment(1, 7, "stream", SHA[::-1], 100, True))).conflicting() == []


def test_the_vaults_holdings_become_a_frozen_list() -> None:
    holdings = VaultHoldings(
        frozen_at=datetime(2026, 1, 1, tzinfo=UTC),
        segments=(
            HeldSegment(name="000000010000000000000005", sha1=SHA, source="archive"),
            HeldSegment(name="000000010000000000000006", sha1=SHA, source="stream", length=4096),
            HeldSegment(name="000000010000000000000007", sha1=SHA, source="stream", length=16 * MB),
            HeldSegment(name="00000002.history", sha1=None, source="archive"),
        ),
    )
    assert FrozenList.of(holdings, {2: "x"}).segments == (
        Segment(1, 5, "archive", SHA),
        Segment(1, 6, "stream", SHA, 4096, True),
        Segment(1, 7, "stream", SHA, 16 * MB),
    )
