"""What was lost, from the heartbeat: the writer's own file of acknowledged writes against the ranges that came back.

The definitions are those of docs/measurement.md. All instants are timezone-aware UTC; `writer_offset_s` is how many
seconds the writer's clock is ahead of the drill's, measured over SSH, and is taken out here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stormproof.core.figures import Figure
from stormproof.core.finding import Finding, Severity

PAUSE_INTERVALS = 20  # a silence this many intervals long, and at least PAUSE_SECONDS, is a pause and not jitter
PAUSE_SECONDS = 2.0
STAMPS_AHEAD_SECONDS = 5.0  # the heartbeat's own statement may take that long: beyond it, two clocks disagree
PAUSE_TOLD_SECONDS = 60.0  # an older pause says nothing of this failure


@dataclass(frozen=True, slots=True)
class Beat:
    """One write that the database had acknowledged to its writer, at the writer's instant."""

    sequence: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The writer's file, by ascending sequence. `torn` says that its last line was cut off and left out.

    `written` is when the file was last written to, by the clock of the host that it lies on; None: not known.
    """

    beats: tuple[Beat, ...]
    torn: bool = False
    written: datetime | None = None

    @property
    def stamps_ahead_s(self) -> float:
        """How far the clock that stamps the beats (the database's, as a rule) is ahead of the host's that keeps the file.

        The last line was written right after its beat was acknowledged, so the two instants should agree.
        """
        if self.written is None or not self.beats:
            return 0.0
        return (self.beats[-1].at - self.written).total_seconds()


@dataclass(frozen=True, slots=True)
class Range:
    """Heartbeats `first` to `last` (both included, none missing between) with the instants in their rows."""

    first: int
    last: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Restored:
    """The heartbeats that came back, as ascending ranges."""

    ranges: tuple[Range, ...]

    def __contains__(self, sequence: object) -> bool:
        if not isinstance(sequence, int):
            return False
        place = bisect_right(self.ranges, sequence, key=lambda r: r.first) - 1
        return place >= 0 and sequence <= self.ranges[place].last

    @property
    def newest_at(self) -> datetime | None:
        return max((r.last_at for r in self.ranges), default=None)


@dataclass(frozen=True, slots=True)
class HeartbeatFigures:
    """What the heartbeat alone tells of a loss."""

    rpo_data: Figure
    writes_lost: Figure
    last_back: datetime | None  # instant of the last heartbeat that came back, on the drill's clock
    findings: tuple[Finding, ...] = ()
    quiet: bool = False  # every acknowledged beat came back, and none was written in the time before the failure


def instant_of(text: str) -> datetime:
    """An ISO 8601 instant with a zone, as UTC. Raises ValueError without one, or for one outside the calendar."""
    read = datetime.fromisoformat(text)
    if read.tzinfo is None:
        raise ValueError(f"an instant without a zone: {text!r}")
    try:
        return read.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"an instant outside the calendar: {text!r}") from error


def parse_acknowledged(text: str) -> Acknowledged:
    """Read 'sequence at' lines. A last line without its newline was being written and does not count.

    Raises ValueError, naming the line, for any other line that is not of this form.
    """
    lines = text.split("\n")
    torn = lines.pop() != ""
    beats: list[Beat] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        sequence, _, at = line.strip().partition(" ")
        try:
            beats.append(Beat(int(sequence), instant_of(at.strip())))
        except ValueError as error:
            raise ValueError(f"line {number} of the acknowledged writes is not 'sequence at': {error}") from error
    beats.sort(key=lambda beat: beat.sequence)
    return Acknowledged(tuple(beats), torn)


def rpo_data(
    acknowledged: Acknowledged,
    restored: Restored,
    t_fail: datetime,
    *,
    interval_s: float,
    writer_offset_s: float = 0.0,
    offset_uncertainty_s: float = 0.0,
) -> HeartbeatFigures:
    """RPO data and acknowledged writes lost, up to and including `t_fail` (for a point in time: its target).

    RPO data is t_fail minus the last heartbeat that came back before the first acknowledged one that did not: a hole
    counts from its beginning, maxima hide holes. Its uncertainty reaches to that first lost one (data may have come
    back up to just before it), plus the clocks'. Without any loss it reaches over one interval. Where the heartbeat
    paused before the first lost beat (or the failure), the figure is the most that can have been lost, and `at_least`
    the least: the pause is neither loss nor proof that nothing was lost.
    """
    assert t_fail.tzinfo is not None, "naive datetime reached the core"
    shift = timedelta(seconds=writer_offset_s)
    upto = [Beat(b.sequence, b.at - shift) for b in acknowledged.beats if b.at - shift <= t_fail]
    if not upto:
        why = "no write had been acknowledged by then: the writer's file is empty up to that instant"
        return HeartbeatFigures(Figure.unmeasured(why), Figure.unmeasured(why), None)
    lost = [beat for beat in upto if beat.sequence not in restored]
    source = "heartbeats that came back against the writer's own file"
    losses = Figure(value=float(len(lost)), source="writer's own file (heartbeats only)")
    back = _last_back(upto, restored, lost[0] if lost else None, t_fail, shift)
    findings = _pauses(upto, t_fail, interval_s, back)
    if lost and back is not None and any(b.sequence in restored for b in upto if b.sequence > lost[0].sequence):
        findings.append(_hole(lost, back))
    if back is None:
        why = "no heartbeat came back"
        return HeartbeatFigures(Figure.unmeasured(why), losses, None, tuple(findings))
    value = max(0.0, (t_fail - back).total_seconds())
    # The value is already the worst case; the span says by how much the truth may be smaller, clocks by how much either way.
    span = max(0.0, (lost[0].at - back).total_seconds()) if lost else interval_s
    figure = Figure(value=value, uncertainty_s=round(min(span, value) + offset_uncertainty_s, 6), source=source)
    known = lost[0].at if lost else t_fail
    paused = (known - back).total_seconds() > pause_bound(interval_s)
    if paused:
        least = max(0.0, (t_fail - known).total_seconds())
        why = f"the heartbeat had paused: between {least:.1f} s and {value:.1f} s, and nobody can tell where"
        figure = Figure(value=value, uncertainty_s=offset_uncertainty_s, source=source, why=why, at_least=least)
    return HeartbeatFigures(figure, losses, back, tuple(findings), quiet=paused and not lost)


def pause_bound(interval_s: float) -> float:
    """A silence longer than this (seconds) is a pause."""
    return max(PAUSE_SECONDS, PAUSE_INTERVALS * interval_s)


def _last_back(
    upto: Sequence[Beat], restored: Restored, first_lost: Beat | None, t_fail: datetime, shift: timedelta
) -> datetime | None:
    """The newest instant that surely came back; a row whose acknowledgement was lost with its line counts too."""
    before = [b.at for b in upto if b.sequence in restored and (first_lost is None or b.sequence < first_lost.sequence)]
    newest = max(before, default=None)
    if first_lost is None and restored.newest_at is not None:
        written = restored.newest_at - shift
        if written <= t_fail and (newest is None or written > newest):
            newest = written
    return newest


def _pauses(upto: Sequence[Beat], t_fail: datetime, interval_s: float, back: datetime | None) -> list[Finding]:
    """A silence before t_fail makes an RPO look worse than it may be: it is said.

    One that reaches behind the last heartbeat that came back is part of the figure; an earlier one, of the last minute,
    is information.
    """
    bound = pause_bound(interval_s)
    ends = [*(beat.at for beat in upto[1:]), t_fail]
    recent = [
        (beat.at, end)
        for beat, end in zip(upto, ends, strict=True)
        if (end - beat.at).total_seconds() > bound
        and ((t_fail - end).total_seconds() <= PAUSE_TOLD_SECONDS or back is None or end > back)
    ]
    return [
        Finding(
            code="SP445",
            severity=Severity.MEDIUM if back is None or end > back else Severity.INFO,
            what=f"the heartbeat had itself paused for {(end - begin).total_seconds():.1f} s from {begin.isoformat()} on"
            + (": what else was lost in that time cannot be told" if back is None or end > back else ""),
            where="the writer's file of acknowledged writes",
            fix="find out why the application could not write then; during a pause nothing can be said of other writes",
        )
        for begin, end in recent[-1:]
    ]


def _hole(lost: Sequence[Beat], back: datetime) -> Finding:
    return Finding(
        code="SP446",
        severity=Severity.CRITICAL,
        what=f"acknowledged writes are missing in the middle: the first lost one is {lost[0].sequence} at {lost[0].at.isoformat()}, later ones came back",
        where="heartbeat of the restored database",
        fix="recovery never leaves holes by itself: look for rows deleted or a table restored from elsewhere",
    )


def discarded_writes(
    acknowledged: Acknowledged, target: datetime, t_fail: datetime, *, writer_offset_s: float = 0.0
) -> Figure:
    """Acknowledged writes after the target of a point in time, up to the failure: given up on purpose, not lost."""
    shift = timedelta(seconds=writer_offset_s)
    instants = sorted(beat.at - shift for beat in acknowledged.beats)
    if not instants:
        return Figure.unmeasured("the writer's file is empty")
    count = bisect_right(instants, t_fail) - bisect_right(instants, target)
    return Figure(value=float(max(0, count)), source="writer's own file (heartbeats only)")


def rpo_point(t_fail: datetime, point: datetime, *, uncertainty_s: float = 0.0, source: str) -> Figure:
    """t_fail minus the recovery point's own instant: what every tool reports, shown beside RPO data."""
    return Figure(value=max(0.0, (t_fail - point).total_seconds()), uncertainty_s=uncertainty_s, source=source)


def rpo_consistent(
    t_fail: datetime, data: Figure, dangling_from: datetime | None, *, uncertainty_s: float = 0.0
) -> Figure:
    """t_fail minus the newest T such that every row created at or before T has its file.

    `dangling_from` is when the first row without its file was created; None: all have theirs, and T is where the
    database's own data ends.
    """
    if data.value is None:
        return Figure.unmeasured(data.why or "RPO data is unknown")
    if dangling_from is None:
        return Figure(
            value=data.value, uncertainty_s=data.uncertainty_s, source="every restored row has its file; " + data.source
        )
    value = max(data.value, (t_fail - dangling_from).total_seconds())
    return Figure(value=value, uncertainty_s=uncertainty_s, source="the first restored row without its file")
