"""A drill's result from everything that was recorded: verdict, exit code, figures, findings. Decides nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from stormproof.core.bottleneck import bottlenecks
from stormproof.core.critical_path import Span, critical_path, step_spans
from stormproof.core.drill_result import (
    DrillResult,
    Figures,
    Isolation,
    IsolationProof,
    Scenario,
    Targets,
)
from stormproof.core.errors import Interrupted, NotIsolated, StormproofError, Terminated
from stormproof.core.figures import Figure
from stormproof.core.finding import Finding, Severity
from stormproof.core.phase import INTERRUPTED
from stormproof.core.run_state import RunState
from stormproof.core.verdict import EXIT_CODES, LEFTOVERS_EXIT_CODE, Verdict, verdict_of_run
from stormproof.drill.aftermath import Aftermath
from stormproof.drill.before import Before
from stormproof.drill.controls.controlled import Controlled, not_reached
from stormproof.drill.layout import parts_of
from stormproof.drill.measured import NOT_INCLUDED, not_shown_ready, rto_job, rto_service, target_findings
from stormproof.drill.verification import Verification

if TYPE_CHECKING:
    from stormproof.core.drill_spec import DrillSpec
    from stormproof.drill.ports import DrillPorts
    from stormproof.engine.executor import Outcome

VERDICTS_OF_ENDS = {
    code: verdict for verdict, code in EXIT_CODES.items() if verdict not in (Verdict.MET, Verdict.MISSED)
}
RESTORE_JOBS = ("restore_base", "fetch_wal", "restore_config", "restore")


@dataclass(slots=True)
class Recorded:
    """What came of a drill, as far as it came. `not_begun_for` alone is set when nothing was moved."""

    run_id: str = ""
    started: datetime | None = None
    before: Before | None = None
    outcome: Outcome | None = None
    spans: Sequence[Span] = ()
    gaps: Sequence[tuple[datetime, datetime]] = ()
    verification: Verification = field(default_factory=Verification)
    after: IsolationProof = field(default_factory=IsolationProof)
    trouble: StormproofError | None = None  # the restored copy could not be looked at whole
    controlled: Controlled | None = None  # negative controls, where the run was asked for some
    not_begun_for: StormproofError | None = None

    @classmethod
    def not_begun(
        cls, run_id: str, started: datetime, error: StormproofError, controlled: Controlled | None = None
    ) -> Recorded:
        return cls(run_id=run_id, started=started, not_begun_for=error, controlled=controlled)


def build_result(spec: DrillSpec, ports: DrillPorts, recorded: Recorded) -> DrillResult:
    """The measured document: all but what tear-down finds (`with_aftermath`) and its evidence's place."""
    before, verification = recorded.before, recorded.verification
    targets = targets_of(spec)
    common: dict[str, Any] = {
        "drill": spec.drill, "title": spec.title, "owner": spec.owner, "service": spec.scenario.service,
        "runbook": spec.runbook, "run": before.run_id if before else recorded.run_id,
        "started": before.started if before else recorded.started, "ended": ports.clock.now().utc,
        "isolation_level": ports.isolation_level, "targets": targets, "not_included": NOT_INCLUDED,
        "versions": dict(ports.versions), "secrets": {"from": ports.secrets.where, "read": ports.secrets.names_read()},
    }  # fmt: skip
    if recorded.controlled is None and before is not None and before.controls:
        recorded.controlled = not_reached(before.controls, "the drill did not get that far")
    if recorded.controlled is not None:
        # It asks whether faults are seen: no target is held against it, and its figures are no one's result.
        targets = Targets()
        common |= {
            "negative_controls": recorded.controlled.controls, "counts_for_coverage": False, "targets": targets,
        }  # fmt: skip
    if before is None or recorded.outcome is None:
        return _not_begun(spec, recorded, common)

    error, controlled = recorded.outcome.error, recorded.controlled
    if error is None and isinstance(recorded.trouble, Interrupted | Terminated):
        error = recorded.trouble
    figures = _unmeasured(verification)
    phases, steps, unaccounted, t_ready = [], [], None, None
    sink = spec_last_step(recorded.spans)
    unready = not_shown_ready(recorded.spans, parts_of(ports.inventory, spec.scenario.service).stores)
    if recorded.outcome.state is RunState.DONE and unready is not None:
        figures = figures.model_copy(update={"rto_service_s": Figure.unmeasured(unready)})
    if recorded.outcome.state is RunState.DONE and unready is None and sink is not None:
        t_ready = sink.end
        path = critical_path(
            recorded.spans, t_start=before.t_start, t_ready=t_ready, gaps=recorded.gaps, last=sink.step
        )
        phases, unaccounted = path.phases, path.unaccounted_s
        steps = step_spans(recorded.spans, path, t_start=before.t_start)
        round_trip = max((o.uncertainty_seconds for o in before.offsets.values()), default=0.0)
        figures = figures.model_copy(
            update={
                "rto_service_s": rto_service(before.t_start, t_ready, round_trip_s=round_trip),
                "rto_job_s": rto_job(steps, RESTORE_JOBS),
            }
        )
    else:
        steps = step_spans(recorded.spans, None, t_start=before.t_start)
    findings, missed, unmeasured = _findings(recorded, figures, targets)
    if spec.window is not None:
        reach = verification.window.value
        unmeasured |= reach is None
        missed |= reach is not None and reach < spec.window.min.total_seconds()
    if controlled is not None:
        missed = unmeasured = False  # the window too
    stopped = recorded.outcome.state is RunState.STOPPED or isinstance(error, Interrupted | Terminated)
    verdict = verdict_of_run(
        stopped=stopped,
        failed=error is not None
        or verification.failed
        or recorded.after.result == "broken"
        or (controlled is not None and not controlled.all_caught),
        unknown=verification.unknown or unmeasured or recorded.after.result != "proved" or recorded.trouble is not None,
        missed=missed,
    )
    total = figures.rto_service_s.value
    return DrillResult(
        **common,
        verdict=verdict,
        exit_code=error.exit_code if isinstance(error, Interrupted | Terminated) else EXIT_CODES[verdict],
        scenario=Scenario(
            kind=spec.scenario.kind, t_fail=before.disaster.t_fail, service=spec.scenario.service,
            seed=before.seed if spec.point == "random" else None, injected=before.injected, lsn=before.disaster.lsn, target=before.disaster.target,
        ),
        figures=figures,
        phases=phases,
        unaccounted_s=unaccounted,
        steps=steps,
        bottlenecks=bottlenecks(
            steps, total or 0.0, parts=verification.parts, unaccounted_s=unaccounted or 0.0,
            interrupted_s=sum(p.seconds for p in phases if p.name == INTERRUPTED), has_tls=verification.has_tls,
        ),
        environment=spec.environment,
        parts=verification.parts,
        choices=dict(before.choices),
        isolation=Isolation(before=before.proof, after=recorded.after),
        checks=verification.checks,
        findings=findings,
        disarmed=verification.disarmed,
        discarded_writes=verification.discarded,
        checks_seconds=verification.checks_seconds,
        recovery_points=verification.points,
        clock_offsets={
            name: Figure(value=round(o.seconds, 6), uncertainty_s=round(o.uncertainty_seconds, 6), source="asked over SSH")
            for name, o in before.offsets.items()
        },
        interrupted_s=round(sum(p.seconds for p in phases if p.name == INTERRUPTED), 6),
    )  # fmt: skip


