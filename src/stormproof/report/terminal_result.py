"""A drill's result on a terminal: a calm table of what came out and what to do. Plain lines without colour or terminal."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from stormproof.core.drill_result import CheckReport, DrillResult
from stormproof.core.finding import Finding, Severity
from stormproof.core.verdict import CheckResult, Verdict
from stormproof.report.wording import (
    control_note,
    control_word,
    count,
    figure_rows,
    instant,
    meaning,
    plain,
    probe_summary,
    saving,
    seconds,
    size,
)

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

VERDICT_STYLE = {
    Verdict.MET: "bold green",
    Verdict.MISSED: "bold yellow",
    Verdict.UNVERIFIED: "bold yellow",
    Verdict.FAILED: "bold red",
    Verdict.STOPPED: "bold red",
    Verdict.REFUSED: "bold magenta",
}
WORD_STYLE = {
    "met": "green",
    "passed": "green",
    "proved": "green",
    "caught": "green",
    "not applicable": "dim",
    "blind spot": "red",
    "not noticed": "red",
    "missed": "yellow",
    "unknown": "yellow",
    "not run": "dim",
    "not measured": "yellow",
    "failed": "red",
    "broken": "red",
    "critical": "red",
    "high": "red",
    "medium": "yellow",
}
_BAR_COLUMNS = 24
_STEPS_IN_BAR = "▏▎▍▌▋▊▉█"


def result_text(result: DrillResult, *, width: int = 80, color: bool = False) -> str:
    """The whole result as text of at most `width` columns (40 at least); escapes only with `color`."""
    from rich.console import Console

    stream = io.StringIO()
    console = Console(
        file=stream,
        width=max(40, width),
        force_terminal=color,
        no_color=not color,
        color_system="standard" if color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    for block in _blocks(result):
        console.print(block)
    return "".join(line.rstrip() + "\n" for line in stream.getvalue().split("\n")).rstrip("\n") + "\n"


def _blocks(result: DrillResult) -> list[RenderableType]:
    blocks = [_head(result), *_figures(result)]
    blocks += _phases(result) + _bottlenecks(result) + _isolation(result) + _checks(result)
    blocks += _controls(result) + _findings(result) + _rest(result)
    return blocks


def _head(result: DrillResult) -> RenderableType:
    from rich.text import Text

    text = Text()
    text.append(f"{result.verdict.upper()}", style=VERDICT_STYLE[result.verdict])
    text.append(f"  {plain(result.drill)}", style="bold")
    if result.title:
        text.append(f" – {plain(result.title)}")
    text.append(f"\n{meaning(result)}\n")
    facts = [f"run {result.run}", plain(result.scenario.kind), plain(result.isolation_level), instant(result.started)]
    text.append(" · ".join(facts), style="dim")
    return text


def _figures(result: DrillResult) -> list[RenderableType]:
    rows = [
        [row.name, row.value, row.uncertainty, row.target, row.answer, row.note]
        for row in figure_rows(result)
        if row.figure.value is not None or row.target
    ]
    if result.discarded_writes is not None:
        rows.append(
            ["later writes discarded", count(result.discarded_writes), "", "", "", "after the chosen instant: not lost"]
        )
    if not rows:
        return []
    header = ["", "measured", "", "target", "", "source"]
    return [_title("Figures"), _table(rows, header=header, right=(1, 2, 3), styled=(4,), fixed=(0, 4))]


def _phases(result: DrillResult) -> list[RenderableType]:
    total = result.figures.rto_service_s.value
    if not result.phases or not total:
        return []
    rows = [
        [p.name.replace("_", "-"), seconds(p.seconds), f"{p.seconds / total:.0%}", _bar(p.seconds / total)]
        for p in result.phases
    ]
    if result.unaccounted_s is not None:
        rows.append(["unaccounted", seconds(result.unaccounted_s), f"{result.unaccounted_s / total:.0%}", ""])
    blocks = [_title("Phases", "the critical path; they add up to RTO service"), _table(rows, right=(1, 2))]
    if result.not_included:
        blocks.append(_note("A drill cannot include: " + "; ".join(plain(text) for text in result.not_included) + "."))
    return blocks


def _bottlenecks(result: DrillResult) -> list[RenderableType]:
    rows = []
    for item in sorted(result.bottlenecks, key=lambda b: -b.seconds):
        gain = f", saves {saved}" if (saved := saving(item)) else ""
        rows.append([seconds(item.seconds), f"{item.share:.0%}", f"{plain(item.what)} → {plain(item.remedy)}{gain}"])
    return [_title("Where the time went"), _table(rows, right=(0, 1))] if rows else []


def _isolation(result: DrillResult) -> list[RenderableType]:
    proofs = (("before", result.isolation.before), ("after", result.isolation.after))
    rows = [
        [when, proof.result.replace("-", " "), "" if proof.result == "not-run" else probe_summary(proof)]
        for when, proof in proofs
    ]
    return [_title("Isolation"), _table(rows, styled=(1,))]


def _checks(result: DrillResult) -> list[RenderableType]:
    if not result.checks:
        return []
    by_result = {kind: sum(check.result is kind for check in result.checks) for kind in CheckResult}
    summary = ", ".join(f"{number} {kind}" for kind, number in by_result.items() if number)
    rows = [
        [check.result.value, plain(check.name), plain(check.kind), seconds(check.seconds)]
        for check in worst_first(result.checks)
    ]
    return [_title("Checks", summary), _table(rows, right=(3,), styled=(0,))]


def _controls(result: DrillResult) -> list[RenderableType]:
    rows = [
        [
            control_word(control),
            plain(control.name),
            seconds(control.seconds) if control.seeded else "",
            ", ".join(plain(name) for name in control.caught_by) or plain(control_note(control)),
        ]
        for control in result.negative_controls
    ]
    if not rows:
        return []
    beside = "faults seeded into snapshots of the copy; seconds until a check named each"
    return [_title("Negative controls", beside), _table(rows, right=(2,), styled=(0,), fixed=(0, 1))]


def _findings(result: DrillResult) -> list[RenderableType]:
    from rich.padding import Padding
    from rich.text import Text

    blocks: list[RenderableType] = []
    for finding in unique_findings(result):
        text = Text()
        text.append(f"{finding.code} {finding.severity}", style=WORD_STYLE.get(finding.severity.value, ""))
        text.append(f"  {plain(finding.what)}\n")
        text.append(f"where: {plain(finding.where)}\n", style="dim")
        text.append(f"do:    {plain(finding.fix)}")
        blocks.append(Padding(text, (0, 0, 0, 2)))
    return [_title(findings_title(result)), *blocks] if blocks else []


def _rest(result: DrillResult) -> list[RenderableType]:
    lines = []
    for point in result.recovery_points:
        reached = "" if point.reached is None else f", reached {instant(point.reached)}"
        lines.append(f"{plain(point.store)} from {plain(point.label)} of {instant(point.instant)}{reached}")
    if result.disarmed:
        lines.append("disarmed before start: " + ", ".join(f"{plain(d.kind)} {plain(d.name)}" for d in result.disarmed))
    lines += [f"LEFT BEHIND: {plain(place)} (remove it with `stormproof drill sweep`)" for place in result.cleanup.left]
    lines += [f"kept on purpose: {plain(place)}" for place in result.cleanup.kept]
    if result.cleanup.destroyed_bytes:
        lines.append(f"restored data destroyed: {size(result.cleanup.destroyed_bytes)}")
    if result.evidence.path:
        lines.append(f"evidence: {plain(result.evidence.path)}")
        lines.append(f"sha256:   {result.evidence.sha256}")
    return [_title("For the record"), *(_note(line, style="") for line in lines)] if lines else []


def unique_findings(result: DrillResult) -> list[Finding]:
    """Every finding once, wherever it stands in the document; the worst first."""
    order = ["critical", "high", "medium", "low", "info"]
    found = [*result.findings, *result.isolation.before.findings, *result.isolation.after.findings]
    for check in result.checks:
        found += check.findings
    return sorted(dict.fromkeys(found), key=lambda finding: order.index(finding.severity.value))


def findings_title(result: DrillResult) -> str:
    """A good drill may still have something to say; it asks for nothing then."""
    pressing = any(finding.severity not in (Severity.INFO, Severity.LOW) for finding in unique_findings(result))
    return "What to do" if pressing or result.cleanup.left else "Worth knowing"


def worst_first(checks: Sequence[CheckReport]) -> list[CheckReport]:
    order = [CheckResult.FAILED, CheckResult.UNKNOWN, CheckResult.PASSED]
    return sorted(checks, key=lambda check: order.index(check.result))


def _title(text: str, beside: str = "") -> Text:
    from rich.text import Text

    title = Text("\n")
    title.append(text, style="bold")
    if beside:
        title.append(f"  {beside}", style="dim")
    return title


def _note(text: str, *, style: str = "dim") -> RenderableType:
    from rich.padding import Padding
    from rich.text import Text

    return Padding(Text(text, style=style, overflow="fold"), (0, 0, 0, 2))


def _table(
    rows: Sequence[Sequence[str]],
    *,
    header: Sequence[str] = (),
    right: Sequence[int] = (),
    styled: Sequence[int] = (),
    fixed: Sequence[int] = (),
) -> RenderableType:
    """Columns without lines; the last one wraps, so that nothing is ever wider than the terminal."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    columns = max(len(row) for row in rows)
    table = Table(box=None, show_header=bool(header), padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for index in range(columns):
        table.add_column(
            header[index] if header else "",
            justify="right" if index in right else "left",
            no_wrap=index in right or index in fixed,
            overflow="fold",
        )
    for row in rows:
        table.add_row(
            *(Text(cell, style=WORD_STYLE.get(cell, "") if index in styled else "") for index, cell in enumerate(row))
        )
    return Padding(table, (0, 0, 0, 2))


def _bar(share: float) -> str:
    eighths = max(1, round(min(1.0, max(0.0, share)) * _BAR_COLUMNS * 8))
    return "█" * (eighths // 8) + (_STEPS_IN_BAR[eighths % 8 - 1] if eighths % 8 else "")
