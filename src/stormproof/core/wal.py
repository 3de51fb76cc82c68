"""Names and places in PostgreSQL's write-ahead log: positions (LSN), timelines, segment files, archive listings.

Sources: PostgreSQL's xlog_internal.h (XLogFileName, XLogSegmentsPerXLogId) and pgBackRest's archive layout
(`SEGMENT-SHA1[.COMPRESSION]`, the digest being that of the plain segment).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from stormproof.core.recovery_point import VaultHoldings

SEGMENT_BYTES = 16 * 1024 * 1024  # PostgreSQL's default; initdb --wal-segsize gives other powers of two, 1 MB to 1 GB

_SEGMENT = re.compile(r"([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})\Z")
_ARCHIVED = re.compile(
    r"(?P<name>[0-9A-F]{24})(?P<partial>\.partial)?(?:-(?P<sha1>[0-9a-f]{40}))?(?:\.(?:gz|lz4|zst|bz2))?\Z"
)
_HISTORY_NAME = re.compile(r"([0-9A-F]{8})\.history(?:-[0-9a-f]{40})?(?:\.(?:gz|lz4|zst|bz2))?\Z")
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


def is_wal_segment_size(segment_bytes: int) -> bool:
    """A power of two from 1 MB to 1 GB, as initdb accepts."""
    return 1 << 20 <= segment_bytes <= 1 << 30 and segment_bytes & (segment_bytes - 1) == 0


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


def parse_archive_listing(names: Iterable[str], segment_bytes: int = SEGMENT_BYTES) -> tuple[list[Segment], list[int]]:
    """Segments and timelines with a history file in an archive's listing (any order, paths allowed).

    Backup labels (`….backup`), folders and files that are no WAL are ignored. Raises nothing.
    """
    segments: list[Segment] = []
    histories: set[int] = set()
    for line in names:
        name = line.strip().rsplit("/", 1)[-1]
        if history := _HISTORY_NAME.match(name):
            histories.add(int(history[1], 16))
        elif archived := _ARCHIVED.match(name):
            try:
                timeline, number = parse_segment_name(archived["name"], segment_bytes)
            except ValueError:
                continue
            segments.append(Segment(timeline, number, "archive", archived["sha1"], None, bool(archived["partial"])))
    return sorted(segments, key=lambda s: (s.timeline, s.number, s.partial)), sorted(histories)


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
