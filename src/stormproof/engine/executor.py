"""Runs a runbook: forward over its steps, side by side where they may, and back again when it must.

Beginning and resuming are the same act: the journal says where the run stands, and the executor goes on from there.
"""

from __future__ import annotations

import random
import traceback
from collections.abc import Mapping
from typing import Any

from stormproof.core.errors import Interrupted, RunFailed, StoppedHalfWay, StormproofError
from stormproof.core.journal import JournalUnusable, JournalUnwritable, LeaseLost, Run
from stormproof.core.phase import Phase
from stormproof.core.progress import Progress, silent
from stormproof.core.redact import Redactor
from stormproof.core.run_state import ENDED, SATISFIED, RunState, StepState
from stormproof.engine.begin import begin_run
from stormproof.engine.book_mistake import book_mistake
from stormproof.engine.kept_errors import as_detail, from_detail, kept_error
from stormproof.engine.outcome import Outcome, Pace
from stormproof.engine.perform import FATAL, Performer
from stormproof.engine.places import Places, refuse_environment
from stormproof.engine.resume import Answer, check_same, goes_back
from stormproof.engine.runbook import BoundStep, Runbook
from stormproof.engine.session import Session
from stormproof.engine.standing import Standing
from stormproof.engine.stopping import StopRequest
from stormproof.engine.undo import UNDOING_STATES, undo_all
from stormproof.engine.workers import Workers

__all__ = ["Outcome", "Pace", "begin_run", "execute"]


def execute(
    book: Runbook,
    session: Session,
    places: Places,
    *,
    redactor: Redactor,
    stop: StopRequest | None = None,
    progress: Progress = silent,
    pace: Pace | None = None,
    answers: Mapping[str, Answer] | None = None,
    mode: str | None = None,
    rng: random.Random | None = None,
) -> Outcome:
    """Begin or resume the session's run and bring it to an end. A run that has ended is not touched, only told of.

    Args:
        redactor: the one that the journal was made with; secrets that steps read are added to it.
        answers: what a person says about steps that nobody else can decide.
        mode: what the caller believes the run's mode to be; another one is refused.
        rng: for the jitter of retries.

    Raises:
        Refused: the book is not the one that the run began with, or a drill's environment is protected by now.
        LeaseLost: another executor took over; this one did nothing more.
        JournalUnwritable: nothing could be read or written any more; this one did nothing more.
    """
    run = session.journal.run(session.run_id)
    check_same(run, book, mode=mode)
    if run.state in ENDED:
        return Outcome(run.run_id, run.state, error=kept_error(session.journal, run))
    refuse_environment(places.inventory, run.environment, mode=run.mode)
    executor = _Executor(book, run, session, places, redactor, stop or StopRequest(), progress, pace or Pace())
    executor.answer(answers or {}, rng or random.Random())  # noqa: S311 - jitter, no secret
    try:
        return executor.run_to_end()
    except FATAL as error:
        executor.end_threads(error)
        if isinstance(error, JournalUnusable | JournalUnwritable):
            raise _stopped_for(error, run) from error
        raise


def _stopped_for(error: JournalUnusable | JournalUnwritable, run: Run) -> JournalUnwritable:
    """One meaning for both: the run stands where it stood. With the command that brings it on, for this very run."""
    noun = "drill" if "spec" in run.parameters else "runbook"
    return JournalUnwritable(
        f"{error.what.partition('; the run stopped here')[0]}; the run stopped here, because nothing may be done that is "
        "not written down first",
        where=error.where,
        fix=f"{error.fix.partition('; then `stormproof')[0]}; then `stormproof {noun} resume {run.run_id}`",
        code="SP269",
    )


def _our_mistake(error: BaseException, bound: BoundStep) -> RunFailed:
    at = traceback.extract_tb(error.__traceback__)
    what = f"{type(error).__name__} at {at[-1].filename}:{at[-1].lineno}" if at else type(error).__name__
    return RunFailed(
        f"step '{bound.name}' met a mistake of ours: {what}",
        where=bound.where,
        fix="send us the report file that the command names",
        code="SP236",
    )


