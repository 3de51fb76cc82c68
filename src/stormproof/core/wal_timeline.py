"""Timelines: which segments a recovery needs from a backup's start to the end of the vault, and which are missing.

Source: PostgreSQL's timeline.c (readTimeLineHistory, findNewestTimeLine) and xlogrecovery.c (XLogFileReadAnyTLI):
a segment is read from the newest timeline that had begun by then; the timeline is the newest whose history file is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stormproof.core.wal import FrozenList, Segment, format_lsn, parse_lsn, segment_name, segment_of

# So many segments may be missing (1.6 TB of WAL) before a list is no list of this cluster's WAL any more. Without a bound
# one stray name in the vault, such as 00000001FFFFFFFF000000FF, is a walk of 2^40 steps.
MISSING_MAX = 100_000


class NotOneLog(ValueError):
    """The list holds names that no log of this cluster reaches."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One line of a history file: `timeline` was left at `position` (a byte position) for the next one."""

    timeline: int
    position: int
    reason: str


def parse_history(text: str) -> list[Switch]:
    """The lines of a timeline's history file, oldest first. Raises ValueError, with the line, for anything else."""
    switches: list[Switch] = []
    for line in text.splitlines():
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        words = bare.split(None, 2)
        if len(words) < 2 or not words[0].isdigit():
            raise ValueError(f"not a line of a timeline history: {bare!r}")
        switch = Switch(int(words[0]), parse_lsn(words[1]), words[2] if len(words) > 2 else "")
        if switches and switch.timeline <= switches[-1].timeline:
            raise ValueError(f"timelines must ascend in a history: {bare!r}")
        switches.append(switch)
    return switches


def newest_timeline(start: int, histories: Iterable[int]) -> int:
    """The timeline that `recovery_target_timeline = latest` chooses: probing upwards until a history is missing."""
    there = set(histories)
    newest = start
    while newest + 1 in there:
        newest += 1
    return newest


@dataclass(frozen=True, slots=True)
class Path:
    """The timelines from a backup to the newest: (timeline, first byte position on it), ascending."""

    begins: tuple[tuple[int, int], ...]

    @property
    def newest(self) -> int:
        return self.begins[-1][0]

    def timeline_of_segment(self, number: int, segment_bytes: int) -> int:
        """The newest timeline that had begun by the end of this segment."""
        fitting = [timeline for timeline, begin in self.begins if segment_of(begin, segment_bytes) <= number]
        return fitting[-1] if fitting else self.begins[0][0]


def path_from(start_timeline: int, start_position: int, histories: Mapping[int, str]) -> Path:
    """The path that recovery takes from a backup.

    Raises ValueError when the newest timeline is no descendant of the backup's (PostgreSQL then refuses to recover).
    """
    newest = newest_timeline(start_timeline, histories)
    if newest == start_timeline:
        return Path(((start_timeline, start_position),))
    switches = parse_history(histories[newest])
    older = [switch for switch in switches if switch.timeline >= start_timeline]
    if not older or older[0].timeline != start_timeline or older[0].position < start_position:
        raise ValueError(
            f"timeline {newest} does not descend from timeline {start_timeline} at {format_lsn(start_position)}"
        )
    begins = [(start_timeline, start_position)]
    for switch, after in zip(older, [*(s.timeline for s in older[1:]), newest], strict=True):
        begins.append((after, switch.position))
    return Path(tuple(begins))


@dataclass(frozen=True, slots=True)
class Continuity:
    """What a vault holds from a backup's start on. Segment names ascending.

    `last` is the last segment before the first gap, None when not even the first is there; `newest` is the end of the
    list, behind any gap: its last record is what recovery must reach. `beyond` counts segments that lie behind a gap.
    """

    needed: tuple[str, ...]
    missing: tuple[str, ...]
    last: Segment | None
    newest: Segment | None
    beyond: int
    path: Path


def continuity(frozen: FrozenList, *, start_timeline: int, start_position: int) -> Continuity:
    """Walk from the backup's start to the newest segment on its path; every number between must be there.

    Segments before the start and those of timelines off the path are ignored. Raises ValueError as `path_from`, NotOneLog
    where more than MISSING_MAX would be missing.
    """
    size = frozen.segment_bytes
    path = path_from(start_timeline, start_position, frozen.histories)
    allowed = frozen.allowed()
    first = segment_of(start_position, size)
    on_path = {
        segment.number
        for segment in allowed.values()
        if segment.number >= first and path.timeline_of_segment(segment.number, size) == segment.timeline
    }
    # The newest timeline may have archived nothing yet: then its fork's segment still stands on the one before.
    fork = segment_of(path.begins[-1][1], size)
    older = path.begins[-2][0] if len(path.begins) > 1 else None
    if older is not None and not any(n >= fork for n in on_path) and segment_name(older, fork, size) in allowed:
        on_path.add(fork)
    end = max(on_path, default=first)
    if end - first - len(on_path) >= MISSING_MAX:
        name = segment_name(path.timeline_of_segment(end, size), end, size)
        raise NotOneLog(
            f"the list's newest WAL segment {name} lies {end - first:,} segments behind the backup's start, and only "
            f"{len(on_path):,} of them are there"
        )
    needed: list[str] = []
    missing: list[str] = []
    last: Segment | None = None
    for number in range(first, end + 1):
        name = segment_name(path.timeline_of_segment(number, size), number, size)
        if name not in allowed and number == fork and older is not None and number in on_path:
            name = segment_name(older, number, size)
        needed.append(name)
        held = allowed.get(name)
        # A partial segment is an end, never a link: what follows it cannot be reached through it.
        if held is None or (held.partial and number != end):
            missing.append(name)
        elif not missing:
            last = held
    first_gap = needed.index(missing[0]) if missing else len(needed)
    beyond = len(needed) - first_gap - len(missing)
    newest = allowed.get(needed[-1]) if on_path else None
    return Continuity(tuple(needed), tuple(missing), last, newest, max(0, beyond), path)
