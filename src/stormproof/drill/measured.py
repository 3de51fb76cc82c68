"""The figures of a drill from what was measured: pure, by the definitions of docs/measurement.md."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from stormproof.core.critical_path import Span
from stormproof.core.drill_result import Figures, StepSpan, Targets
from stormproof.core.figures import Figure
from stormproof.core.finding import Finding, Severity

NOT_INCLUDED = [
    "detect: how long until somebody notices the outage",
    "decide: how long until somebody decides to recover",
    "cut-over: how long until users reach the restored service",
]

READY_STEP = "first_write_and_read"  # each store's step that proves, as its application would, that it is back
POLL_UNCERTAINTY_SECONDS = 0.010  # readiness is looked for on the host every 10 ms


def rto_service(t_start: datetime, t_ready: datetime, *, round_trip_s: float) -> Figure:
    """t_ready minus t_start, both on our own clock; t_ready was noticed at most a poll and a round trip late."""
    return Figure(
        value=(t_ready - t_start).total_seconds(),
        uncertainty_s=round(POLL_UNCERTAINTY_SECONDS + round_trip_s, 6),
        source="first verified write and read",
    )


def not_shown_ready(spans: Sequence[Span], stores: Sequence[str]) -> str | None:
    """Why no t_ready can be had from these steps that ended well: a store's first write and read was none of them.

    Args:
        stores: `postgres`, `files`: prefixes of their steps in a runbook that includes others.
    """
    ended = {span.step for span in spans}
    for store in stores:
        included = any(name.startswith(f"{store}.") for name in ended)
        wanted = f"{store}.{READY_STEP}" if included else READY_STEP
        if wanted not in ended:
            return f"the runbook has no step '{wanted}', so nobody saw a first write and read"
    return None


def rto_job(spans: Sequence[StepSpan], jobs: Sequence[str]) -> Figure:
    """What a console of backup jobs would report: from the first restore job's start to the last one's end."""
    chosen = [s for s in spans if s.step.rpartition(".")[2] in jobs]
    if not chosen:
        return Figure.unmeasured("no restore job ran")
    start = min(s.offset_s for s in chosen)
    return Figure(
        value=round(max(s.offset_s + s.seconds for s in chosen) - start, 6), source="restore jobs, start to end"
    )


def target_findings(figures: Figures, targets: Targets) -> tuple[list[Finding], bool, bool]:
    """(findings, missed, unmeasured): each target against its figure, value plus uncertainty."""
    findings: list[Finding] = []
    missed = unmeasured = False
    for name, target, figure, code in (
        ("RTO", targets.rto_s, figures.rto_service_s, "SP801"),
        ("RPO", targets.rpo_s, figures.rpo_data_s, "SP802"),
        ("RPO across stores", targets.rpo_consistent_s, figures.rpo_consistent_s, "SP803"),
    ):
        if target is None:
            continue
        met = figure.met(target)
        if met is None:
            unmeasured = True
            findings.append(
                Finding(
                    code=code,
                    severity=Severity.HIGH,
                    what=f"the {name} could not be measured: {figure.why}",
                    where=f"target {target:g} s",
                    fix="make it measurable: a target that nobody measures is not met",
                )
            )
        elif not met:
            missed = True
            uncertainty = f" ± {figure.uncertainty_s:.2g} s" if figure.uncertainty_s else ""
            findings.append(
                Finding(
                    code=code,
                    severity=Severity.HIGH,
                    what=f"the {name} is {figure.value:.1f} s{uncertainty}, and the target {target:g} s",
                    where=figure.source,
                    fix="see which phase dominates the recovery" if name == "RTO" else "back up or ship WAL more often",
                )
            )
    return findings, missed, unmeasured
