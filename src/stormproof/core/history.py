"""Drills over time: one series per drill and kind of scenario, what changed since the last, and two runs side by side.

RTO is kept per scenario (the loss of everything and a dropped table are different recoveries), never as one number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from statistics import median
from typing import Literal

from stormproof.core.drill_result import DrillResult
from stormproof.core.figures import Figure
from stormproof.core.forecast import Forecast, forecast
from stormproof.core.verdict import Verdict

BARS = "▁▂▃▄▅▆▇█"
NOISE_SHARE = 0.05  # of a figure: less than this between two runs is the machine's mood, not a change
TREND_RUNS_MAX = 60

Group = Literal["verdict", "figure", "phase", "step", "check", "version", "size", "setting"]

FIGURE_NAMES: dict[str, str] = {
    "rto_service_s": "RTO service",
    "rto_job_s": "RTO job",
    "rpo_data_s": "RPO data",
    "rpo_point_s": "RPO point",
    "rpo_consistent_s": "RPO consistent",
    "acknowledged_writes_lost": "Acknowledged writes lost",
    "first_new_backup_s": "First new backup",
}


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One run's line. Seconds; None where it was not measured. `restored_bytes`: what the drill brought back and destroyed."""

    run: str
    started: datetime | None
    verdict: Verdict
    rto_s: float | None
    rpo_s: float | None
    writes_lost: float | None
    restored_bytes: int
    rto_target_s: float | None
    rpo_target_s: float | None


