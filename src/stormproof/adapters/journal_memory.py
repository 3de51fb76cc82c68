"""A journal in memory: for tests, and for looking at a runbook without leaving a trace."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from stormproof.core.journal import (
    EventRecord,
    Holder,
    JsonObject,
    Lease,
    LeaseHeld,
    LeaseLost,
    Run,
    RunExists,
    StepRecord,
    UnknownRun,
)
from stormproof.core.redact import Redactor
from stormproof.core.run_state import RunState, StepState, check_run_move, check_step_move


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class _Kept:
    run: Run
    steps: list[StepRecord] = field(default_factory=list)
    events: list[EventRecord] = field(default_factory=list)
    lease: Lease | None = None


class MemoryJournal:
    """Keeps every promise of the port but one: it ends with its process."""

    def __init__(self, redactor: Redactor | None = None, now: Callable[[], datetime] = _utc_now) -> None:
        self._redactor, self._now = redactor or Redactor(), now
        self._lock = threading.RLock()
        self._kept: dict[str, _Kept] = {}
        self._sequence = 0

    @property
    def where(self) -> str:
        return "memory"

    def create_run(self, run: Run) -> None:
        with self._lock:
            if run.run_id in self._kept:
                raise RunExists(run.run_id, where=self.where)
            self._kept[run.run_id] = _Kept(replace(run, parameters=self._redactor.document(run.parameters)))

    def run(self, run_id: str) -> Run:
        with self._lock:
            return self._find(run_id).run

    def runs(self) -> list[Run]:
        with self._lock:
            runs = [kept.run for kept in self._kept.values()]
        return sorted(runs, key=lambda run: (run.created_at, run.run_id), reverse=True)

    def record_run_state(self, run_id: str, token: int, state: RunState, at: datetime, detail: JsonObject) -> None:
        with self._lock:
            kept = self._owned(run_id, token)
            check_run_move(run_id, kept.run.state, state)
            kept.run = replace(kept.run, state=state)
            self.append_event(run_id, token, "run-state", at, {"state": state.value, **detail})

    def record_step(
        self,
        run_id: str,
        token: int,
        step: str,
        attempt: int,
        state: StepState,
        at: datetime,
        *,
        outputs: Mapping[str, Any] | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> StepRecord:
        with self._lock:
            kept = self._owned(run_id, token)
            before = next((r.state for r in reversed(kept.steps) if r.step == step), StepState.PENDING)
            check_step_move(step, before, state)
            record = StepRecord(
                self._next(),
                run_id,
                step,
                attempt,
                state,
                at,
                token,
                None if outputs is None else self._redactor.document(outputs),
                self._redactor.document(detail or {}),
            )
            kept.steps.append(record)
            return record

    def steps(self, run_id: str) -> list[StepRecord]:
        with self._lock:
            return list(self._find(run_id).steps)

    def append_event(
        self, run_id: str, token: int, kind: str, at: datetime, document: Mapping[str, Any]
    ) -> EventRecord:
        with self._lock:
            kept = self._owned(run_id, token)
            record = EventRecord(self._next(), run_id, kind, at, token, self._redactor.document(document))
            kept.events.append(record)
            return record

    def events(self, run_id: str, kind: str | None = None) -> list[EventRecord]:
        with self._lock:
            return [event for event in self._find(run_id).events if kind is None or event.kind == kind]

    def request_cancel(self, run_id: str, by: str) -> None:
        with self._lock:
            kept = self._find(run_id)
            kept.run = replace(kept.run, cancel_requested=self._redactor.text(by))

    def clear_cancel(self, run_id: str, token: int) -> None:
        with self._lock:
            kept = self._owned(run_id, token)
            kept.run = replace(kept.run, cancel_requested=None)

    def acquire(self, run_id: str, holder: Holder, *, ttl_seconds: float, is_dead: Callable[[Holder], bool]) -> Lease:
        with self._lock:
            kept, now = self._find(run_id), self._now()
            lease = kept.lease
            if lease and lease.holder and lease.expires_at and lease.expires_at > now and not is_dead(lease.holder):
                raise LeaseHeld(lease)
            token = (lease.token if lease else 0) + 1
            kept.lease = Lease(run_id, token, holder, now, now, now + timedelta(seconds=ttl_seconds))
            return kept.lease

    def renew(self, run_id: str, token: int, *, ttl_seconds: float) -> Lease:
        with self._lock:
            kept, now = self._owned(run_id, token), self._now()
            assert kept.lease is not None
            kept.lease = replace(kept.lease, renewed_at=now, expires_at=now + timedelta(seconds=ttl_seconds))
            return kept.lease

    def release(self, run_id: str, token: int) -> None:
        with self._lock:
            kept = self._find(run_id)
            if kept.lease and kept.lease.token == token:
                kept.lease = replace(kept.lease, holder=None)

    def lease(self, run_id: str) -> Lease | None:
        with self._lock:
            return self._find(run_id).lease

    def close(self) -> None:
        """Nothing to close."""

    def _find(self, run_id: str) -> _Kept:
        if run_id not in self._kept:
            raise UnknownRun(run_id, where=self.where)
        return self._kept[run_id]

    def _owned(self, run_id: str, token: int) -> _Kept:
        kept = self._find(run_id)
        newest = kept.lease.token if kept.lease else 0
        if token != newest:
            raise LeaseLost(run_id, token=token, newer=newest)
        return kept

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence
