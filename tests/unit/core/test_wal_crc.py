"""A record's own checksum tells a damaged length from a record that was cut off on its way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormproof.core.wal_crc import crc32c, has_false_length
from stormproof.core.wal_records import WalEnd, is_damaged_behind

LAST = 0x6002308


def whole(data: bytes, prev: int = LAST) -> bytes:
    """A record as PostgreSQL writes it."""
    head = (24 + len(data)).to_bytes(4, "little") + (731).to_bytes(4, "little") + prev.to_bytes(8, "little") + bytes(4)
    return head + (crc32c(head, crc32c(data)) ^ 0xFFFFFFFF).to_bytes(4, "little") + data


def claiming(record: bytes, length: int) -> bytes:
    return length.to_bytes(4, "little") + record[4:]


def test_the_sum_is_the_published_one() -> None:
    assert crc32c(b"123456789") ^ 0xFFFFFFFF == 0xE3069283


@given(st.binary(min_size=1, max_size=200), st.integers(1, 1 << 20))
def test_a_whole_record_of_another_length_than_it_claims_was_damaged(data: bytes, more: int) -> None:
    record = whole(data)
    assert has_false_length(claiming(record, len(record) + more).rstrip(b"\0").ljust(24, b"\0"))


@given(st.binary(min_size=40, max_size=200), st.integers(1, 15))
def test_a_record_that_was_cut_off_is_none(data: bytes, cut: int) -> None:
    record = whole(data + b"\1" * 16)
    assert not has_false_length(record[:-cut])
    assert not has_false_length(record[: 24 - cut])


@pytest.mark.parametrize("size", [10, 8000, 20_000])  # within a page, over one border, over two
@pytest.mark.parametrize("tail", [b"", b"\0\0\2"])
def test_a_last_record_whose_length_is_damaged_is_seen_over_page_borders(size: int, tail: bytes) -> None:
    end = WalEnd(LAST, 0x6002380, False, "")
    record = claiming(whole(b"x" * size + tail), 1 << 29)
    following, position = b"", end.end
    while record:
        room = 8192 - position % 8192
        following, record = following + record[:room], record[room:]
        position += room
        if record:
            following += b"h" * 24
            position += 24
    assert is_damaged_behind(end, following, end.end + len(following))
    assert not is_damaged_behind(end, following[:-5], end.end + len(following) - 5)
