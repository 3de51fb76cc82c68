"""The results large, against their targets, and every figure with its uncertainty and source."""

from __future__ import annotations

from stormproof.core.drill_result import DrillResult
from stormproof.report.html_table import Column, folded, section, table, tone, word
from stormproof.report.markup import Child, Markup, el
from stormproof.report.wording import FigureRow, count, figure_rows

_TILES = ("rto_service_s", "rpo_data_s", "rpo_consistent_s", "acknowledged_writes_lost")


def figures(result: DrillResult) -> Markup:
    """The results large, against their targets; then every figure with its source."""
    rows = figure_rows(result)
    shown = [row for row in rows if row.figure.value is not None or row.target]
    tiles = [_tile(row) for key in _TILES for row in shown if row.key == key]
    cells: list[list[Child]] = [
        [row.name, row.value, row.uncertainty, row.target, word(row.answer) if row.answer else "", row.note]
        for row in shown
    ]
    if result.discarded_writes is not None:
        note = "written after the chosen instant: discarded on purpose, not lost"
        cells.append(["Later writes discarded", count(result.discarded_writes), "", "", "", note])
    columns = [
        Column("Figure"),
        Column("Measured", "n"),
        Column("Uncertainty", "n"),
        Column("Target", "n"),
        Column("Result"),
        Column("Source"),
    ]
    return section(
        "figures",
        "Figures against targets",
        el("div", tiles, class_="tiles"),
        folded(
            "Every figure, with its uncertainty and source",
            table(columns, cells, caption="A target is met when value and uncertainty together are within it."),
            opened=True,
        ),
    )


def _tile(row: FigureRow) -> Markup:
    known = row.figure.value is not None
    parts: list[Child] = [
        el("h3", row.name),
        el("div", row.value, class_="value" if known else "value none"),
    ]
    spread = f", {row.uncertainty}" if row.uncertainty else ""
    if row.target_value:
        parts += [_bullet(row), el("p", word(row.answer), f" target {row.target}{spread}")]
    else:
        parts.append(el("p", row.note))
    return el("div", parts, class_="tile")


def _bullet(row: FigureRow) -> Markup:
    """Value against target: the track ends at the target, or the target is a gap in a bar that passes it."""
    target, value = row.target_value or 1.0, row.figure.value or 0.0
    limit = max(target, value)
    tone_class = "f-" + (tone(row.answer) if row.figure.value is not None else "warn")
    parts = [el("rect", x=0, y=0, width=100, height=8, class_="track")]
    if row.figure.value is not None:
        parts.append(el("rect", x=0, y=0, width=max(1.0, value / limit * 100), height=8, class_=tone_class))
    if value > target:
        parts.append(el("line", x1=target / limit * 100, x2=target / limit * 100, y1=0, y2=8, class_="seam"))
    text = f"{row.name}: {row.value} of a target of {row.target}"
    return el(
        "svg",
        el("title", text),
        parts,
        role="img",
        aria_label=text,
        viewBox="0 0 100 8",
        preserveAspectRatio="none",
        class_="bullet",
    )
