"""The sections of the HTML report, each from one part of the result; None where there is nothing to say."""

from __future__ import annotations

from stormproof.core.drill_result import DrillResult
from stormproof.core.history import DrillHistory
from stormproof.core.verdict import CheckResult, Verdict
from stormproof.report.forecast_text import forecast_text
from stormproof.report.html_table import Column, folded, record, section, share_bar, table, tone, word
from stormproof.report.markup import Child, Markup, el
from stormproof.report.svg_history import history_plot, trend_text, verdict_sign
from stormproof.report.svg_timeline import STEPS_MAX, timeline
from stormproof.report.terminal_result import findings_title, unique_findings, worst_first
from stormproof.report.wording import control_note, control_word, duration, instant, saving, seconds, size


def findings(result: DrillResult) -> Markup | None:
    found = unique_findings(result)
    if not found and not result.cleanup.left:
        return None
    parts = [
        el(
            "div",
            el("h3", finding.what),
            el(
                "p",
                el("span", f"{finding.code} · {finding.severity}", class_="tag"),
                " ",
                el("span", finding.where, class_="muted"),
            ),
            el("p", el("strong", "Do: "), finding.fix),
            class_=f"finding {tone(finding.severity.value)}",
        )
        for finding in found
    ]
    parts += [
        el(
            "div",
            el("h3", f"Left behind: {place}"),
            el("p", el("strong", "Do: "), "run ", el("code", "stormproof drill sweep")),
            class_="finding bad",
        )
        for place in result.cleanup.left
    ]
    return section("findings", findings_title(result), parts)


def time_spent(result: DrillResult) -> Markup | None:
    wide = timeline(result, narrow=False)
    total = result.figures.rto_service_s.value
    if wide is None and not result.phases:
        return None
    parts: list[Child] = []
    if wide is not None:
        key = [
            el("span", _key("path", 12), "on the critical path", class_="key"),
            el("span", _key("aside", 6), "beside it, at the same time", class_="key"),
        ]
        hidden = len(result.steps) - STEPS_MAX
        more = el("span", f"{hidden} more steps are in the evidence") if hidden > 0 else None
        far = result.targets.rto_s is not None and total is not None and result.targets.rto_s > total * 1.6
        target = (
            el("span", f"the target, {duration(result.targets.rto_s or 0)}, lies beyond the right edge")
            if far
            else None
        )
        parts.append(el("figure", wide, timeline(result, narrow=True), el("figcaption", key, more, target)))
    if result.phases and total:
        rows: list[list[Child]] = [
            [
                phase.name.replace("_", "-"),
                seconds(phase.seconds),
                f"{phase.seconds / total:.0%}",
                share_bar(phase.seconds / total),
                ", ".join(phase.steps),
            ]
            for phase in result.phases
        ]
        if result.unaccounted_s is not None:
            rows.append(["unaccounted", seconds(result.unaccounted_s), f"{result.unaccounted_s / total:.0%}", "", ""])
        columns = [Column("Phase"), Column("Time", "n"), Column("Share", "n"), Column("", "bar"), Column("Steps")]
        parts.append(table(columns, rows, caption="Phases of the critical path add up to RTO service.", brief=True))
    if result.interrupted_s:
        parts.append(
            el(
                "p",
                f"The run was interrupted for {seconds(result.interrupted_s)}; that time counts.",
                class_="muted small",
            )
        )
    if result.not_included:
        parts.append(el("p", "A drill cannot include: ", "; ".join(result.not_included), ".", class_="muted small"))
    return section("time", "Where the time went", parts)


def bottlenecks(result: DrillResult) -> Markup | None:
    if not result.bottlenecks:
        return None
    rows: list[list[Child]] = [
        [
            b.what,
            seconds(b.seconds),
            f"{b.share:.0%}",
            b.remedy,
            saving(b),
        ]
        for b in sorted(result.bottlenecks, key=lambda b: -b.seconds)
    ]
    columns = [
        Column("What is slow"),
        Column("Time", "n"),
        Column("Share", "n"),
        Column("Remedy"),
        Column("Saves", "n"),
    ]
    return section(
        "bottlenecks",
        "Bottlenecks",
        table(columns, rows, caption="Shares of RTO service. Savings are predictions until a drill measures them."),
    )


def checks(result: DrillResult) -> Markup | None:
    if not result.checks and not result.negative_controls:
        return None
    counts = {kind: sum(check.result is kind for check in result.checks) for kind in CheckResult}
    caption = ", ".join(f"{number} {kind}" for kind, number in counts.items() if number)
    rows: list[list[Child]] = [
        [
            check.name,
            word(check.result.value),
            check.kind.replace("_", " "),
            seconds(check.seconds),
            [el("div", finding.what) for finding in check.findings],
        ]
        for check in worst_first(result.checks)
    ]
    columns = [Column("Check"), Column("Result"), Column("Kind"), Column("Time", "n"), Column("Found")]
    parts: list[Child] = (
        [table(columns, rows, caption=f"{caption}. What could not be looked at is unknown, never passed.", brief=True)]
        if rows
        else []
    )
    if result.negative_controls:
        seeded: list[list[Child]] = [
            [
                [el("div", c.title or c.name), el("div", c.what, class_="muted small")],
                word(control_word(c)),
                ", ".join(c.caught_by),
                seconds(c.seconds) if c.seeded else "",
                c.named or control_note(c),
            ]
            for c in result.negative_controls
        ]
        columns = [
            Column("Seeded fault"),
            Column("Result"),
            Column("Caught by"),
            Column("After", "n"),
            Column("Named, or what would see it"),
        ]
        parts += [
            el("h3", "Negative controls"),
            table(
                columns,
                seeded,
                caption="Faults put into snapshots of the isolated copy on purpose; a check must name each.",
            ),
        ]
    return section("checks", "Checks of the restored data", parts)


