"""The report as one HTML file: no script, no network, readable on paper, on a phone and in the dark."""

from __future__ import annotations

from collections.abc import Sequence

from stormproof.core.drill_result import DrillResult
from stormproof.core.history import history
from stormproof.report import html_sections as sections
from stormproof.report.html_figures import figures
from stormproof.report.html_isolation import isolation
from stormproof.report.html_style import style_sheet
from stormproof.report.html_table import tone
from stormproof.report.markup import Markup, el
from stormproof.report.terminal_result import findings_title
from stormproof.report.trust import NOT_LOOKED_AT, Trust
from stormproof.report.wording import instant, meaning

ALARMS_MAX = 10
_SIGNS = {
    "good": "M3.5 8.5l3 3 6-7",
    "warn": "M8 3.5v5.5M8 12v.6",
    "bad": "M4 4l8 8M12 4l-8 8",
    "still": "M4 8h8",
}
# Restored data is hostile: even if a text escaped its escaping, nothing could load or run.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def html_report(result: DrillResult, *, history_of: Sequence[DrillResult] = (), trust: Trust = NOT_LOOKED_AT) -> str:
    """One run's report.

    Args:
        history_of: earlier results for the plot, any order; other drills and other kinds of scenario are ignored.
        trust: whether the evidence verifies; anything but yes is said above everything else.
    """
    runs = {run.run: run for run in (*history_of, result) if run.scenario.kind == result.scenario.kind}
    series = history(runs.values(), drill=result.drill)
    shown = [
        sections.findings(result),
        figures(result),
        sections.time_spent(result),
        sections.bottlenecks(result),
        sections.checks(result),
        isolation(result),
        sections.data(result),
        sections.past(series[0], result) if series else None,
        sections.provenance(result),
    ]
    page = el(
        "html",
        _head(result),
        el(
            "body",
            el("a", "Skip to the figures", href="#figures", class_="skip"),
            _alarm(trust),
            el(
                "div",
                _top(result, [s for s in shown if s is not None]),
                el("main", shown),
                _foot(result, trust),
                class_="wrap",
            ),
        ),
        lang="en",
    )
    return f"<!DOCTYPE html>\n{page}\n"


def _head(result: DrillResult) -> Markup:
    return el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="referrer", content="no-referrer"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", f"{result.verdict.upper()}: {result.drill}, {result.run}"),
        Markup(f"<style>{style_sheet()}</style>"),
    )


def _alarm(trust: Trust) -> Markup | None:
    """What stands above everything when the evidence does not hold, or nobody looked."""
    if trust.ok:
        return None
    what = "Do not rely on anything below." if trust.ok is False else "Verify it before you rely on what is below."
    lines = [el("li", line) for line in trust.lines[:ALARMS_MAX]]
    if (more := len(trust.lines) - ALARMS_MAX) > 0:
        lines.append(el("li", f"and {more} more"))
    inner = el("div", el("strong", f"{trust.headline}."), f" {what}", el("ul", lines) if lines else None, class_="wrap")
    return el("aside", inner, class_="alarm" if trust.ok is False else "alarm quiet", aria_label="Trust")


def _top(result: DrillResult, shown: Sequence[Markup]) -> Markup:
    kind = tone(result.verdict.value)
    facts = [
        ("Drill", result.drill),
        ("Scenario", result.scenario.kind.replace("-", " ")),
        ("Isolation level", result.isolation_level.replace("-", " ")),
        ("Started", instant(result.started)),
        ("Run", result.run),
    ]
    return el(
        "header",
        el(
            "div",
            el("span", "Stormproof drill report" if result.mode == "drill" else "Stormproof recovery report"),
            el("span", result.owner),
            class_="brand",
        ),
        el("div", _sign(kind), result.verdict.value.capitalize(), class_=f"verdict {kind}"),
        el("h1", result.title or result.drill),
        el("p", _meaning(result), class_="lead"),
        el("dl", [el("div", el("dt", name), el("dd", value)) for name, value in facts if value], class_="facts"),
        el(
            "nav",
            el("ul", [el("li", el("a", title, href=f"#{name}")) for name, title in _contents(result, shown)]),
            aria_label="On this page",
            style="margin-top:1.5rem",
        ),
        class_="top",
    )


def _meaning(result: DrillResult) -> str:
    text = meaning(result)
    if result.exit_code == 5:
        text += " Something was left behind: it must be swept."
    return text


_TITLES = (
    ("figures", "Figures"),
    ("time", "Time"),
    ("bottlenecks", "Bottlenecks"),
    ("checks", "Checks"),
    ("isolation", "Isolation"),
    ("data", "Recovery points"),
    ("history", "History"),
    ("record", "Record"),
)


def _contents(result: DrillResult, shown: Sequence[Markup]) -> list[tuple[str, str]]:
    titles = (("findings", findings_title(result)), *_TITLES)
    return [(name, title) for name, title in titles if any(f'<section id="{name}"' in section for section in shown)]


def _foot(result: DrillResult, trust: Trust) -> Markup:
    return el(
        "footer",
        el("p", f"{trust.headline}. Made by stormproof {result.versions.get('stormproof', '')}".rstrip() + "."),
    )


def _sign(kind: str) -> Markup:
    line = el(
        "path",
        d=_SIGNS.get(kind, _SIGNS["still"]),
        fill="none",
        stroke="currentColor",
        stroke_width="2.2",
        stroke_linecap="round",
        stroke_linejoin="round",
    )
    return el("svg", line, viewBox="0 0 16 16", aria_hidden="true")
