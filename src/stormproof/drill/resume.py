"""A killed drill goes on: isolation is proved anew, dead time is the phase `interrupted`, inside the RTO."""

from __future__ import annotations

import contextlib
import copy
from typing import TYPE_CHECKING

from stormproof.adapters.host_claim import clear
from stormproof.core.drill_result import DrillResult
from stormproof.core.drill_spec import DrillSpec
from stormproof.core.errors import NotIsolated, Refused, StormproofError
from stormproof.core.isolation import not_isolated
from stormproof.drill.aftermath import DESTROYED_EVENT, tear_down
from stormproof.drill.before import before_of
from stormproof.drill.closing import close_abandoned
from stormproof.drill.conductor import carry_out, have_the_host, healing, prove
from stormproof.drill.finishing import SIGNED_EVENT, finish, measured_of
from stormproof.drill.layout import layout_of
from stormproof.engine.session import Session

if TYPE_CHECKING:
    from stormproof.core.journal import Run
    from stormproof.drill.ports import DrillPorts


def resume_drill(run_id: str, ports: DrillPorts) -> DrillResult:
    """Bring a drill that was interrupted to its end, from where its journal says that it stands.

    Raises:
        Refused: no such drill, it has ended already, or somebody else runs it (LeaseHeld).
        NotIsolated: isolation is not proved any more. What the run had restored was destroyed.
    """
    run = ports.journal.run(run_id)  # raises UnknownRun
    if run.mode != "drill" or "spec" not in run.parameters:
        raise Refused(
            f"{run_id} is no drill but a run of {run.runbook} in mode {run.mode}",
            where=ports.journal.where,
            fix=f"stormproof runbook resume {run_id}",
            code="SP115",
        )
    if _has_ended(ports, run_id):
        _give_back(ports, run, run_id)
        raise _ended(ports, run_id)
    measured = measured_of(ports.journal, run_id)
    if measured is None and ports.journal.events(run_id, DESTROYED_EVENT):
        raise Refused(
            f"what the drill {run_id} had restored was destroyed, so it cannot go on",
            where=ports.journal.where,
            fix=f"stormproof drill sweep {run_id}, then run the drill again",
            code="SP144",
        )
    spec = DrillSpec.model_validate(copy.deepcopy(run.parameters["spec"]))
    layout = layout_of(ports.inventory, spec.environment, run_id)
    before = before_of(run.parameters, run_id, layout)
    ports.evidence.check_writable()
    rto = spec.targets.rto.total_seconds()
    ports.progress({"kind": "run-started", "run": run_id, "drill": spec.drill, "title": spec.title, "rto_s": rto})
    keep = bool(run.parameters.get("keep"))
    if measured is not None:  # its runner died in the tear-down: nothing is measured twice
        # raises LeaseHeld: somebody else runs it
        with (
            healing(spec, ports),
            Session(ports.journal, run_id, ports.clock) as session,
            have_the_host(ports, layout, run_id),
        ):
            _refuse_ended(ports, run_id)
            isolated = (
                _may_be_kept(spec, measured, keep=keep) and prove(ports, spec.environment, "after").result == "proved"
            )
            return finish(spec, ports, session, before, measured, keep=keep, isolated=isolated)
    with healing(spec, ports), have_the_host(ports, layout, run_id):
        with Session(ports.journal, run_id, ports.clock) as session:  # raises LeaseHeld: somebody else runs it
            _refuse_ended(ports, run_id)
            proof = prove(ports, spec.environment, "before")
            isolated = proof.result == "proved"
            if isolated:
                session.event("isolation-proved-again", {"at": proof.at.isoformat() if proof.at else None})
            else:
                _abandon(spec, ports, session, run_id)
        if not isolated:
            close_abandoned(ports, run_id)  # what it had restored is gone: it cannot go on, and its end is signed
            raise not_isolated(proof, spec.environment)
        before.proof = proof
        return carry_out(spec, ports, before, ports.books(spec.runbook), keep=keep, resumed=True)


def _has_ended(ports: DrillPorts, run_id: str) -> bool:
    return bool(ports.journal.events(run_id, SIGNED_EVENT)) or ports.evidence.find(run_id) is not None


def _refuse_ended(ports: DrillPorts, run_id: str) -> None:
    """Asked again once the run is ours: whoever had it may have ended it since it was found unfinished."""
    if _has_ended(ports, run_id):
        raise _ended(ports, run_id)


def _ended(ports: DrillPorts, run_id: str) -> Refused:
    return Refused(
        f"the drill {run_id} has ended, and its evidence is signed",
        where=ports.journal.where,
        fix=f"stormproof report {run_id}",
        code="SP116",
    )


def _give_back(ports: DrillPorts, run: Run, run_id: str) -> None:
    """The claim on the host, where the runner died between signing and giving it back. A host that is away: by time."""
    with contextlib.suppress(StormproofError):
        layout = layout_of(ports.inventory, run.environment, run_id)
        clear(ports.hosts.host(layout.host), layout.work, run_id)


def _may_be_kept(spec: DrillSpec, measured: DrillResult, *, keep: bool) -> bool:
    rules = (spec.keep.on_failure, spec.keep.on_success)
    return measured.isolation.after.result == "proved" and (keep or any(rules))


def _abandon(spec: DrillSpec, ports: DrillPorts, session: Session, run_id: str) -> None:
    """Nothing that was restored may stay in a place that is not isolated any more."""
    layout = layout_of(ports.inventory, spec.environment, run_id)
    try:
        tear_down(spec, ports, session, layout, run_id, keep=False, failed=False)
    except StormproofError as error:
        raise NotIsolated(
            f"isolation is lost, and what was restored could not be removed: {error.what}",
            where=layout.host,
            fix=f"stormproof drill sweep {run_id}",
            code="SP308",
        ) from error
