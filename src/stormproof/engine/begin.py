"""The beginning of a run: what was agreed on, written down before anything is done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stormproof.core.errors import Refused
from stormproof.core.journal import Journal, Run
from stormproof.engine.runbook import Runbook
from stormproof.engine.wiring import digest_of


def begin_run(
    journal: Journal,
    book: Runbook,
    *,
    run_id: str,
    mode: str,
    environment: str,
    service: str,
    parameters: Mapping[str, Any],
    created_at: datetime,
    undo_on_failure: bool = True,
) -> Run:
    """Write a new run into the journal; nothing is executed. Raises Refused (RunExists, approvals), SpecInvalid."""
    assert mode in ("drill", "outage"), mode
    wiring = book.wiring
    asking = [bound for bound in book.steps if bound.step.approvals]
    if mode == "outage" and asking:
        raise Refused(
            f"step '{asking[0].name}' asks for {asking[0].step.approvals} approvals, which cannot be given yet",
            where=asking[0].where,
            fix="set approvals=0 and agree on the step by other means, or rehearse it with --mode drill",
            code="SP255",
        )
    run = Run(
        run_id=run_id,
        runbook=book.name,
        mode=mode,
        environment=environment,
        service=service,
        digest=digest_of(wiring),
        wiring=wiring,
        parameters=dict(parameters),
        undo_on_failure=undo_on_failure,
        created_at=created_at,
    )
    journal.create_run(run)
    return journal.run(run_id)