def with_aftermath(result: DrillResult, aftermath: Aftermath, *, ended: datetime) -> DrillResult:
    """The measured result, and what became of the tear-down: leftovers have their own exit code and findings."""
    left = aftermath.cleanup.left
    exit_code = result.exit_code
    if left and result.verdict is not Verdict.STOPPED:
        exit_code = LEFTOVERS_EXIT_CODE
    findings = result.findings + [
        Finding(code="SP805", severity=Severity.HIGH, what=f"left over: {what}", where="tear-down",
                fix=f"stormproof drill sweep {result.run}")
        for what in left
    ]  # fmt: skip
    return result.model_copy(
        update={
            "exit_code": exit_code,
            "ended": ended,
            "findings": _weightiest_first(findings),
            "tear_down_seconds": aftermath.seconds,
            "cleanup": aftermath.cleanup,
        }
    )


def targets_of(spec: DrillSpec) -> Targets:
    consistent = spec.targets.rpo_consistent
    return Targets(
        rto_s=spec.targets.rto.total_seconds(),
        rpo_s=spec.targets.rpo.total_seconds(),
        rpo_consistent_s=consistent.total_seconds() if consistent else None,
    )


def spec_last_step(spans: Sequence[Span]) -> Span | None:
    """The runbook's last step: the one that nothing else needs and that ended last. Its end is t_ready."""
    needed = {need for span in spans for need in span.needs}
    sinks = [span for span in spans if span.step not in needed]
    return max(sinks, key=lambda span: span.end, default=None)