class _Executor:
    def __init__(
        self,
        book: Runbook,
        run: Run,
        session: Session,
        places: Places,
        redactor: Redactor,
        stop: StopRequest,
        progress: Progress,
        pace: Pace,
    ) -> None:
        self.book, self.run, self.session, self.places = book, run, session, places
        self.redactor, self.stop, self.progress, self.pace = redactor, stop, progress, pace
        self.standing, self.workers = Standing(session), Workers()
        self.error: StormproofError | None = None
        self.bug: BaseException | None = None
        self._began: dict[str, float] = {}
        self._phases: set[Phase] = set()
        self._next_cancel_look = 0.0

    def answer(self, answers: Mapping[str, Answer], rng: random.Random) -> None:
        for step, said in answers.items():
            self.session.event("answer", {"step": step, "said": said.value})
        self.performer = Performer(
            self.run,
            self.session,
            self.standing,
            self.places,
            redactor=self.redactor,
            progress=self.progress,
            rng=rng,
            answers=answers,
        )

    def run_to_end(self) -> Outcome:
        for name in self.standing.in_states([StepState.STARTED]):
            self.standing.record(name, StepState.UNKNOWN, detail={"what": "the executor ended while it ran"})
        undoing = bool(self.standing.in_states(UNDOING_STATES))
        if goes_back(self.run.state, self.run.cancel_requested is not None, undoing):
            if self.run.state is RunState.CREATED:
                self._set(RunState.RUNNING)
            self.error = self._cancelled() if self.run.cancel_requested else self._cause_of_undo()
            return self._back()
        if failure := self._failure_about_to_be_undone():
            self.error = failure
            return self._back()
        self._set(RunState.RUNNING)
        self._forward()
        if self.error is None:
            self._set(RunState.DONE)
            return Outcome(self.run.run_id, RunState.DONE)
        if isinstance(self.error, StoppedHalfWay):
            return self._end(RunState.STOPPED)
        if self.run.undo_on_failure:
            return self._back()
        return self._end(RunState.CANCELLED if self.error is self.stop.reason else RunState.FAILED)

    def _forward(self) -> None:
        waiting = list(self.book.steps)
        while True:
            self._look_for_stop()
            if self.error is None:
                self._start_ready(waiting)
            if not self.workers.running:
                return
            self._take(self.workers.next_ended(self.pace.poll_seconds))
            for bound in self.workers.overdue(self.pace.grace_seconds):
                self._stuck(bound)

    def _start_ready(self, waiting: list[BoundStep]) -> None:
        for bound in list(waiting):
            if self.standing.state(bound.name) in SATISFIED:
                waiting.remove(bound)
            elif len(self.workers.running) < self.pace.width and all(
                need not in self.workers.running and self.standing.state(need) in SATISFIED for need in bound.needs
            ):
                waiting.remove(bound)
                self._announce(bound)
                self.workers.start(bound, self.performer.guard(bound), self.performer.perform)

    def _take(self, ended: Any) -> None:
        if ended is None:
            return
        name, error = ended.bound.name, ended.error
        if error is None:
            seconds = self.session.run_clock.monotonic - self._began[name]
            attempts = self.standing.attempts(name)
            self.progress({"kind": "step-done", "step": name, "seconds": seconds, "attempts": attempts})
            return
        if isinstance(error, FATAL):
            raise error
        if isinstance(error, StormproofError):
            self._halt(error)
            what = error.what
        else:
            what = self._note_bug(ended.bound, error)
        self.progress({"kind": "step-failed", "step": name, "what": self.redactor.text(what)})

    def _note_bug(self, bound: BoundStep, error: BaseException) -> str:
        """The step has failed: by its author's mistake, or by one of ours, which is raised in the end."""
        failed = book_mistake(error, bound, self.redactor)
        if failed is None:
            self.bug = self.bug or error
            failed = _our_mistake(error, bound)
        if self.standing.state(bound.name) is StepState.STARTED:
            self.standing.record(bound.name, StepState.FAILED, detail=as_detail(failed))
        self._halt(failed)
        return failed.what

    def _halt(self, error: StormproofError) -> None:
        if self.error is None or (isinstance(error, StoppedHalfWay) and not isinstance(self.error, StoppedHalfWay)):
            self.error = error
        # Without an undo to come, what runs beside it is of use as it stands: let it end by itself.
        undo_comes = self.run.undo_on_failure and not isinstance(error, StoppedHalfWay)
        if undo_comes or self.stop.reason is not None:
            self.workers.stop_all(error)

    def _look_for_stop(self) -> None:
        now = self.session.run_clock.monotonic
        if self.stop.reason is None and now >= self._next_cancel_look:
            self._next_cancel_look = now + self.pace.cancel_poll_seconds
            run = self.session.journal.run(self.run.run_id)
            if run.cancel_requested:
                self.run = run
                self.stop.request(self._cancelled())
        if self.stop.reason is not None and self.error is None:
            self._halt(self.stop.reason)

    def _stuck(self, bound: BoundStep) -> None:
        error = StoppedHalfWay(
            f"step '{bound.name}' did not stop within {self.pace.grace_seconds:g} s after its bound; it may still act",
            where=bound.where,
            fix=f"make sure that it has ended, then `stormproof runbook resume {self.run.run_id}`",
            code="SP234",
        )
        if self.standing.state(bound.name) is StepState.STARTED:
            self.standing.record(bound.name, StepState.UNKNOWN, detail=as_detail(error))
        self._halt(error)

    def _cause_of_undo(self) -> StormproofError | None:
        """Why an undo that was interrupted had begun."""
        begun = self.session.journal.events(self.run.run_id, "run-state")
        return next((from_detail(e.document) for e in reversed(begun) if e.document["state"] == "undoing"), None)

    def _failure_about_to_be_undone(self) -> StormproofError | None:
        """The executor before died between a failure and its undo; what may not be repeated is not tried again."""
        if self.run.state is not RunState.RUNNING or not self.run.undo_on_failure:
            return None
        failed = [n for n in self.standing.in_states([StepState.FAILED]) if not self.book.named(n).step.repeatable]
        return from_detail(self.standing.detail(failed[0])) if failed else None

    def _back(self) -> Outcome:
        self._set(RunState.UNDOING, as_detail(self.error) if self.error else None)
        failed = undo_all(
            self.book, self.standing, self.performer, self.workers, self.pace, self.progress, self.redactor
        )
        if failed is not None:
            if not isinstance(failed.cause, StormproofError):
                self.bug = self.bug or failed.cause
            self.error = failed.error(self.run.run_id)
            return self._end(RunState.STOPPED)
        return self._end(RunState.UNDONE)

    def _end(self, state: RunState) -> Outcome:
        self._set(state, as_detail(self.error) if self.error else None)
        if self.run.cancel_requested:
            self.session.journal.clear_cancel(self.run.run_id, self.session.token)
        return Outcome(self.run.run_id, state, self.error, self.bug)

    def _set(self, state: RunState, detail: dict[str, Any] | None = None) -> None:
        session = self.session
        session.journal.record_run_state(session.run_id, session.token, state, session.now(), detail or {})

    def end_threads(self, error: StormproofError) -> None:
        """Nothing may be written any more; still no thread may go on acting behind our back."""
        self.workers.stop_all(error)
        while self.workers.running:
            self.workers.next_ended(self.pace.poll_seconds)
            self.workers.overdue(0.0 if isinstance(error, LeaseLost) else self.pace.grace_seconds)

    def _announce(self, bound: BoundStep) -> None:
        self._began[bound.name] = self.session.run_clock.monotonic
        step = bound.step
        if step.phase not in self._phases:
            self._phases.add(step.phase)
            self.progress({"kind": "phase-started", "phase": step.phase.value})
        self.progress(
            {
                "kind": "step-started",
                "step": bound.name,
                "title": step.title,
                "phase": step.phase.value,
                "expected_s": step.expected_seconds,
            }
        )

    def _cancelled(self) -> StormproofError:
        return Interrupted(
            f"run {self.run.run_id} was cancelled by {self.run.cancel_requested}",
            where=f"run {self.run.run_id}",
            fix=f"see what was undone: `stormproof runbook status {self.run.run_id}`",
            code="SP256",
        )
