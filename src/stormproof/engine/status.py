"""How far a run is, from its journal alone."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from stormproof.core.journal import Journal, StepRecord
from stormproof.core.run_state import StepState
from stormproof.engine.holder import is_dead
from stormproof.engine.kept_errors import as_detail, kept_error


def run_status(journal: Journal, run_id: str) -> dict[str, Any]:
    """One JSON document: the run, who executes it, every step by its newest move. Raises UnknownRun.

    Needs no runbook: steps come from the wiring that the run began with, so that an old run can always be read.
    """
    run, lease, records = journal.run(run_id), journal.lease(run_id), journal.steps(run_id)
    error = kept_error(journal, run)
    holder = lease.holder if lease else None
    return {
        "schema": "stormproof.run-status/v1",
        "run": run_id,
        "runbook": run.runbook,
        "mode": run.mode,
        "environment": run.environment,
        "service": run.service,
        "state": run.state.value,
        "created": run.created_at.isoformat(),
        "cancel_requested": run.cancel_requested,
        "executor": None
        if lease is None or holder is None
        else {
            "host": holder.host,
            "pid": holder.pid,
            "since": _iso(lease.since),
            "last_sign_of_life": _iso(lease.renewed_at),
            "dead": is_dead(holder),
        },
        "steps": [_step(name, [r for r in records if r.step == name]) for name in run.wiring],
        "error": as_detail(error) if error else None,
        "events": [
            {key: value for key, value in asdict(event).items() if key in ("kind", "document")} | {"at": _iso(event.at)}
            for event in journal.events(run_id)
        ],
    }


def _step(name: str, records: list[StepRecord]) -> dict[str, Any]:
    newest = records[-1] if records else None
    started = [record for record in records if record.state is StepState.STARTED]
    return {
        "step": name,
        "state": newest.state.value if newest else StepState.PENDING.value,
        "attempts": len(started),
        "started": _iso(started[0].at) if started else None,
        "moved": _iso(newest.at) if newest else None,
        "detail": newest.detail if newest else {},
    }


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
