"""A summary for CI pages: under 60 lines whatever the input, and nothing in it is markup unless it was made here."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stormproof.core.drill_result import DrillResult
from stormproof.core.verdict import CheckResult, Verdict
from stormproof.report.terminal_result import unique_findings, worst_first
from stormproof.report.trust import NOT_LOOKED_AT, Trust
from stormproof.report.wording import (
    control_note,
    control_word,
    figure_rows,
    instant,
    meaning,
    plain,
    probe_summary,
    seconds,
)

LINES_MAX = 58
_TEXT_MAX = 300
_MARK = {
    Verdict.MET: "✅",
    Verdict.MISSED: "⚠️",
    Verdict.UNVERIFIED: "❓",
    Verdict.FAILED: "❌",
    Verdict.REFUSED: "⛔",
    Verdict.STOPPED: "🛑",
}
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~>@$])")


def markdown_summary(results: Sequence[DrillResult], *, trust: Trust = NOT_LOOKED_AT) -> str:
    """One drill with its tables; several as one table and what to do about each."""
    lines = [] if trust.ok else [f"> **{trust.headline}.**", *(f"> {_text(line)}" for line in trust.lines[:3]), ""]
    lines += _one(results[0]) if len(results) == 1 else _several(results)
    if len(lines) > LINES_MAX:
        hidden = len(lines) - LINES_MAX + 2
        lines = [*lines[: LINES_MAX - 2], "", f"… {hidden} more lines are in the report."]
    return "\n".join(lines) + "\n"


def _one(result: DrillResult) -> list[str]:
    lines = [
        f"## {_MARK[result.verdict]} {result.verdict.capitalize()}: {_text(result.drill)}",
        "",
        f"{_text(result.title)}. {meaning(result)}" if result.title else meaning(result),
        "",
        "| figure | measured | target | |",
        "|---|---:|---:|---|",
    ]
    lines += [
        f"| {row.name} | {row.value} {row.uncertainty} | {row.target} | {row.answer} |"
        for row in figure_rows(result)
        if row.figure.value is not None or row.target
    ]
    if to_do := _to_do(result, limit=8):
        lines += ["", "**What to do**", "", *to_do]
    lines.append("")
    if result.phases:
        lines.append("- **Phases:** " + ", ".join(f"{_text(p.name)} {seconds(p.seconds)}" for p in result.phases[:12]))
    counts = {kind: sum(check.result is kind for check in result.checks) for kind in CheckResult}
    if result.checks:
        lines.append("- **Checks:** " + ", ".join(f"{number} {kind}" for kind, number in counts.items() if number))
        lines += [
            f"  - {check.result}: {_text(check.name)}"
            for check in worst_first(result.checks)[:8]
            if check.result is not CheckResult.PASSED
        ]
    if result.negative_controls:
        ends = [control.end for control in result.negative_controls]
        lines.append(f"- **Negative controls:** {ends.count('caught')} of {len(ends)} seeded faults were caught")
        lines += [
            f"  - {control_word(control)}: {_text(control.name)} – {_text(control_note(control))}"
            for control in result.negative_controls
            if control.end not in ("caught", "not-applicable")
        ]
    before, after = result.isolation.before, result.isolation.after
    lines.append(f"- **Isolation:** before {before.result} ({probe_summary(before)}); after {after.result}")
    if result.cleanup.left:
        lines.append(f"- **Left behind:** {len(result.cleanup.left)}; run `stormproof drill sweep`")
    lines += [
        "",
        f"Run {_code(result.run)}, {instant(result.started)}, scenario {_text(result.scenario.kind)}, {_text(result.isolation_level)}.",
    ]
    if result.evidence.sha256:
        lines.append(f"Evidence {_code(f'sha256:{result.evidence.sha256}')}.")
    return lines


def _several(results: Sequence[DrillResult]) -> list[str]:
    lines = [
        "## Recovery drills",
        "",
        "| drill | verdict | RTO service | target | RPO data | target |",
        "|---|---|---:|---:|---:|---:|",
    ]
    order = [Verdict.STOPPED, Verdict.FAILED, Verdict.UNVERIFIED, Verdict.REFUSED, Verdict.MISSED, Verdict.MET]
    ordered = sorted(results, key=lambda result: order.index(result.verdict))
    for result in ordered[:25]:
        rows = {row.key: row for row in figure_rows(result)}
        rto, rpo = rows["rto_service_s"], rows["rpo_data_s"]
        cells = [
            _text(result.drill),
            f"{_MARK[result.verdict]} {result.verdict}",
            rto.value,
            rto.target,
            rpo.value,
            rpo.target,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    if len(ordered) > 25:
        lines.append(f"| … and {len(ordered) - 25} more | | | | | |")
    for result in ordered:
        if to_do := _to_do(result, limit=3):
            lines += ["", f"**{_text(result.drill)}**", "", *to_do]
    return lines


def _to_do(result: DrillResult, *, limit: int) -> list[str]:
    found = unique_findings(result)
    lines = [f"- **{_text(f.code)} {f.severity}** {_text(f.what)} – {_text(f.fix)}" for f in found[:limit]]
    if len(found) > limit:
        lines.append(f"- and {len(found) - limit} more findings")
    return lines


def _code(text: str) -> str:
    """A name as code, which no backtick in it can end."""
    return f"`{plain(text, _TEXT_MAX).replace('`', chr(39))}`"


def _text(text: str) -> str:
    """Text as text: no markup, no HTML, no mention, no link, one line."""
    escaped = _SPECIAL.sub(r"\\\1", plain(text, _TEXT_MAX).replace("&", "&amp;").replace("<", "&lt;"))
    if escaped.startswith(("-", "=")):
        escaped = f"\\{escaped}"  # else a list, or a heading of the line above
    return escaped.replace("://", ":\u200b//").replace("@", "@\u200b")
