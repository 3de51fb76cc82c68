"""Borders of "is what follows the last record damage?": exactly one header held, a header that just fits its page."""

from __future__ import annotations

import pytest

from stormproof.core.wal_crc import crc32c
from stormproof.core.wal_records import (
    PAGE_BYTES,
    RECORD_HEADER_BYTES,
    SHORT_HEADER_BYTES,
    WalEnd,
    _without_headers,
    is_damaged_behind,
)

LAST = 0x2000


def record(total: int, *, prev: int = LAST, length: int = 64) -> bytes:
    """A record's beginning: its length, a transaction, the record before it; the rest is no zero."""
    return (total.to_bytes(4, "little") + b"\1\0\0\0" + prev.to_bytes(8, "little")).ljust(length, b"\7")


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
    data, place = b"\5" * 40, LAST + 64
    head = (24 + len(data)).to_bytes(4, "little") + bytes(4) + LAST.to_bytes(8, "little") + bytes(4)
    whole = head + (crc32c(head, crc32c(data)) ^ 0xFFFFFFFF).to_bytes(4, "little") + data
    assert is_damaged_behind(end_at(place), (len(whole) + more).to_bytes(4, "little") + whole[4:], place + len(whole))
