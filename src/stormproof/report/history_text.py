"""Drills over time, and two runs side by side, for a terminal. Plain text: pipes and files get the same."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from stormproof.core.history import Comparison, Difference, DrillHistory
from stormproof.report.forecast_text import forecast_text
from stormproof.report.svg_history import trend_text
from stormproof.report.wording import count, instant, plain, seconds, size

RUNS_MAX = 20
_GROUP_NAMES = {"figure": "Figures", "phase": "Phases", "step": "Steps", "check": "Checks", "version": "Versions"}


def history_lines(histories: Sequence[DrillHistory], *, width: int = 80) -> list[str]:
    """Per drill and scenario: a table, sparklines, and what changed since the last run. Newest run first."""
    if not histories:
        return ["No drill has left a result yet. Run one: stormproof drill run NAME"]
    lines: list[str] = []
    for history in histories:
        lines += [*([""] if lines else []), *_one(history, width)]
    return [line[:width].rstrip() for line in lines]


def comparison_lines(comparison: Comparison, *, width: int = 80) -> list[str]:
    """Every row of both runs; a mark where they differ."""
    lines = [f"A  {comparison.a}", f"B  {comparison.b}"]
    if not comparison.comparable:
        said = (
            "These are different drills or scenarios, or faults were seeded: their times do not measure the same thing."
        )
        lines += textwrap.wrap(said, width)
    name_width = max(16, min(32, width - 46))
    group = ""
    for row in comparison.rows:
        if row.before is None and row.after is None:
            continue
        title = _GROUP_NAMES.get(row.group, "")
        if title and title != group:
            lines += ["", f"{title:<{name_width + 2}}{'A':>13}{'B':>13}{'B - A':>14}"]
            group = title
        mark = " " if row.same else "*"
        lines.append(
            f"{mark} {_cut(row.name, name_width):<{name_width}}{_value(row, row.before):>13}{_value(row, row.after):>13}{_delta(row):>14}"
        )
    return [line[:width].rstrip() for line in lines]


def _one(history: DrillHistory, width: int) -> list[str]:
    lines = [
        f"{plain(history.drill)}, scenario {plain(history.scenario)}: {len(history.entries)} run{'s' * (len(history.entries) != 1)}",
        "",
    ]
    lines.append(f"  {'run':<24}{'started':<25}{'verdict':<12}{'RTO':>8}{'RPO':>9}")
    for entry in reversed(history.entries[-RUNS_MAX:]):
        rto = "–" if entry.rto_s is None else seconds(entry.rto_s)
        rpo = "–" if entry.rpo_s is None else seconds(entry.rpo_s)
        lines.append(f"  {_cut(entry.run, 23):<24}{instant(entry.started):<25}{entry.verdict:<12}{rto:>8}{rpo:>9}")
    if (older := len(history.entries) - RUNS_MAX) > 0:
        lines.append(f"  … and {older} older (--json lists all)")
    shown = width - 8
    lines += [
        "",
        f"  RTO {history.rto_sparkline[-shown:]}  {trend_text(history.entries)}",
        f"  RPO {history.rpo_sparkline[-shown:]}",
    ]
    lines += [f"  {line}" for line in textwrap.wrap(forecast_text(history.forecast), width - 2)]
    if len(history.entries) > 1:
        lines += [
            "",
            "  Changed since the run before:" if history.changes else "  Nothing changed since the run before.",
        ]
        lines += [f"    {_change(row)}" for row in history.changes]
    return lines


def _change(row: Difference) -> str:
    name = row.name if row.group in ("figure", "size", "setting", "verdict") else f"{row.group} {row.name}"
    if row.before is None:
        return f"{plain(name)}: new, {_value(row, row.after)}"
    if row.after is None:
        return f"{plain(name)}: gone (was {_value(row, row.before)})"
    delta = _delta(row)
    return f"{plain(name)}: {_value(row, row.before)} → {_value(row, row.after)}" + (f" ({delta})" if delta else "")


def _value(row: Difference, value: float | str | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, str):
        return _cut(value, 12)
    if row.group == "size":
        return size(value)
    return count(value) if row.name == "Acknowledged writes lost" else seconds(value)


def _delta(row: Difference) -> str:
    if row.delta is None or row.same:
        return ""
    sign = "+" if row.delta > 0 else "-"
    return f"{sign}{_value(row, abs(row.delta))}"


def _cut(text: str, columns: int) -> str:
    safe = plain(text)
    return safe if len(safe) <= columns else safe[: columns - 1] + "…"
