"""Undo: newest first, over done, unknown and failed steps; the first undo that fails stops it."""

from __future__ import annotations

from dataclasses import dataclass

from stormproof.core.errors import StoppedHalfWay, StormproofError
from stormproof.core.progress import Progress
from stormproof.core.redact import Redactor
from stormproof.core.run_state import UNDOABLE, StepState
from stormproof.engine.book_mistake import book_mistake
from stormproof.engine.kept_errors import as_detail
from stormproof.engine.outcome import Pace
from stormproof.engine.perform import FATAL, Performer
from stormproof.engine.runbook import BoundStep, Runbook
from stormproof.engine.standing import Standing
from stormproof.engine.workers import Workers

UNDOING_STATES = (StepState.UNDOING, StepState.UNDONE, StepState.UNDO_FAILED)  # an undo has begun


class UndoFailed(StoppedHalfWay):
    """An undo failed: the run is half done, and a person is needed."""


@dataclass(frozen=True, slots=True)
class FailedUndo:
    """Which undo failed, why, and what still stands because of it."""

    bound: BoundStep
    cause: BaseException
    standing: tuple[str, ...]

    def error(self, run_id: str) -> UndoFailed:
        what = self.cause.what if isinstance(self.cause, StormproofError) else type(self.cause).__name__
        others = f"; not undone either: {', '.join(self.standing)}" if self.standing else ""
        return UndoFailed(
            f"step '{self.bound.name}' could not be undone: {what}{others}",
            where=self.bound.where,
            fix=f"put right what its cause names, then go on undoing: `stormproof runbook resume {run_id}`",
            code="SP235",
        )


def to_undo(book: Runbook, standing: Standing) -> list[BoundStep]:
    """Steps with an undo that may have left something, the one begun last first."""
    by_name = {bound.name: bound for bound in book.steps}
    return [
        by_name[name]
        for name in standing.in_states(UNDOABLE)
        if name in by_name and by_name[name].step.undo_act is not None
    ]


def undo_all(
    book: Runbook,
    standing: Standing,
    performer: Performer,
    workers: Workers,
    pace: Pace,
    progress: Progress,
    redactor: Redactor,
) -> FailedUndo | None:
    """Undo one step after the other; None when nothing is left to undo. Raises a FATAL error."""
    left = to_undo(book, standing)
    while left:
        bound = left.pop(0)
        progress({"kind": "message", "step": bound.name, "text": f"undoing '{bound.step.title}'"})
        cause = _undo_one(bound, performer, workers, pace)
        if cause is None:
            continue
        if isinstance(cause, FATAL):
            raise cause
        if not isinstance(cause, StormproofError):
            cause = book_mistake(cause, bound, redactor) or cause
        if standing.state(bound.name) is StepState.UNDOING:
            detail = as_detail(cause) if isinstance(cause, StormproofError) else {"error": type(cause).__name__}
            standing.record(bound.name, StepState.UNDO_FAILED, detail=detail)
        return FailedUndo(bound, cause, tuple(other.name for other in left))
    return None


def _undo_one(bound: BoundStep, performer: Performer, workers: Workers, pace: Pace) -> BaseException | None:
    guard = performer.guard(bound)
    workers.start(bound, guard, performer.undo)
    while True:
        ended = workers.next_ended(pace.poll_seconds)
        if ended is not None and ended.bound is bound:
            return ended.error
        if workers.overdue(pace.grace_seconds):
            return guard.overdue()
