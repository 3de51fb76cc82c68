"""Where every step of a run stands: the journal's moves, read once and kept up to date by the one who writes them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any

from stormproof.core.journal import StepRecord
from stormproof.core.run_state import SATISFIED, StepState
from stormproof.engine.session import Session


class Standing:
    """States, attempts and outputs by full step name. Safe to share by threads; every write goes through `record`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._newest: dict[str, StepRecord] = {}
        self._started: dict[str, int] = {}  # step -> sequence of its newest intent
        self._outputs: dict[str, dict[str, Any]] = {}
        for record in session.journal.steps(session.run_id):
            self._keep(record)

    def state(self, step: str) -> StepState:
        with self._lock:
            record = self._newest.get(step)
        return record.state if record else StepState.PENDING

    def attempts(self, step: str) -> int:
        with self._lock:
            record = self._newest.get(step)
        return record.attempt if record else 0

    def detail(self, step: str) -> dict[str, Any]:
        with self._lock:
            record = self._newest.get(step)
        return record.detail if record else {}

    def outputs(self, step: str) -> dict[str, Any] | None:
        """What a step handed on when it was done, as the journal keeps it, also while it is undone.

        {} for a skipped one, None for one that was never done.
        """
        with self._lock:
            if step in self._outputs:
                return self._outputs[step]
            record = self._newest.get(step)
            return {} if record and record.state in SATISFIED else None

    def in_states(self, states: Iterable[StepState]) -> list[str]:
        """Steps in one of these states, the one begun last first."""
        wanted = frozenset(states)
        with self._lock:
            found = [name for name, record in self._newest.items() if record.state in wanted]
            return sorted(found, key=lambda name: self._started.get(name, 0), reverse=True)

    def record(
        self,
        step: str,
        state: StepState,
        *,
        attempt: int | None = None,
        outputs: Mapping[str, Any] | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> StepRecord:
        """Commit a move to the journal, then keep what the journal kept (its redacted form)."""
        session = self._session
        record = session.journal.record_step(
            session.run_id,
            session.token,
            step,
            self.attempts(step) if attempt is None else attempt,
            state,
            session.now(),
            outputs=outputs,
            detail=detail,
        )
        with self._lock:
            self._keep(record)
        return record

    def _keep(self, record: StepRecord) -> None:
        self._newest[record.step] = record
        if record.state is StepState.STARTED:
            self._started[record.step] = record.sequence
        if record.outputs is not None:
            self._outputs[record.step] = record.outputs
