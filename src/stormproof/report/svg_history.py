"""RTO over the runs of one drill: a point per run, the target, and the trend. Shapes tell verdicts apart, not colour alone."""

from __future__ import annotations

from collections.abc import Sequence

from stormproof.core.history import HistoryEntry, rto_trend
from stormproof.core.verdict import Verdict
from stormproof.report.markup import Markup, el
from stormproof.report.svg_axis import tick_text, ticks, width_of
from stormproof.report.wording import duration, seconds

RUNS_MAX = 60  # the newest; the table of `drill history` has them all
_TONE = {Verdict.MET: "f-good", Verdict.MISSED: "f-warn", Verdict.REFUSED: "f-still"}


def history_plot(entries: Sequence[HistoryEntry], *, run: str, narrow: bool) -> Markup | None:
    """Oldest left; `run` is ringed. None for fewer than two measured runs: one point shows no history."""
    shown = list(entries)[-RUNS_MAX:]
    measured = [entry.rto_s for entry in shown if entry.rto_s is not None]
    if len(measured) < 2:
        return None
    width, height, left, right, top, bottom = (340, 200, 40, 8, 10, 26) if narrow else (880, 230, 52, 70, 12, 28)
    target = shown[-1].rto_target_s
    highest = max(measured)
    near = target is not None and target <= highest * 2.5
    limit = max(highest, target or 0.0) * 1.08 if near else highest * 1.15
    name = f"history-{'narrow' if narrow else 'wide'}"

    def x(index: int) -> float:
        return left + (index / max(1, len(shown) - 1)) * (width - left - right)

    def y(value: float) -> float:
        return top + (1 - value / limit) * (height - top - bottom)

    parts: list[Markup] = []
    for tick in ticks(limit, 4):
        parts.append(el("line", x1=left, x2=width - right, y1=y(tick), y2=y(tick), class_="grid"))
        parts.append(el("text", tick_text(tick), x=left - 8, y=y(tick) + 4, text_anchor="end", class_="dim"))
    if near and target is not None:
        parts.append(el("line", x1=left, x2=width - right, y1=y(target), y2=y(target), class_="limit"))
        parts.append(el("text", f"RTO {duration(target)}", x=left + 6, y=y(target) - 5, class_="limit-text"))
    points = [(x(i), y(entry.rto_s)) for i, entry in enumerate(shown) if entry.rto_s is not None]
    line = rto_trend(shown)
    if line is not None:
        parts.append(
            el(
                "line",
                x1=x(line.first_index),
                x2=x(line.last_index),
                y1=y(max(0, line.first)),
                y2=y(max(0, line.last)),
                class_="trend",
            )
        )
    parts.append(el("polyline", points=" ".join(f"{a:.1f},{b:.1f}" for a, b in points), class_="run"))
    parts += [
        _mark(x(i), y(entry.rto_s), entry, here=entry.run == run)
        for i, entry in enumerate(shown)
        if entry.rto_s is not None
    ]
    parts += _dates(shown, left, width - right, height)
    if not narrow:
        parts.append(el("text", seconds(measured[-1]), x=points[-1][0] + 11, y=points[-1][1] + 4))
    return el(
        "svg",
        el("title", "RTO service of each run", id=f"{name}-t"),
        el("desc", description(shown), id=f"{name}-d"),
        parts,
        role="img",
        aria_labelledby=f"{name}-t {name}-d",
        viewBox=f"0 0 {width} {height}",
        class_="narrow" if narrow else "wide",
    )


def description(entries: Sequence[HistoryEntry]) -> str:
    """The plot in words."""
    measured = [entry.rto_s for entry in entries if entry.rto_s is not None]
    verdicts = [entry.verdict.value for entry in entries]
    counts = ", ".join(f"{verdicts.count(name)} {name}" for name in dict.fromkeys(verdicts))
    text = f"{len(entries)} runs ({counts}); RTO between {seconds(min(measured))} and {seconds(max(measured))}, now {seconds(measured[-1])}."
    return f"{text} {trend_text(entries)}"


def trend_text(entries: Sequence[HistoryEntry]) -> str:
    """What the straight line says, for people; within 5 % over all runs it is steady."""
    line = rto_trend(entries)
    if line is None:
        return "Too few runs for a trend."
    change = line.last - line.first
    if abs(change) <= 0.05 * max(line.first, line.last):
        return "Trend: steady."
    word = "slower" if change > 0 else "faster"
    return f"Trend: {seconds(abs(line.per_run))} {word} with each run."


def verdict_sign(verdict: Verdict) -> Markup:
    """The shape alone, for the key under the plot."""
    return el("svg", _shape(12, 7, verdict), viewBox="0 0 24 14", aria_hidden="true")


def _mark(x: float, y: float, entry: HistoryEntry, *, here: bool) -> Markup:
    label = el("title", f"{entry.run}: {entry.verdict}, {seconds(entry.rto_s or 0.0)}")
    ring = el("circle", cx=x, cy=y, r=8, class_="here") if here else None
    return el("g", label, _shape(x, y, entry.verdict), ring)


def _shape(x: float, y: float, verdict: Verdict) -> Markup:
    tone = _TONE.get(verdict, "f-bad")
    match verdict:
        case Verdict.MET:
            return el("circle", cx=x, cy=y, r=4, class_=tone)
        case Verdict.UNVERIFIED:
            return el("circle", cx=x, cy=y, r=4, class_="hollow")
        case Verdict.MISSED:
            return el("path", d=f"M{x:.1f} {y - 6:.1f}l6 10.5h-12z", class_=tone)
        case _:
            return el("path", d=f"M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6 -6z", class_=tone)


def _dates(shown: Sequence[HistoryEntry], left: float, right: float, height: float) -> list[Markup]:
    ends = []
    for entry, at, anchor in ((shown[0], left, "start"), (shown[-1], right, "end")):
        text = f"{entry.started:%Y-%m-%d}" if entry.started is not None else entry.run[:8]
        ends.append(el("text", text, x=at, y=height - 6, text_anchor=anchor, class_="dim"))
    if right - left > 2 * width_of("2026-01-31", 12) + 150:
        ends.append(
            el("text", f"{len(shown)} runs", x=(left + right) / 2, y=height - 6, text_anchor="middle", class_="dim")
        )
    return ends
