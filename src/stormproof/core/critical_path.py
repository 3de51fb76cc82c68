"""Which steps a run's time was really made of: its critical path, phase by phase, adding up to the microsecond."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stormproof.core.drill_result import PhaseSpan, StepSpan
from stormproof.core.phase import INTERRUPTED

# A step that began this long after its last need had ended was waiting for a free place, not for its need.
WAITED_FOR_PLACE_US = 250_000

_EPOCH = datetime.min.replace(tzinfo=UTC)  # any fixed instant would do
_MICROSECOND = timedelta(microseconds=1)

Interval = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Span:
    """One finished step: from its first intent to its end, every attempt and wait between them included. UTC."""

    step: str
    title: str
    phase: str
    needs: tuple[str, ...]
    start: datetime
    end: datetime
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class CriticalPath:
    """Phases in the order in which they first came. `sum(phases) + unaccounted_s` is `total_s`, exactly in microseconds."""

    phases: list[PhaseSpan]
    unaccounted_s: float
    total_s: float
    steps: tuple[str, ...]  # on the path, in order


def critical_path(
    spans: Iterable[Span],
    *,
    t_start: datetime,
    t_ready: datetime,
    gaps: Sequence[tuple[datetime, datetime]] = (),
    last: str | None = None,
) -> CriticalPath:
    """Cut the time from t_start to t_ready into phases.

    From the last step backwards: each instant of a step on the path belongs to its phase; the step before it is the
    need that ended last (or, when it had to wait for a free place, the step that made room). An instant in a gap, when
    no executor was alive, is of the phase `interrupted`. What is left is unaccounted.

    Args:
        spans: finished steps, any order; those that began at or after t_ready are ignored.
        gaps: stretches without an executor.
        last: the step that ended the run; None: the one that ended last.

    Source: DESIGN.md, 'The stopwatch'.
    """
    begin, ready = _us(t_start), _us(t_ready)
    assert begin <= ready, "ready before the start"
    by_name = {span.step: span for span in spans if _us(span.start) < ready}
    path = _walk_back(by_name, begin, by_name.get(last) if last else None)
    dead = _merged([(max(_us(a), begin), min(_us(b), ready)) for a, b in gaps])

    pieces: list[tuple[str, str, Interval]] = []  # phase, step, interval
    floor = begin
    for span in path:
        start, end = max(_us(span.start), floor), min(_us(span.end), ready)
        if end > start:
            pieces += [(span.phase, span.step, piece) for piece in _without((start, end), dead)]
            floor = end
    for gap in dead:
        inside = [span.step for span in path if _us(span.start) < gap[1] and _us(span.end) > gap[0]]
        pieces.append((INTERRUPTED, inside[0] if inside else "", gap))
    phases = _phases(pieces)
    total = ready - begin
    accounted = sum(end - start for _, _, (start, end) in pieces)
    return CriticalPath(
        phases=phases,
        unaccounted_s=(total - accounted) / 1e6,
        total_s=total / 1e6,
        steps=tuple(span.step for span in path),
    )


def step_spans(spans: Iterable[Span], path: CriticalPath | None, *, t_start: datetime) -> list[StepSpan]:
    """Every step for the timeline, by its start; offsets count from t_start and may be negative.

    `path` None: the run did not end, so no step is on its critical path.
    """
    return [
        StepSpan(
            step=span.step,
            title=span.title,
            phase=span.phase,
            start=span.start,
            offset_s=(_us(span.start) - _us(t_start)) / 1e6,
            seconds=(_us(span.end) - _us(span.start)) / 1e6,
            critical=path is not None and span.step in path.steps,
            attempts=span.attempts,
        )
        for span in sorted(spans, key=lambda span: (span.start, span.step))
    ]


def _walk_back(by_name: dict[str, Span], begin: int, last: Span | None) -> list[Span]:
    current = last or max(by_name.values(), key=lambda span: (span.end, span.start), default=None)
    path: list[Span] = []
    while current is not None and _us(current.end) >= begin:
        path.append(current)
        current = _before(current, by_name, {span.step for span in path})
    return path[::-1]


def _before(span: Span, by_name: dict[str, Span], seen: set[str]) -> Span | None:
    needed = max(
        (by_name[need] for need in span.needs if need in by_name and need not in seen),
        key=lambda other: other.end,
        default=None,
    )
    if needed is not None and _us(span.start) - _us(needed.end) <= WAITED_FOR_PLACE_US:
        return needed
    made_room = max(
        (other for other in by_name.values() if other.step not in seen and other.end <= span.start),
        key=lambda other: other.end,
        default=None,
    )
    if made_room is not None and _us(span.start) - _us(made_room.end) <= WAITED_FOR_PLACE_US:
        return made_room
    return needed


def _phases(pieces: list[tuple[str, str, Interval]]) -> list[PhaseSpan]:
    pieces = sorted(pieces, key=lambda piece: piece[2])
    found: list[PhaseSpan] = []
    for phase in dict.fromkeys(phase for phase, _, _ in pieces):
        mine = [(step, interval) for name, step, interval in pieces if name == phase]
        found.append(
            PhaseSpan(
                name=phase,
                seconds=sum(end - start for _, (start, end) in mine) / 1e6,
                start=_EPOCH + mine[0][1][0] * _MICROSECOND,
                steps=list(dict.fromkeys(step for step, _ in mine if step)),
            )
        )
    return found


def _merged(intervals: list[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for start, end in sorted(interval for interval in intervals if interval[1] > interval[0]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _without(interval: Interval, holes: list[Interval]) -> list[Interval]:
    """What is left of an interval; holes are sorted and do not touch."""
    start, end = interval
    left = []
    for hole_start, hole_end in holes:
        if hole_end <= start or hole_start >= end:
            continue
        if hole_start > start:
            left.append((start, hole_start))
        start = max(start, hole_end)
    if start < end:
        left.append((start, end))
    return left


def _us(instant: datetime) -> int:
    assert instant.tzinfo is not None, "naive datetime reached the core"
    return (instant - _EPOCH) // _MICROSECOND
