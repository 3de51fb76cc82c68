"""Runs that were begun and never ended get a signed end too: what was measured, else `stopped`. So the chain is whole again."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from stormproof.adapters.evidence_store import RunAlreadySigned
from stormproof.core.drill_spec import DrillSpec
from stormproof.core.errors import StoppedHalfWay
from stormproof.core.journal import Holder, LeaseHeld, UnknownRun
from stormproof.core.run_state import RunState
from stormproof.drill.before import before_of
from stormproof.drill.finishing import finish, measured_of, sign_end
from stormproof.drill.layout import layout_of
from stormproof.drill.result import Recorded, abandoned_result, build_result
from stormproof.engine.executor import Outcome
from stormproof.engine.holder import is_dead
from stormproof.engine.session import Session
from stormproof.engine.timing import gaps_of, spans_of

if TYPE_CHECKING:
    from stormproof.core.journal import Run
    from stormproof.drill.ports import DrillPorts


def close_abandoned(ports: DrillPorts, run_id: str | None = None) -> list[str]:
    """Sign an end for drills whose start is signed, whose end is not, and whose runner is certainly gone.

    Args:
        run_id: only this one.

    Returns: ids of the runs that were closed.
    """
    closed = []
    for run, body in ports.unfinished():
        if run_id not in (None, run):
            continue
        error = StoppedHalfWay(
            "the runner died, and the run was swept instead of resumed",
            where=f"run {run}",
            fix="run the drill again",
            code="SP118",
        )
        try:
            known = ports.journal.run(run)
        except UnknownRun:
            if not _runner_is_gone(body) or not _sign_abandoned(ports, run, body, error):
                continue
        else:
            if not _close_known(ports, known, error):
                continue
        closed.append(run)
    return closed


def _sign_abandoned(ports: DrillPorts, run: str, body: dict[str, Any], error: StoppedHalfWay) -> bool:
    """False: another sweep has signed its end since its start was found alone."""
    try:
        ports.evidence.sign_result(abandoned_result(run, body, error, ended=ports.clock.now().utc), [])
    except RunAlreadySigned:
        return False
    return True


def ended_at_the_start(ports: DrillPorts) -> list[str]:
    """Runs whose start is signed, which the journal does not know, and whose runner is certainly gone."""
    return [run for run, body in ports.unfinished() if _runner_is_gone(body)]


def _close_known(ports: DrillPorts, run: Run, error: StoppedHalfWay) -> bool:
    if "spec" not in run.parameters:
        return False
    spec = DrillSpec.model_validate(copy.deepcopy(run.parameters["spec"]))
    before = before_of(run.parameters, run.run_id, layout_of(ports.inventory, spec.environment, run.run_id))
    try:
        with Session(ports.journal, run.run_id, ports.clock) as session:
            if ports.evidence.find(run.run_id) is not None:  # its runner, or another sweep, has ended it meanwhile
                return False
            book = ports.books(spec.runbook)
            measured = measured_of(ports.journal, run.run_id)
            if measured is not None:  # its runner died in the tear-down: this is what the drill had found out
                finish(spec, ports, session, before, measured, keep=False, isolated=False)
                return True
            recorded = Recorded(
                before=before,
                outcome=Outcome(run.run_id, RunState.STOPPED, error),
                spans=spans_of(ports.journal, run.run_id, book),
                gaps=gaps_of(ports.journal, run.run_id),
            )
            sign_end(ports, session, build_result(spec, ports, recorded), before)
            _stop(session, run)
    except LeaseHeld:  # somebody runs it
        return False
    return True


def _stop(session: Session, run: Run) -> None:
    """Nobody brings it on any more, and whoever lists the runs must not read `running`."""
    if run.state is RunState.CREATED:
        session.journal.record_run_state(run.run_id, session.token, RunState.RUNNING, session.now(), {})
    if run.state in (RunState.CREATED, RunState.RUNNING, RunState.UNDOING):
        session.journal.record_run_state(run.run_id, session.token, RunState.STOPPED, session.now(), {"by": "sweep"})


def _runner_is_gone(body: dict[str, Any]) -> bool:
    runner = body.get("runner")
    return isinstance(runner, dict) and is_dead(Holder(**{name: runner[name] for name in runner}))
