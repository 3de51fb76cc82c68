"""How a run goes on: what must not have changed since it began, and what to do with an intent that stands alone."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from stormproof.core.errors import Refused, StoppedHalfWay
from stormproof.core.journal import Run
from stormproof.core.run_state import ENDED, RunState
from stormproof.engine.runbook import Runbook
from stormproof.engine.step import NotBegun
from stormproof.engine.wiring import differences


class Answer(StrEnum):
    """What a person says about a step that nobody else can decide."""

    HAPPENED = "happened"
    AGAIN = "again"


class Next(StrEnum):
    """What becomes of a step that may or may not have happened."""

    ADOPT = "adopt"
    AGAIN = "again"
    ASK = "ask"


def decide(
    *, verified: bool | NotBegun | None, repeatable: bool, outputs_known: bool, answer: Answer | None = None
) -> Next:
    """What to do with an unknown or failed step.

    Args:
        verified: what its verify says; None when it has none or could not look.
        outputs_known: whether the outputs of the act could be had if it were adopted.

    Source: DESIGN.md, 'A runbook': it happened -> adopt; repeatable -> again; else stop and ask a person. An act that
    certainly never began is not repeated by being done.
    """
    if verified is True and (outputs_known or not repeatable):
        return Next.ADOPT
    if repeatable or isinstance(verified, NotBegun):
        return Next.AGAIN
    if answer is Answer.HAPPENED:
        return Next.ADOPT
    return Next.AGAIN if answer is Answer.AGAIN else Next.ASK


def check_same(run: Run, book: Runbook, *, mode: str | None = None) -> None:
    """Raises Refused when the run is not one of this book, as it is wired now, in this mode."""
    where = f"run {run.run_id}"
    if mode is not None and mode != run.mode:
        raise Refused(
            f"run {run.run_id} is of mode '{run.mode}' and cannot be resumed as '{mode}'",
            where=where,
            fix=f"resume it without --mode, or begin a new run with --mode {mode}",
            code="SP251",
        )
    if run.runbook != book.name:
        raise Refused(
            f"run {run.run_id} is of runbook '{run.runbook}', not of '{book.name}'",
            where=where,
            fix=f"resume it with runbook '{run.runbook}'",
            code="SP252",
        )
    if run.digest != book.digest and run.state not in ENDED:
        changed = differences(run.wiring, book.wiring)
        raise Refused(
            f"runbook '{book.name}' changed since run {run.run_id} began: {'; '.join(changed)}",
            where=book.file,
            fix=f"put the runbook back as it was to resume or undo the run (it began with {run.digest})",
            code="SP253",
        )


def goes_back(state: RunState, cancel_requested: bool, undoing: bool) -> bool:
    """Whether resuming means to go on undoing, or to begin to: never forward again once an undo began."""
    return undoing or state is RunState.UNDOING or cancel_requested


class PersonNeeded(StoppedHalfWay):
    """Only a person can say whether a step happened."""

    def __init__(self, run_id: str, step: str, detail: dict[str, Any], where: str) -> None:
        why = detail.get("what") or "the executor ended while it ran"
        super().__init__(
            f"nobody knows whether step '{step}' happened ({why}), and it may not be repeated",
            where=where,
            fix=f"look for yourself, then say so: `stormproof runbook resume {run_id} --happened {step}`"
            f" or `stormproof runbook resume {run_id} --again {step}`",
            code="SP254",
        )
        self.step = step
