"""Names and places in PostgreSQL's write-ahead log: positions (LSN), timelines, segment files, the frozen list.

Source: PostgreSQL's xlog_internal.h (XLogFileName, XLogSegmentsPerXLogId).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from stormproof.core.recovery_point import VaultHoldings

SEGMENT_BYTES = 16 * 1024 * 1024  # PostgreSQL's default
SEGMENT_SIZES = tuple(1 << power for power in range(20, 31))  # what initdb --wal-segsize gives: 1 MB to 1 GB

_SEGMENT = re.compile(r"([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})\Z")
_LSN = re.compile(r"([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})\Z")


def parse_lsn(text: str) -> int:
    """'0/5000028' as a byte position. Raises ValueError with the text when it is not an LSN."""
    match = _LSN.match(text.strip())
    if match is None:
        raise ValueError(f"not a WAL position: {text.strip()!r}")
    return int(match[1], 16) << 32 | int(match[2], 16)


def format_lsn(position: int) -> str:
    """A byte position as PostgreSQL prints it: '0/5000028'."""
    return f"{position >> 32:X}/{position & 0xFFFFFFFF:X}"


def segment_name(timeline: int, number: int, segment_bytes: int = SEGMENT_BYTES) -> str:
    """The file that holds segment `number` (position divided by segment size) of a timeline."""
    per_id = 0x1_0000_0000 // segment_bytes
    return f"{timeline:08X}{number // per_id:08X}{number % per_id:08X}"


def parse_segment_name(name: str, segment_bytes: int = SEGMENT_BYTES) -> tuple[int, int]:
    """Timeline and number of a segment's file name. Raises ValueError for any other name."""
    match = _SEGMENT.match(name)
    per_id = 0x1_0000_0000 // segment_bytes
    if match is None or int(match[3], 16) >= per_id:
        raise ValueError(f"not the name of a {segment_bytes}-byte WAL segment: {name!r}")
    return int(match[1], 16), int(match[2], 16) * per_id + int(match[3], 16)


def segment_of(position: int, segment_bytes: int = SEGMENT_BYTES) -> int:
    """The number of the segment that holds the byte at `position`."""
    return position // segment_bytes


def segment_bytes_of(places: Iterable[tuple[str | None, str | None]]) -> int | None:
    """The size of a cluster's segments, from pairs of a segment's name and a position (LSN text) in it.

    None where the pairs do not tell: no pair is whole, or each position is lower than every size or right behind a border
    of all of them. `segment_bytes` of a restored cluster's pg_control tells always; this is for before there is one.
    """
    fitting = set(SEGMENT_SIZES)
    for name, lsn in places:
        if name is None or lsn is None or _SEGMENT.match(name) is None:
            continue
        fitting &= {size for size in SEGMENT_SIZES if _holds(name, parse_lsn(lsn), size)}
    return fitting.pop() if len(fitting) == 1 else None


def _holds(name: str, position: int, segment_bytes: int) -> bool:
    try:
        return parse_segment_name(name, segment_bytes)[1] == segment_of(position, segment_bytes)
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment that the vault holds. `length` is in bytes and shorter than a segment for a partial one."""

    timeline: int
    number: int
    source: Literal["archive", "stream"] = "archive"
    sha1: str | None = None  # of the plain bytes; None where the listing does not tell (a stream's open segment)
    length: int | None = None  # None: whole
    partial: bool = False

    def name(self, segment_bytes: int = SEGMENT_BYTES) -> str:
        return segment_name(self.timeline, self.number, segment_bytes)


@dataclass(frozen=True, slots=True)
class FrozenList:
    """What the vault held of one cluster's WAL at t_fail. Recovery may use nothing else (DESIGN.md, the stopwatch).

    `histories` maps a timeline to the text of its history file (timeline 1 has none).
    """

    segments: tuple[Segment, ...]
    histories: Mapping[int, str] = field(default_factory=dict)
    segment_bytes: int = SEGMENT_BYTES

    @classmethod
    def of(
        cls, holdings: VaultHoldings, histories: Mapping[int, str], segment_bytes: int = SEGMENT_BYTES
    ) -> FrozenList:
        """The vault's list at t_fail; `histories` holds the texts of the history files on it."""
        segments: list[Segment] = []
        for held in holdings.segments:
            try:
                timeline, number = parse_segment_name(held.name, segment_bytes)
            except ValueError:
                continue  # a history file
            open_still = held.length is not None and held.length < segment_bytes
            segments.append(Segment(timeline, number, held.source, held.sha1, held.length, open_still))
        return cls(tuple(segments), histories, segment_bytes)

    def allowed(self) -> dict[str, Segment]:
        """Segment file name -> the best copy: a whole one before a partial one, a longer partial before a shorter."""
        best: dict[str, Segment] = {}
        for segment in self.segments:
            name = segment.name(self.segment_bytes)
            if name not in best or _worth(segment, self.segment_bytes) > _worth(best[name], self.segment_bytes):
                best[name] = segment
        return best

    def conflicting(self) -> list[str]:
        """Names that the archive holds twice with different digests: somebody wrote two histories into one vault."""
        seen: dict[tuple[str, bool], set[str]] = {}
        for segment in self.segments:
            if segment.sha1:
                seen.setdefault((segment.name(self.segment_bytes), segment.partial), set()).add(segment.sha1)
        return sorted({name for (name, _), digests in seen.items() if len(digests) > 1})


def _worth(segment: Segment, segment_bytes: int) -> tuple[bool, bool, int]:
    return (
        not segment.partial,
        segment.sha1 is not None,
        segment.length if segment.length is not None else segment_bytes,
    )