def data(result: DrillResult) -> Markup | None:
    parts: list[Child] = []
    if result.recovery_points:
        rows: list[list[Child]] = [
            [
                p.store,
                p.label,
                instant(p.instant),
                instant(p.reached),
                _lsn(p.reached_lsn, p.expected_lsn),
                "" if p.timeline is None else str(p.timeline),
            ]
            for p in result.recovery_points
        ]
        columns = [
            Column("Store"),
            Column("Recovery point"),
            Column("Taken", "w"),
            Column("Reached", "w"),
            Column("Log position"),
            Column("Timeline", "n"),
        ]
        parts.append(table(columns, rows, caption="What was restored, and how far recovery came."))
    if result.disarmed:
        rows = [[d.name, d.kind, d.where, d.how] for d in result.disarmed]
        columns = [Column("Disarmed"), Column("Kind"), Column("Where"), Column("How")]
        parts += [
            el("h3", "Disarmed before start"),
            table(columns, rows, caption="What would have acted on the world from inside the restored data."),
        ]
    return section("data", "Recovery points", parts) if parts else None


def past(history: DrillHistory, result: DrillResult) -> Markup | None:
    entries = history.entries
    wide = history_plot(entries, run=result.run, narrow=False)
    if wide is None:
        return None
    key = [el("span", verdict_sign(v), v.value, class_="key") for v in Verdict if any(e.verdict is v for e in entries)]
    rows: list[list[Child]] = [
        [
            e.run,
            instant(e.started),
            word(e.verdict.value),
            "" if e.rto_s is None else seconds(e.rto_s),
            "" if e.rpo_s is None else seconds(e.rpo_s),
        ]
        for e in reversed(entries[-12:])
    ]
    columns = [
        Column("Run"),
        Column("Started", "w"),
        Column("Verdict"),
        Column("RTO service", "n"),
        Column("RPO data", "n"),
    ]
    return section(
        "history",
        "History",
        el(
            "p",
            f"RTO service under scenario {result.scenario.kind}; this run is ringed. {trend_text(entries)}",
            class_="lead small",
        ),
        el("p", forecast_text(history.forecast), class_="small"),
        el("figure", wide, history_plot(entries, run=result.run, narrow=True), el("figcaption", key)),
        folded(f"The last {len(rows)} runs", table(columns, rows, caption="Newest first.", brief=True), opened=False),
    )


def provenance(result: DrillResult) -> Markup:
    pairs: list[tuple[str, Child]] = [("Run", el("code", result.run))]
    pairs += [
        (name, value)
        for name, value in (("Runbook", result.runbook), ("Owner", result.owner), ("Service", result.service))
        if value
    ]
    pairs.append(
        ("Failure", f"{instant(result.scenario.t_fail)}{' (injected in the lab)' if result.scenario.injected else ''}")
    )
    pairs.append(("Started, ended", f"{instant(result.started)}, {instant(result.ended)}"))
    if source := result.secrets.get("from"):
        read = result.secrets.get("read")
        names = (
            ", ".join(map(str, read)) if isinstance(read, list) else ""
        )  # a record of somebody else's holds anything
        pairs.append(("Keys came from", f"{source}: {names}" if names else str(source)))
    for host, offset in result.clock_offsets.items():
        shown = (
            offset.why or "unknown"
            if offset.value is None
            else f"{seconds(offset.value)} ± {seconds(offset.uncertainty_s or 0.0)}"
        )
        pairs.append((f"Clock of {host}", shown))
    if result.checks_seconds is not None:
        pairs.append(("Checks took", seconds(result.checks_seconds)))
    if result.tear_down_seconds is not None:
        pairs.append(("Tear-down took", seconds(result.tear_down_seconds)))
    pairs.append(("Left behind", ", ".join(result.cleanup.left) or "nothing"))
    if result.cleanup.kept:
        pairs.append(("Kept on purpose", ", ".join(result.cleanup.kept)))
    if result.cleanup.destroyed_bytes:
        pairs.append(("Restored data destroyed", size(result.cleanup.destroyed_bytes)))
    if result.versions:
        pairs.append(("Versions", ", ".join(f"{name} {version}" for name, version in result.versions.items())))
    if result.evidence.path:
        pairs.append(("Evidence", el("code", result.evidence.path)))
        pairs.append(("SHA-256", el("code", result.evidence.sha256 or "")))
        pairs.append(("Verify", el("code", f"stormproof evidence verify {result.evidence.path} --key evidence.pub")))
    return section("record", "For the record", record(pairs))


def _lsn(reached: str | None, expected: str | None) -> str:
    if reached is None:
        return ""
    return reached if expected in (None, reached) else f"{reached}, expected {expected}"


def _key(class_: str, height: float) -> Markup:
    return el(
        "svg",
        el("rect", x=0, y=(14 - height) / 2, width=30, height=height, rx=2, class_=class_),
        viewBox="0 0 30 14",
        aria_hidden="true",
    )
