"""One step, from its intent to its end: intent (committed), act, verify, done (committed); again when that may help."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping

from stormproof.core.errors import HostUnreachable, RunFailed, StormproofError, TimedOut
from stormproof.core.journal import JournalUnusable, JournalUnwritable, LeaseLost, Run
from stormproof.core.progress import Progress
from stormproof.core.redact import Redactor
from stormproof.core.run_state import StepState
from stormproof.engine.context import Context
from stormproof.engine.kept_errors import as_detail
from stormproof.engine.places import Places
from stormproof.engine.resume import Answer, Next, PersonNeeded, decide
from stormproof.engine.retry import Retry
from stormproof.engine.retrying import retrying
from stormproof.engine.runbook import BoundStep
from stormproof.engine.session import Session
from stormproof.engine.standing import Standing
from stormproof.engine.step import NotBegun, Outputs, StepMistake
from stormproof.engine.stopping import Guard

# After one of these nothing may be written or done any more, least of all that a step failed.
FATAL = (LeaseLost, JournalUnwritable, JournalUnusable)

# Where the connection was lost or the time ran out, the act may have happened all the same.
IN_DOUBT = (HostUnreachable, TimedOut)


# An undo copes with nothing to undo, so each may be repeated, whatever its act may be.
UNDO_RETRY = Retry(on=(HostUnreachable,), attempts=4, seconds=60.0)


class NotVerified(RunFailed):
    """The act ended well, and verify says that it did not happen."""


class NotJson(StepMistake):
    """A step handed on something that the journal cannot keep."""


class Performer:
    """Performs and undoes single steps, each in the thread that calls."""

    def __init__(
        self,
        run: Run,
        session: Session,
        standing: Standing,
        places: Places,
        *,
        redactor: Redactor,
        progress: Progress,
        rng: random.Random,
        answers: Mapping[str, Answer],
    ) -> None:
        self._run, self._session, self._standing, self._places = run, session, standing, places
        self._redactor, self._progress, self._rng, self._answers = redactor, progress, rng, answers

    def guard(self, bound: BoundStep) -> Guard:
        """The step's bound, beginning now."""
        return Guard(bound.name, self._session.clock, bound.step.timeout_seconds, self._session)

    def perform(self, bound: BoundStep, guard: Guard) -> None:
        """Bring a step to `done`.

        Raises PersonNeeded, a FATAL error, or whatever the act raised; then it stands as failed or unknown.
        """
        guard.check()
        standing = self._standing
        if self._run.mode == "drill" and bound.step.skip_in_drill:
            standing.record(bound.name, StepState.SKIPPED, detail={"why": bound.step.in_drill})
            return
        if standing.state(bound.name) in (StepState.UNKNOWN, StepState.FAILED) and self._adopted(bound, guard):
            return
        loop = retrying(
            bound.step.retry, monotonic=lambda: self._session.run_clock.monotonic, sleep=guard.sleep, rng=self._rng
        )
        loop(self._attempt, bound, guard)

    def undo(self, bound: BoundStep, guard: Guard) -> None:
        """Bring a step to `undone`; its undo must exist. Raises whatever it raised, then it stands as undo-failed."""
        assert bound.step.undo_act is not None, "only steps with an undo are undone"
        self._standing.record(bound.name, StepState.UNDOING)
        loop = retrying(
            UNDO_RETRY, monotonic=lambda: self._session.run_clock.monotonic, sleep=guard.sleep, rng=self._rng
        )
        try:
            loop(bound.step.undo_act, self._context(bound, guard))
        except FATAL:
            raise
        except StormproofError as error:
            self._standing.record(bound.name, StepState.UNDO_FAILED, detail=as_detail(error))
            raise
        self._standing.record(bound.name, StepState.UNDONE)

    def _attempt(self, bound: BoundStep, guard: Guard) -> None:
        guard.check()
        standing, step = self._standing, bound.step
        standing.record(bound.name, StepState.STARTED, attempt=standing.attempts(bound.name) + 1)
        context = self._context(bound, guard)
        try:
            outputs = step.act(context) or {}
            if step.verify_act is not None:
                verified = step.verify_act(context)
                if isinstance(verified, dict):
                    outputs = outputs or verified
                elif verified is not True:
                    raise NotVerified(
                        f"step '{bound.name}' ended, but its verify says that it did not happen",
                        where=step.where,
                        fix="see what the step says above; correct its cause, then resume the run",
                        code="SP233",
                    )
        except FATAL:
            raise
        except StormproofError as error:
            in_doubt = error is guard.stop_reason or isinstance(error, IN_DOUBT)
            standing.record(bound.name, StepState.UNKNOWN if in_doubt else StepState.FAILED, detail=as_detail(error))
            raise
        standing.record(bound.name, StepState.DONE, outputs=_as_json(bound, outputs))

    def _adopted(self, bound: BoundStep, guard: Guard) -> bool:
        """Whether a step whose intent stands alone turned out to have happened. Raises PersonNeeded."""
        context = self._context(bound, guard)
        verified, outputs = self._look(bound, context)
        chosen = decide(
            verified=verified,
            repeatable=bound.step.repeatable,
            outputs_known=outputs is not None or bound.step.outputs_of_act is not None or not bound.step.gives_outputs,
            answer=self._answers.get(bound.name),
        )
        if chosen is Next.ASK:
            raise PersonNeeded(self._run.run_id, bound.name, self._standing.detail(bound.name), bound.where)
        if chosen is Next.AGAIN:
            return False
        if outputs is None and bound.step.outputs_of_act is not None:
            outputs = bound.step.outputs_of_act(context)
        by = "verify" if verified is True else "a person"
        self._standing.record(
            bound.name, StepState.DONE, outputs=_as_json(bound, outputs or {}), detail={"adopted": f"{by} says so"}
        )
        return True

    def _look(self, bound: BoundStep, context: Context) -> tuple[bool | NotBegun | None, Outputs | None]:
        if bound.step.verify_act is None:
            return None, None
        try:
            verified = bound.step.verify_act(context)
        except FATAL:
            raise
        except StormproofError as error:
            context.say(f"verify of '{bound.name}' could not look: {error.what}")
            return None, None
        return (True, verified) if isinstance(verified, dict) else (verified, None)

    def _context(self, bound: BoundStep, guard: Guard) -> Context:
        run, standing, session = self._run, self._standing, self._session

        def say(text: str) -> None:
            clean = self._redactor.text(text)
            session.event("message", {"step": bound.name, "text": clean})
            self._progress({"kind": "message", "step": bound.name, "text": clean})

        def record(kind: str, document: Mapping[str, object]) -> None:
            session.event(kind, {"step": bound.name, **document})

        return Context(
            run_id=run.run_id,
            mode=run.mode,
            environment=run.environment,
            run_service=run.service,
            step=bound.name,
            scope=bound.scope,
            attempt=standing.attempts(bound.name),
            token=session.token,
            parameters=bound.parameters(run.parameters, standing.outputs),
            outputs=standing.outputs,
            places=self._places,
            guard=guard,
            redactor=self._redactor,
            clock=session.clock,
            say=say,
            record=record,
        )


def _as_json(bound: BoundStep, outputs: Outputs) -> Outputs:
    try:
        kept = json.loads(json.dumps(outputs, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise NotJson(f"outputs of step '{bound.name}' are no JSON: {error} ({bound.where})") from error
    if not isinstance(kept, dict):
        raise NotJson(f"outputs of step '{bound.name}' are no JSON object ({bound.where})")
    return kept
