"""Where the last complete record ends, from pg_waldump's words (15.18) and the arithmetic of pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormproof.core.wal_records import WalEnd, is_damaged_behind, parse_waldump, record_end, segment_end

S = 16 << 20


def line(lsn: str, total: int, manager: str = "Heap", what: str = "INSERT") -> str:
    return f"rmgr: {manager:<11} len (rec/tot): {total:6d}/{total:6d}, tx:        724, lsn: {lsn}, prev 0/01867B60, desc: {what} off 3\n"


@pytest.mark.parametrize(
    ("position", "total", "end"),
    [
        (0x28 + S, 49, S + 0x28 + 56),  # padded to a multiple of 8
        (0x28 + S, 48, S + 0x28 + 48),
        (S + 8192 - 8, 24, S + 8192 + 24 + 16),  # flows over a page's border: its short header is stepped over
        (S + 8192 - 48, 48, S + 8192),  # ends exactly at the border
        (2 * S - 8, 24, 2 * S + 40 + 16),  # flows into the next segment: its long header
        (S + 40, 3 * 8192, S + 3 * 8192 + 40 + 3 * 24),  # over three borders
    ],
)
def test_a_record_ends_behind_its_bytes_and_the_headers_between(position: int, total: int, end: int) -> None:
    assert record_end(position, total) == end


@given(st.integers(0, 4 * S // 8).map(lambda n: n * 8), st.integers(1, 200_000))
def test_a_longer_record_never_ends_earlier(position: int, total: int) -> None:
    if position % 8192 == 0:
        position += 40
    assert position < record_end(position, total) <= record_end(position, total + 1)


def test_the_end_that_pg_waldump_names_is_the_end_that_is_computed() -> None:
    said = "pg_waldump: error: error in WAL record at 0/18683E8: invalid record length at 0/1868460: wanted 24, got 0\n"
    found = parse_waldump(line("0/01867F88", 1093) + line("0/018683E8", 114, "XLOG", "CHECKPOINT_SHUTDOWN"), said)
    assert found == WalEnd(0x18683E8, 0x1868460, True, "invalid record length at 0/1868460: wanted 24, got 0")


def test_a_place_where_no_record_can_begin_is_not_taken_for_one() -> None:
    with pytest.raises(ValueError, match="no record begins at 0/07002"):
        parse_waldump(line("0/07002", 54), "")


def test_newer_versions_word_it_otherwise() -> None:
    said = "pg_waldump: error: error in WAL record at 0/18683E8: invalid record length at 0/1868460: expected at least 24, got 0\n"
    found = parse_waldump(line("0/018683E8", 114), said)
    assert found is not None
    assert found.clean


def test_a_switch_ends_at_its_segments_end() -> None:
    assert parse_waldump(line("0/06002308", 24, "XLOG", "SWITCH"), "") == WalEnd(0x6002308, 0x7000000, True, "")


def test_a_switch_right_before_the_end_stays_in_its_segment() -> None:
    assert segment_end(0x7000000) == 0x7000000
    assert segment_end(0x7000001) == 0x8000000


def test_other_words_mean_that_only_the_digest_can_tell() -> None:
    said = "pg_waldump: error: error in WAL record at 0/6002308: incorrect resource manager data checksum in record at 0/6002388\n"
    found = parse_waldump(line("0/06002308", 114), said)
    assert found == WalEnd(
        0x6002308, 0x6002380, False, "incorrect resource manager data checksum in record at 0/6002388"
    )


def test_emptiness_elsewhere_than_behind_the_last_record_is_not_clean() -> None:
    said = "pg_waldump: error: error in WAL record at 0/6002308: invalid record length at 0/6009999: wanted 24, got 0\n"
    found = parse_waldump(line("0/06002308", 114), said)
    assert found is not None
    assert not found.clean


def test_no_record_is_no_end() -> None:
    assert parse_waldump("", "pg_waldump: fatal: could not find a valid record after 0/6000000\n") is None


@pytest.mark.parametrize(
    ("lsn", "total", "text", "clean"),
    [
        ("0/06001FD0", 48, "invalid magic number 0000 in log segment 000000010000000000000006, offset 8192", True),
        ("0/06001FD0", 48, "invalid magic number D10D in log segment 000000010000000000000006, offset 8192", False),
        ("0/06001F00", 48, "invalid magic number 0000 in log segment 000000010000000000000006, offset 8192", False),
    ],
)
def test_an_empty_page_is_clean_only_behind_a_record_that_ends_at_its_border(
    lsn: str, total: int, text: str, clean: bool
) -> None:
    found = parse_waldump(line(lsn, total), f"pg_waldump: error: error in WAL record at {lsn}: {text}\n")
    assert found is not None
    assert found.clean is clean


LAST = WalEnd(0x6002308, 0x6002380, False, "incorrect resource manager data checksum in record at 0/6002380")


def record(total: int, prev: int = LAST.last) -> bytes:
    return total.to_bytes(4, "little") + bytes(4) + prev.to_bytes(8, "little") + b"x" * 48


@pytest.mark.parametrize(
    ("following", "held_until", "damaged"),
    [
        (record(114), 0x6002380 + 114, True),  # all of it is there, and it cannot be read
        (record(114), 0x6009999, True),
        (record(114), 0x6002380 + 90, False),  # it was cut off on its way
        (record(9000), 0x6002380 + 9000, False),  # one page header lies within: 24 bytes are still missing
        (record(9000), 0x6002380 + 9024, True),
        (record(114), 0x6002380 + 3, False),  # not even its header came
        (record(1 << 30), 0x6009999, False),
        (record(1 << 30, prev=LAST.last + 8), 0x6009999, True),  # it does not follow the last one
        (record(1 << 29) + record(48, prev=0x6002380), 0x6009999, True),  # its length is damaged: the next one names it
        (bytes(64), 0x6009999, True),  # a hole, and more behind it
        (bytes(64), 0x6002380, False),
    ],
)
def test_what_follows_the_last_readable_record_is_damage_when_it_is_whole(
    following: bytes, held_until: int, damaged: bool
) -> None:
    assert is_damaged_behind(LAST, following, held_until) is damaged


def test_behind_a_page_border_the_record_begins_after_the_pages_header() -> None:
    end = WalEnd(LAST.last, 0x6004000, False, "")
    assert is_damaged_behind(end, bytes(24) + record(114), 0x6004000 + 24 + 114)
    assert not is_damaged_behind(end, bytes(24) + record(114), 0x6004000 + 24)
