"""The end of a drill: what was measured is kept in the journal, then everything is torn down, then the result is signed.

A runner that dies between the two leaves its measured result in the journal, so that a resume, or a sweep, signs just
that: restored data that was destroyed meanwhile cannot be measured a second time.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from stormproof.core.drill_result import DrillResult
from stormproof.core.errors import SetupFailed
from stormproof.core.verdict import Verdict
from stormproof.drill.aftermath import tear_down
from stormproof.drill.result import with_aftermath

if TYPE_CHECKING:
    from stormproof.core.drill_spec import DrillSpec
    from stormproof.core.journal import Journal
    from stormproof.drill.before import Before
    from stormproof.drill.ports import DrillPorts
    from stormproof.engine.session import Session

TIMELINE_EVENT = "drill-instant"
MEASURED_EVENT = "drill-measured"
SIGNED_EVENT = "drill-signed"


def keep_measured(session: Session, measured: DrillResult) -> None:
    """Write the measured result down, before anything is destroyed. Raises what the journal raises."""
    session.event(MEASURED_EVENT, {"result": measured.as_json()})


def measured_of(journal: Journal, run_id: str) -> DrillResult | None:
    """What the run's journal holds as measured; None when it never got that far."""
    events = journal.events(run_id, MEASURED_EVENT)
    return DrillResult.model_validate(events[-1].document["result"]) if events else None


def finish(
    spec: DrillSpec, ports: DrillPorts, session: Session, before: Before, measured: DrillResult, *, keep: bool,
    isolated: bool,
) -> DrillResult:  # fmt: skip
    """Tear down (again, if somebody began to), and sign the measured result with what became of that.

    Args:
        isolated: False where isolation is not proved any more: then no rule keeps restored data there.
    """
    failed = measured.verdict in (Verdict.FAILED, Verdict.STOPPED)
    aftermath = tear_down(
        spec, ports, session, before.layout, before.run_id, keep=keep, failed=failed, isolated=isolated
    )
    return sign_end(ports, session, with_aftermath(measured, aftermath, ended=ports.clock.now().utc), before)


def sign_end(ports: DrillPorts, session: Session, result: DrillResult, before: Before) -> DrillResult:
    """Sign a result whose run is in the journal.

    Raises SetupFailed: it could not be signed, and the run can be resumed to that end alone.
    """
    try:
        signed = sign(ports, result, timeline(session, before))
    except SetupFailed as error:
        raise SetupFailed(
            error.what,
            where=error.where,
            fix=f"{error.fix}; then `stormproof drill resume {result.run}` signs what was measured",
            code=error.code,
        ) from error
    session.event(SIGNED_EVENT, {"verdict": signed.verdict.value, "evidence": signed.evidence.path})
    return signed


def sign(ports: DrillPorts, result: DrillResult, events: list[dict[str, Any]]) -> DrillResult:
    """The result with its evidence's place."""
    place = ports.evidence.sign_result(result, events)
    ports.progress({"kind": "run-done", "verdict": result.verdict.value})
    return result.model_copy(update={"evidence": place})


def timeline(session: Session, before: Before) -> list[dict[str, Any]]:
    """Every step's moves and every instant, in order, with seconds after t_start: for the evidence."""
    moves = [
        {"at": record.at.isoformat(), "event": f"{record.step} {record.state.value}", "attempt": record.attempt}
        for record in session.journal.steps(session.run_id)
    ]
    moves += [
        {"at": str(event.document["at"]), "event": str(event.document["event"])}
        for event in session.journal.events(session.run_id, TIMELINE_EVENT)
    ]
    moves.append({"at": before.disaster.t_fail.isoformat(), "event": "t_fail"})
    for move in moves:
        move["offset_s"] = round((datetime.fromisoformat(str(move["at"])) - before.t_start).total_seconds(), 6)
    return sorted(moves, key=lambda move: float(str(move["offset_s"])))
