"""Where the last complete record of a segment ends, read from what pg_waldump prints.

Source of the page arithmetic: PostgreSQL's xlog_internal.h and xlogreader.c. A page is 8 kB; its header takes 24 bytes,
40 on a segment's first page; records start at multiples of 8 and flow over page borders around the headers.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from stormproof.core.wal import SEGMENT_BYTES, format_lsn, parse_lsn
from stormproof.core.wal_crc import has_false_length

PAGE_BYTES = 8192
SHORT_HEADER_BYTES = 24
LONG_HEADER_BYTES = 40
ALIGNMENT = 8
RECORD_HEADER_BYTES = 24
FOLLOWING_BYTES = 128 * 1024  # of what follows a record, to judge it: the record behind it begins within, as a rule

_RECORD = re.compile(
    r"^rmgr: (?P<manager>\S+)\s+len \(rec/tot\):\s*\d+/\s*(?P<total>\d+), tx:\s*\d+, "
    r"lsn: (?P<lsn>[0-9A-F]+/[0-9A-F]+), prev [0-9A-F]+/[0-9A-F]+, desc: (?P<what>\S+)",
    re.MULTILINE,
)
_ERROR = re.compile(
    r"^pg_waldump: (?:fatal|error): (?:error in WAL record at (?P<after>[0-9A-F]+/[0-9A-F]+): )?(?P<text>.*)$",
    re.MULTILINE,
)
_EMPTY = re.compile(r"invalid record length at (?P<at>[0-9A-F]+/[0-9A-F]+): (?:wanted|expected at least) \d+, got 0\Z")


@dataclass(frozen=True, slots=True)
class WalEnd:
    """`end` is the position after the last complete record: what PostgreSQL writes into the next timeline's history.

    `last` is that record's own position. `clean` says that nothing follows it but emptiness or the end of the segment;
    otherwise `why` holds the reader's words, and only the segment's digest can tell damage from an unfinished record.
    """

    last: int
    end: int
    clean: bool
    why: str


def _header_bytes(position: int, segment_bytes: int) -> int:
    return LONG_HEADER_BYTES if position % segment_bytes == 0 else SHORT_HEADER_BYTES


def record_end(position: int, total_bytes: int, segment_bytes: int = SEGMENT_BYTES) -> int:
    """The aligned position after a record of `total_bytes` that starts at `position`, headers stepped over."""
    assert position % ALIGNMENT == 0, f"records are aligned: {format_lsn(position)}"
    assert total_bytes > 0, "a record has a length"
    left = total_bytes
    while True:
        if position % PAGE_BYTES == 0:
            position += _header_bytes(position, segment_bytes)
        room = PAGE_BYTES - position % PAGE_BYTES
        if left <= room:
            position += left
            return (position + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT
        left -= room
        position += room


def segment_end(position: int, segment_bytes: int = SEGMENT_BYTES) -> int:
    """The first position after the segment that holds the byte before `position`."""
    return -(-position // segment_bytes) * segment_bytes


def is_damaged_behind(end: WalEnd, following: bytes, held_until: int, segment_bytes: int = SEGMENT_BYTES) -> bool:
    """Whether a whole record follows the last one that could be read: damage. False for one that was cut off on its way.

    For WAL that no digest vouches for (a stream's): the server itself takes both for the end of the log.

    Args:
        following: the bytes from `end.end` on, up to FOLLOWING_BYTES of them.
        held_until: the position behind the last byte that the vault held and that is not zero.
    """
    start = end.end + (_header_bytes(end.end, segment_bytes) if end.end % PAGE_BYTES == 0 else 0)
    if held_until < start + RECORD_HEADER_BYTES:
        return False
    record = following[start - end.end :]
    total = int.from_bytes(record[:4], "little")
    if total < RECORD_HEADER_BYTES:
        return True  # something follows, and no record begins it
    header_is_whole = PAGE_BYTES - start % PAGE_BYTES >= RECORD_HEADER_BYTES
    if header_is_whole and int.from_bytes(record[8:16], "little") != end.last:
        return True  # it does not name the record before it
    # The next record begins behind this one's header at the earliest, and names this one 8 bytes into its own.
    behind = following[start - end.end + RECORD_HEADER_BYTES + 8 : held_until - end.end]
    if any(word == start for (word,) in struct.iter_unpack("<Q", behind[: len(behind) // 8 * 8])):
        return True  # another record stands behind it and names it, whatever length it claims to have
    if record_end(start, total, segment_bytes) <= -(-held_until // ALIGNMENT) * ALIGNMENT:
        return True  # all of it was held
    held = following[start - end.end : held_until - end.end]
    return has_false_length(_without_headers(held, start, segment_bytes))


def _without_headers(stretch: bytes, position: int, segment_bytes: int) -> bytes:
    """The bytes from `position` on (behind its own page's header) without the headers of the pages that follow."""
    parts = []
    while stretch:
        room = PAGE_BYTES - position % PAGE_BYTES
        parts.append(stretch[:room])
        position += room
        stretch = stretch[room + _header_bytes(position, segment_bytes) :]
        position += _header_bytes(position, segment_bytes)
    return b"".join(parts)


def parse_waldump(stdout: str, stderr: str, segment_bytes: int = SEGMENT_BYTES) -> WalEnd | None:
    """The end of the last complete record in pg_waldump's output; None when it printed no record.

    A switch record ends at its segment's end. A last record that flows into a segment that is not there is not printed
    by pg_waldump, so the answer is then where it starts. Raises ValueError: it names a place where no record can begin.
    """
    records = list(_RECORD.finditer(stdout))
    if not records:
        return None
    record = records[-1]
    last = parse_lsn(record["lsn"])
    if last % ALIGNMENT:
        raise ValueError(f"no record begins at {record['lsn']}")
    end = record_end(last, int(record["total"]), segment_bytes)
    if record["manager"] == "XLOG" and record["what"] == "SWITCH":
        end = segment_end(end, segment_bytes)
    error = _ERROR.search(stderr)
    if error is None:
        return WalEnd(last, end, True, "")
    text = error["text"].strip()
    empty = _EMPTY.search(text)
    # "got 0" where the next record would start: nothing was written there yet. Behind a page border the reader names
    # the position after that page's header.
    clean = empty is not None and parse_lsn(empty["at"]) in (end, end + _header_bytes(end, segment_bytes))
    clean = clean or ("invalid magic number 0000" in text and end % PAGE_BYTES == 0)
    return WalEnd(last, end, clean, text)
