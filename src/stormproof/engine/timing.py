"""A run's times, read back from its journal: when each step ran, and when nobody was executing."""

from __future__ import annotations

from datetime import datetime

from stormproof.core.critical_path import Span
from stormproof.core.journal import Journal
from stormproof.core.run_state import SATISFIED, StepState
from stormproof.engine.runbook import Runbook
from stormproof.engine.session import BEGAN, ENDED


def spans_of(journal: Journal, run_id: str, book: Runbook) -> list[Span]:
    """Every step that is done or skipped (a skipped one takes no time), from its first intent to its end."""
    records = journal.steps(run_id)
    spans = []
    for bound in book.steps:
        mine = [record for record in records if record.step == bound.name]
        finished = next((record for record in mine if record.state in SATISFIED), None)
        if finished is None:
            continue
        first = next((record for record in mine if record.state is StepState.STARTED), finished)
        spans.append(
            Span(
                step=bound.name,
                title=bound.step.title,
                phase=bound.step.phase.value,
                needs=bound.needs,
                start=first.at,
                end=max(finished.at, first.at),
                attempts=max(finished.attempt, 1),
            )
        )
    return spans


def gaps_of(journal: Journal, run_id: str) -> list[tuple[datetime, datetime]]:
    """Stretches between two executors.

    One that died is taken to have ended at its last sign of life: what it last wrote, or the last renewal of its lease
    (every few seconds). What it did after that counts as interrupted, too.
    """
    events = journal.events(run_id)
    signs = [(record.token, record.at) for record in journal.steps(run_id)]
    signs += [(event.token, event.at) for event in events]
    ends: dict[int, datetime] = {}
    for token, at in signs:
        ends[token] = max(ends.get(token, at), at)
    orderly = {event.token for event in events if event.kind == ENDED}
    gaps: list[tuple[datetime, datetime]] = []
    before: int | None = None
    for event in (event for event in events if event.kind == BEGAN):
        if before is not None:
            end = ends[before]
            sign = event.document.get("last_sign_of_life")
            if sign and before not in orderly:
                end = max(end, datetime.fromisoformat(sign))
            if event.at > end:
                gaps.append((end, event.at))
        before = event.token
    return gaps
