"""Borders of "is what follows the last record damage?": exactly one header held, a header that just fits its page."""

from __future__ import annotations

import pytest

from stormproof.core.wal import format_lsn
from stormproof.core.wal_crc import crc32c, has_false_length
from stormproof.core.wal_records import (
    PAGE_BYTES,
    RECORD_HEADER_BYTES,
    SHORT_HEADER_BYTES,
    WalEnd,
    _without_headers,
    is_damaged_behind,
    parse_waldump,
)

LAST = 0x2000


def record(total: int, *, prev: int = LAST, length: int = 64) -> bytes:
    """A record's beginning: its length, a transaction, the record before it; the rest is no zero."""
    return (total.to_bytes(4, "little") + b"\1\0\0\0" + prev.to_bytes(8, "little")).ljust(length, b"\7")


def whole_record(data: bytes) -> bytes:
    """A record as PostgreSQL writes it, with its own sum."""
    head = (24 + len(data)).to_bytes(4, "little") + bytes(4) + LAST.to_bytes(8, "little") + bytes(4)
    return head + (crc32c(head, crc32c(data)) ^ 0xFFFFFFFF).to_bytes(4, "little") + data


def end_at(place: int) -> WalEnd:
    return WalEnd(LAST, place, True, "")


@pytest.mark.parametrize(("held", "damaged"), [(RECORD_HEADER_BYTES - 1, False), (RECORD_HEADER_BYTES, True)])
def test_with_less_than_a_header_nothing_can_be_said(held: int, damaged: bool) -> None:
    place = LAST + 64
    assert is_damaged_behind(end_at(place), record(1), place + held) is damaged


def test_a_bare_header_that_flows_over_its_page_and_is_not_whole_was_cut_off() -> None:
    place = LAST + PAGE_BYTES - 16
    assert not is_damaged_behind(end_at(place), record(RECORD_HEADER_BYTES), place + RECORD_HEADER_BYTES)
    whole = place + RECORD_HEADER_BYTES + SHORT_HEADER_BYTES
    assert is_damaged_behind(end_at(place), record(RECORD_HEADER_BYTES), whole)


def test_a_header_that_just_fits_its_page_is_held_against_the_record_before() -> None:
    place = LAST + PAGE_BYTES - RECORD_HEADER_BYTES
    held = place + RECORD_HEADER_BYTES
    assert is_damaged_behind(end_at(place), record(32, prev=0x1000), held)
    assert not is_damaged_behind(end_at(place), record(32), held)


def test_headers_of_pages_are_taken_out_of_a_stretch() -> None:
    """Sixteen bytes to the border, the next page's header, then the rest."""
    stretch = b"a" * 16 + b"H" * SHORT_HEADER_BYTES + b"b" * 8
    assert _without_headers(stretch, LAST + PAGE_BYTES - 16, 16 << 20) == b"a" * 16 + b"b" * 8


@pytest.mark.parametrize("more", [1, 7, 8, 9, 16, 1 << 20])
def test_a_last_record_that_claims_to_be_longer_than_it_is_was_damaged_however_little_it_adds(more: int) -> None:
    """Its own sum fits the bytes that are there."""
    place, whole = LAST + 64, whole_record(b"\5" * 40)
    assert is_damaged_behind(end_at(place), (len(whole) + more).to_bytes(4, "little") + whole[4:], place + len(whole))


def test_a_header_that_is_cut_in_two_by_its_page_is_not_held_against_the_record_before() -> None:
    """Eight bytes before the border stand the length alone; the page's own header follows, and no place of a record."""
    place = LAST + PAGE_BYTES - 8
    split = record(400)[:8] + b"H" * SHORT_HEADER_BYTES + record(400)[8:]
    assert not is_damaged_behind(end_at(place), split, place + 60)


def naming(place: int) -> bytes:
    """The beginning of a record that names `place` as the one before it."""
    return b"\6" * 8 + place.to_bytes(8, "little")


@pytest.mark.parametrize("length", [RECORD_HEADER_BYTES, 64, 800])
@pytest.mark.parametrize("rest", [0, 1, 7])
def test_a_record_that_a_later_one_names_is_damaged_wherever_that_one_begins(length: int, rest: int) -> None:
    place = LAST + 64
    following = record(1 << 20, length=length) + naming(place) + b"\1" * rest
    assert is_damaged_behind(end_at(place), following, place + len(following))


def test_a_records_own_bytes_behind_its_header_are_no_later_record() -> None:
    place = LAST + 64
    following = record(1 << 20)[:RECORD_HEADER_BYTES] + place.to_bytes(8, "little") + b"\1" * 8
    assert not is_damaged_behind(end_at(place), following, place + len(following))


def test_what_the_vault_came_to_hold_later_is_not_looked_at() -> None:
    place = LAST + 64
    following = record(1 << 20) + naming(place)
    assert not is_damaged_behind(end_at(place), following, place + 64)
    assert is_damaged_behind(end_at(place), following, place + len(following))


def test_emptiness_behind_what_was_held_is_no_part_of_the_last_record() -> None:
    place, whole = LAST + 64, whole_record(b"\5" * 40)
    false = (1 << 20).to_bytes(4, "little") + whole[4:]
    assert is_damaged_behind(end_at(place), false + bytes(4096), place + len(false))


@pytest.mark.parametrize(("zeros", "known"), [(255, True), (256, False)])
def test_up_to_255_zeros_at_a_records_end_are_told_from_emptiness(zeros: int, known: bool) -> None:
    held = whole_record(b"\5" * 40 + bytes(zeros))[: RECORD_HEADER_BYTES + 40]
    assert has_false_length((1 << 20).to_bytes(4, "little") + held[4:]) is known


@pytest.mark.parametrize(
    ("end", "named", "clean"),
    [
        (0x6004000, 0x6004000, True),
        (0x6004000, 0x6004000 + SHORT_HEADER_BYTES, True),
        (0x6004000, 0x6004000 - SHORT_HEADER_BYTES, False),
        (0x7000000, 0x7000000 + 40, True),
        (0x7000000, 0x7000000 + SHORT_HEADER_BYTES, False),
    ],
)
def test_emptiness_right_behind_a_page_border_or_its_header_is_a_clean_end(end: int, named: int, clean: bool) -> None:
    last = format_lsn(end - 48)
    line = f"rmgr: Heap        len (rec/tot):     48/    48, tx:        724, lsn: {last}, prev 0/01867B60, desc: INSERT off 3\n"
    said = f"pg_waldump: error: error in WAL record at {last}: invalid record length at {format_lsn(named)}: wanted 24, got 0\n"
    found = parse_waldump(line, said)
    assert found is not None
    assert (found.end, found.clean) == (end, clean)
