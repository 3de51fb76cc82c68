"""What the next runs will take, and when the target breaks: from history, with an interval, or silent with the reason.

RTO = a + b · restored bytes + c · WAL bytes, by least squares over comparable runs; restored bytes grow by a straight line
over time. Definitions and minima: docs/measurement.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean, stdev

from stormproof.core.drill_result import DrillResult
from stormproof.core.least_squares import Fit, fit, student_t
from stormproof.core.verdict import Verdict

RUNS_MIN = 8
SPAN_MIN = timedelta(days=7)
SPREAD_MIN = 0.02  # standard deviation of a size over its mean: less is no growth that anything could be learnt from
LOOK_AHEAD = 2.0  # spans of the history; further out a straight line is a guess
LOOK_AHEAD_MAX = timedelta(days=730)
GIGABYTE = 1e9
DAY = 86400.0
# A run of another version of these is another machine's figure; a library of ours is not.
VERSIONS_THAT_COUNT = ("stormproof", "postgres", "pgbackrest", "restic", "ssh")


@dataclass(frozen=True, slots=True)
class Observation:
    """One comparable run."""

    at: datetime
    rto_s: float
    base_bytes: float
    wal_bytes: float


@dataclass(frozen=True)
class Forecast:
    """What history says. Either `silent` names why it says nothing, or the figures stand.

    Attributes:
        rto_s, low_s, high_s: RTO of the next run at the newest size and the usual WAL; the interval holds 95 % of runs.
        seconds_per_gb, seconds_per_wal_gb: None where the size did not vary enough, or nothing can be said of it.
        bytes_per_day: growth of what is restored; None where its interval includes zero.
        breaks_on: the day on which the middle line crosses the target; None: no date can be given, `breaks_why` says why.
        breaks_from, breaks_until: when the interval's upper edge crosses it, and when the lower one does (None: not
            within what is looked ahead).
    """

    runs: int
    left_out: int
    silent: str | None = None
    rto_s: float | None = None
    low_s: float | None = None
    high_s: float | None = None
    seconds_per_gb: float | None = None
    seconds_per_wal_gb: float | None = None
    bytes_per_day: float | None = None
    target_s: float | None = None
    breaks_on: date | None = None
    breaks_from: date | None = None
    breaks_until: date | None = None
    breaks_why: str | None = None


def forecast(runs: Sequence[DrillResult]) -> Forecast:
    """Of one drill and one kind of scenario, in any order. The newest run decides what is comparable with it."""
    ordered = sorted(runs, key=lambda run: (run.run[:16], run.run))  # ids begin with their instant
    comparable = _comparable(ordered)
    seen = [one for one in map(_observation, comparable) if one is not None]
    left_out = len(runs) - len(seen)
    if why := _too_little(seen):
        return Forecast(len(seen), left_out, silent=why)
    target = comparable[-1].targets.rto_s
    base = [one.base_bytes / GIGABYTE for one in seen]
    wal = [one.wal_bytes / GIGABYTE for one in seen]
    use_base, use_wal = _varies(base), _varies(wal)
    predictors = [values for values, used in ((base, use_base), (wal, use_wal)) if used]
    line = fit([one.rto_s for one in seen], *predictors)
    if line is None:
        return Forecast(len(seen), left_out, silent="size and WAL rose and fell together, so neither can be told apart")
    usual_wal = fmean(wal)
    now = [value for value, used in ((base[-1], use_base), (usual_wal, use_wal)) if used]
    half = line.prediction_half_width(*now)
    slopes = {"base": 1 if use_base else None, "wal": (2 if use_base else 1) if use_wal else None}
    breaks = _breaks(seen, base, line, target, usual_wal if use_wal else None) if use_base else _no_growth(target)
    return Forecast(
        runs=len(seen),
        left_out=left_out,
        rto_s=max(0.0, line.at(*now)),
        low_s=max(0.0, line.at(*now) - half),
        high_s=line.at(*now) + half,
        seconds_per_gb=_slope(line, slopes["base"]),
        seconds_per_wal_gb=_slope(line, slopes["wal"]),
        target_s=target,
        bytes_per_day=breaks.bytes_per_day,
        breaks_on=breaks.on,
        breaks_from=breaks.earliest,
        breaks_until=breaks.latest,
        breaks_why=breaks.why,
    )


@dataclass(frozen=True, slots=True)
class _Breaks:
    why: str | None = None
    bytes_per_day: float | None = None
    on: date | None = None
    earliest: date | None = None
    latest: date | None = None


def _comparable(ordered: Sequence[DrillResult]) -> list[DrillResult]:
    """Verified recoveries by the same procedure, at the same place, with the same versions as the newest of them."""
    counted = [
        run
        for run in ordered
        if run.verdict in (Verdict.MET, Verdict.MISSED) and run.counts_for_coverage and not run.choices and run.started
    ]
    return [run for run in counted if _kind(run) == _kind(counted[-1])]


def _kind(run: DrillResult) -> tuple[object, ...]:
    parts = run.parts
    switches = (parts.transport, parts.wal_way, parts.processes, parts.cores) if parts else ()
    return (
        run.scenario.kind,
        run.service,
        run.runbook,
        run.environment,
        run.isolation_level,
        *switches,
        *_versions(run.versions),
    )


def _versions(versions: Mapping[str, str]) -> list[str]:
    return [f"{name} {versions[name]}" for name in VERSIONS_THAT_COUNT if name in versions]


def _observation(run: DrillResult) -> Observation | None:
    rto = run.figures.rto_service_s.value
    if rto is None or run.parts is None or run.parts.base_bytes is None or run.started is None:
        return None
    return Observation(run.started, rto, float(run.parts.base_bytes), float(run.parts.wal_bytes))


def _too_little(seen: Sequence[Observation]) -> str | None:
    if len(seen) < RUNS_MIN:
        return f"{len(seen)} comparable runs, and {RUNS_MIN} are needed"
    span = seen[-1].at - seen[0].at
    if span < SPAN_MIN:
        return f"the runs span {span / timedelta(days=1):.1f} days, and {SPAN_MIN.days} are needed"
    return None


def _varies(values: Sequence[float]) -> bool:
    middle = fmean(values)
    return middle > 0 and stdev(values) / middle >= SPREAD_MIN


def _slope(line: Fit, index: int | None) -> float | None:
    return line.coefficients[index] if index is not None and line.sure(index) else None


def _no_growth(target: float | None) -> _Breaks:
    return _Breaks(why="what is restored did not grow enough to learn from" if target else "there is no target")


def _breaks(
    seen: Sequence[Observation], base: Sequence[float], line: Fit, target: float | None, usual_wal: float | None
) -> _Breaks:
    """The day on which the target breaks, or why none is named."""
    last = seen[-1].at
    days = [(one.at - last).total_seconds() / DAY for one in seen]
    growth = fit(list(base), days)
    if growth is None or not growth.sure(1):
        return _Breaks(why="the growth of what is restored cannot be told from zero")
    per_day = growth.coefficients[1]
    if target is None:
        return _Breaks("there is no target", per_day * GIGABYTE)
    if not line.sure(1):
        return _Breaks("how the RTO depends on size cannot be told from zero", per_day * GIGABYTE)
    if per_day * line.coefficients[1] <= 0:
        return _Breaks("the RTO does not grow", per_day * GIGABYTE)
    ahead = min(LOOK_AHEAD * -days[0], LOOK_AHEAD_MAX / timedelta(days=1))

    def at(day: float, side: int) -> float:
        size = growth.at(day)
        x = (size,) if usual_wal is None else (size, usual_wal)
        # One further run around the line, and the line's own place, which moves with the size that is expected then.
        moved = line.coefficients[1] * student_t(growth.degrees) * growth.residual_sd * math.sqrt(growth.leverage(day))
        return line.at(*x) + side * math.hypot(line.prediction_half_width(*x), moved)

    def crossing(side: int) -> date | None:
        """The first day within what is looked ahead on which that edge is above the target, by bisection of it."""
        first, until = 0.0, ahead
        if at(first, side) > target:
            return last.date()
        if at(until, side) <= target:
            return None
        while until - first > 0.25:
            middle = (first + until) / 2
            first, until = (first, middle) if at(middle, side) > target else (middle, until)
        return (last + timedelta(days=until)).date()

    on = crossing(0)
    if on is None:
        return _Breaks(
            f"not within the {ahead:.0f} days that can be looked ahead", per_day * GIGABYTE, None, crossing(1), None
        )
    return _Breaks(None, per_day * GIGABYTE, on, crossing(1), crossing(-1))