@dataclass(frozen=True)
class DrillHistory:
    """All runs of one drill under one kind of scenario, oldest first, and what changed between the last two."""

    drill: str
    scenario: str
    entries: list[HistoryEntry]
    changes: list[Difference]
    forecast: Forecast

    @property
    def rto_sparkline(self) -> str:
        return sparkline([entry.rto_s for entry in self.entries])

    @property
    def rpo_sparkline(self) -> str:
        return sparkline([entry.rpo_s for entry in self.entries])

    @property
    def rto_trend(self) -> Trend | None:
        return rto_trend(self.entries)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in two runs. Numbers are seconds or counts (bytes for `size`); None: the run does not have it."""

    group: Group
    name: str
    before: float | str | None
    after: float | str | None

    @property
    def delta(self) -> float | None:
        if isinstance(self.before, str) or isinstance(self.after, str) or self.before is None or self.after is None:
            return None
        return self.after - self.before

    @property
    def same(self) -> bool:
        return self.before == self.after


@dataclass(frozen=True)
class Comparison:
    """Two runs, aligned: the same phase, step or check stands in one row, also when only one run has it."""

    a: str
    b: str
    comparable: bool
    rows: list[Difference]


@dataclass(frozen=True, slots=True)
class Trend:
    """A straight line through the measured values (Theil-Sen), at the first and at the last of them."""

    first_index: int
    last_index: int
    first: float
    last: float
    per_run: float


def entry_of(result: DrillResult) -> HistoryEntry:
    figures, targets = result.figures, result.targets
    return HistoryEntry(
        run=result.run,
        started=result.started,
        verdict=result.verdict,
        rto_s=figures.rto_service_s.value,
        rpo_s=figures.rpo_data_s.value,
        writes_lost=figures.acknowledged_writes_lost.value,
        restored_bytes=result.cleanup.destroyed_bytes,
        rto_target_s=targets.rto_s,
        rpo_target_s=targets.rpo_s,
    )


def history(results: Iterable[DrillResult], *, drill: str | None = None) -> list[DrillHistory]:
    """One history per drill and kind of scenario, in the order of their names. `drill` limits it to one drill's.

    Runs with negative controls are left out: what they measured is whether faults are noticed. So are runs of `compare
    --apply`, which changed the procedure.
    """
    series: dict[tuple[str, str], list[DrillResult]] = {}
    for result in results:
        if drill in (None, result.drill) and result.counts_for_coverage and not result.choices:
            series.setdefault((result.drill, result.scenario.kind), []).append(result)
    return [_history(name, scenario, runs) for (name, scenario), runs in sorted(series.items())]


def _history(name: str, scenario: str, runs: Iterable[DrillResult]) -> DrillHistory:
    ordered = sorted(runs, key=_when)
    latest = changes(ordered[-2], ordered[-1]) if len(ordered) > 1 else []
    return DrillHistory(name, scenario, [entry_of(run) for run in ordered], latest, forecast(ordered))


def changes(older: DrillResult, newer: DrillResult) -> list[Difference]:
    """What changed enough to be worth a line: figures beyond their uncertainty and noise, checks, versions, size."""
    return [row for row in _rows(older, newer, details=False) if not row.same and not _noise(row, older, newer)]


def compare(a: DrillResult, b: DrillResult) -> Comparison:
    """Both runs by figure, phase, step and check. Not comparable: another drill, another kind of scenario, or a seeded fault."""
    comparable = (a.drill, a.scenario.kind, a.mode) == (b.drill, b.scenario.kind, b.mode)
    comparable = comparable and a.counts_for_coverage and b.counts_for_coverage
    return Comparison(a.run, b.run, comparable, _rows(a, b, details=True))


def sparkline(values: Sequence[float | None]) -> str:
    """One character per value, lowest to highest; a dot where there is none. Equal values lie in the middle."""
    known = [value for value in values if value is not None]
    if not known:
        return "·" * len(values)
    low, span = min(known), max(known) - min(known)
    middle = len(BARS) // 2 - 1

    def bar(value: float) -> str:
        return BARS[middle] if span <= 0 else BARS[min(len(BARS) - 1, int((value - low) / span * len(BARS)))]

    return "".join("·" if value is None else bar(value) for value in values)


def trend(values: Sequence[float | None]) -> Trend | None:
    """The straight line through the newest `TREND_RUNS_MAX` values; None for fewer than three (two always lie on one).

    Median of the slopes between all pairs: one bad day does not turn the line. Source: Sen, JASA 63 (1968).
    """
    points = [(index, value) for index, value in enumerate(values) if value is not None][-TREND_RUNS_MAX:]
    if len(points) < 3:
        return None
    slope = median((b - a) / (y - x) for (x, a), (y, b) in combinations(points, 2))
    offset = median(value - slope * index for index, value in points)
    start, end = points[0][0], points[-1][0]
    return Trend(start, end, offset + slope * start, offset + slope * end, slope)


def rto_trend(entries: Sequence[HistoryEntry]) -> Trend | None:
    """The trend of RTO service over the runs that recovered and were verified; how long a failure took is no RTO."""
    counted = (Verdict.MET, Verdict.MISSED)
    return trend([entry.rto_s if entry.verdict in counted else None for entry in entries])


def _rows(a: DrillResult, b: DrillResult, *, details: bool) -> list[Difference]:
    rows = [Difference("verdict", "verdict", a.verdict.value, b.verdict.value)]
    rows += [
        Difference("figure", name, figure(a, key).value, figure(b, key).value) for key, name in FIGURE_NAMES.items()
    ]
    if details:
        rows += _aligned(
            "phase", _summed((p.name, p.seconds) for p in a.phases), _summed((p.name, p.seconds) for p in b.phases)
        )
        rows.append(Difference("phase", "unaccounted", a.unaccounted_s, b.unaccounted_s))
        rows += _aligned(
            "step", _summed((s.step, s.seconds) for s in a.steps), _summed((s.step, s.seconds) for s in b.steps)
        )
    rows += _aligned("check", {c.name: c.result.value for c in a.checks}, {c.name: c.result.value for c in b.checks})
    rows += _aligned("version", a.versions, b.versions)
    rows.append(Difference("size", "restored bytes", a.cleanup.destroyed_bytes, b.cleanup.destroyed_bytes))
    rows.append(Difference("setting", "isolation level", a.isolation_level, b.isolation_level))
    return rows


def _aligned(
    group: Group, a: Mapping[str, float] | Mapping[str, str], b: Mapping[str, float] | Mapping[str, str]
) -> list[Difference]:
    """The names of both, in the newer's order, with those that only the older has behind the one they followed."""
    names = list(b)
    previous: str | None = None
    for name in a:
        if name not in b:
            names.insert(names.index(previous) + 1 if previous is not None else 0, name)
        previous = name
    return [Difference(group, name, a.get(name), b.get(name)) for name in names]


def _summed(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    """A phase may lie on the critical path in several stretches."""
    total: dict[str, float] = {}
    for name, seconds in pairs:
        total[name] = total.get(name, 0.0) + seconds
    return total


def _noise(row: Difference, older: DrillResult, newer: DrillResult) -> bool:
    if row.delta is None or row.group not in ("figure", "size"):
        return False
    scale = max(abs(float(row.before or 0.0)), abs(float(row.after or 0.0)))
    uncertainty = 0.0
    if row.group == "figure":
        key = next(key for key, name in FIGURE_NAMES.items() if name == row.name)
        uncertainty = (figure(older, key).uncertainty_s or 0.0) + (figure(newer, key).uncertainty_s or 0.0)
    return abs(row.delta) <= uncertainty + NOISE_SHARE * scale


def figure(result: DrillResult, key: str) -> Figure:
    """A figure by the name of its field."""
    value = getattr(result.figures, key)
    assert isinstance(value, Figure)
    return value


def _when(result: DrillResult) -> tuple[str, str]:
    # Run ids begin with their instant in UTC, so the id orders runs that recorded no start.
    return (result.run[:16], result.run)