def _unmeasured(verification: Verification) -> Figures:
    why = "the recovery did not end"
    return Figures(
        rto_service_s=Figure.unmeasured(why), rto_job_s=Figure.unmeasured(why), rpo_point_s=verification.rpo_point,
        rpo_data_s=verification.rpo_data, rpo_consistent_s=verification.rpo_consistent,
        acknowledged_writes_lost=verification.writes_lost, first_new_backup_s=verification.first_backup,
        window_s=verification.window,
    )  # fmt: skip


def _findings(recorded: Recorded, figures: Figures, targets: Targets) -> tuple[list[Finding], bool, bool]:
    """Everything that a person should act on, the weightiest first."""
    assert recorded.outcome is not None, "a refused run has its own finding"
    error, verification = recorded.outcome.error, recorded.verification
    findings = [as_finding(error, Severity.CRITICAL)] if error is not None else []
    missed = unmeasured = False
    if error is None:
        about_targets, missed, unmeasured = target_findings(figures, targets)
        findings += about_targets
    if recorded.trouble is not None:
        findings.append(as_finding(recorded.trouble, Severity.HIGH))
    findings += recorded.controlled.findings if recorded.controlled is not None else []
    findings += verification.findings
    findings += [finding for check in verification.checks for finding in check.findings]
    findings += recorded.after.findings
    if error is None and recorded.after.result != "proved":
        findings.append(_not_proved_again(recorded.after.result))
    return _weightiest_first(findings), missed, unmeasured


def _not_proved_again(result: str) -> Finding:
    """SP307: the second proof's own findings say what it saw, this one that the drill does not count."""
    where = "second isolation proof"
    if result == "not-run":
        return Finding(
            code="SP307", severity=Severity.CRITICAL, where=where,
            what="isolation was not looked at again after the recovery",
            fix="correct what kept the drill from looking, then run it again",
        )  # fmt: skip
    return Finding(
        code="SP307", severity=Severity.CRITICAL, where=where,
        what=f"isolation was {result} when it was looked at again after the recovery",
        fix="find out what opened a way while the drill ran, before the next one",
    )  # fmt: skip


def _weightiest_first(findings: Sequence[Finding]) -> list[Finding]:
    order = list(Severity)
    return sorted(dict.fromkeys(findings), key=lambda finding: -order.index(finding.severity))


def as_finding(error: StormproofError, severity: Severity) -> Finding:
    return Finding(code=error.code or "SP200", severity=severity, what=error.what, where=error.where, fix=error.fix)


def _not_begun(spec: DrillSpec, recorded: Recorded, common: dict[str, Any]) -> DrillResult:
    assert recorded.not_begun_for is not None, "neither begun nor kept from it"
    error = recorded.not_begun_for
    verdict = VERDICTS_OF_ENDS.get(error.exit_code, Verdict.STOPPED)  # a signal has a code of its own
    proof = (
        error.proof if isinstance(error, NotIsolated) and isinstance(error.proof, IsolationProof) else IsolationProof()
    )
    why = "refused: nothing was moved" if verdict is Verdict.REFUSED else "it failed before anything was moved"
    return DrillResult(
        **common,
        verdict=verdict,
        exit_code=error.exit_code,
        scenario=Scenario(kind=spec.scenario.kind, service=spec.scenario.service),
        figures=_none_measured(why),
        isolation=Isolation(before=proof),
        findings=[as_finding(error, Severity.CRITICAL), *proof.findings],
    )


def abandoned_result(run: str, body: Mapping[str, Any], error: StormproofError, *, ended: datetime) -> DrillResult:
    """A run whose runner died before it moved anything: all that is known is what its signed start says."""
    started, controls = body.get("started"), body.get("negative_controls")
    return DrillResult(
        drill=str(body.get("drill", "")),
        service=str(body.get("service", "")),
        runbook=str(body.get("runbook", "")),
        run=run,
        verdict=Verdict.STOPPED,
        exit_code=EXIT_CODES[Verdict.STOPPED],
        started=datetime.fromisoformat(str(started)) if started else None,
        ended=ended,
        scenario=Scenario(kind=str(body.get("scenario", "")), service=str(body.get("service", ""))),
        isolation_level=str(body.get("isolation_level", "")),
        targets=Targets(),
        figures=_none_measured("its runner died before anything was moved"),
        counts_for_coverage=not controls,
        findings=[as_finding(error, Severity.HIGH)],
    )


def _none_measured(why: str) -> Figures:
    nothing = Figure.unmeasured(why)
    return Figures(
        rto_service_s=nothing, rto_job_s=nothing, rpo_point_s=nothing, rpo_data_s=nothing, rpo_consistent_s=nothing,
        acknowledged_writes_lost=nothing, first_new_backup_s=nothing,
    )  # fmt: skip
