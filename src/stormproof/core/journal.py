"""The journal of runs: what was intended, what was done, and who owns a run. Adapters keep it; tests/contract hold them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from stormproof.core.errors import Refused, SetupFailed, StoppedHalfWay
from stormproof.core.run_state import RunState, StepState

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a runbook, as it was agreed on when it began. Only `state` and `cancel_requested` ever change."""

    run_id: str
    runbook: str
    mode: str  # drill or outage
    environment: str
    service: str
    digest: str  # of names, wiring and policy: engine/wiring.py
    wiring: JsonObject  # what the digest was made from, so that a difference can be named
    parameters: JsonObject
    undo_on_failure: bool
    created_at: datetime
    state: RunState = RunState.CREATED
    cancel_requested: str | None = None  # who asked for it


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One move of one step. `sequence` rises over the whole run; `at` is UTC."""

    sequence: int
    run_id: str
    step: str
    attempt: int  # 1 is the first
    state: StepState
    at: datetime
    token: int
    outputs: JsonObject | None = None  # of a step that is done
    detail: JsonObject = field(default_factory=dict)  # what, where, fix of an error; `adopted` and why


@dataclass(frozen=True, slots=True)
class EventRecord:
    """Something that happened to a run beside its steps: a thing about to be created, a lab event, an instant."""

    sequence: int
    run_id: str
    kind: str
    at: datetime
    token: int
    document: JsonObject


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that owns a run. `machine`, `boot` and `namespace` tell whether its pid can be looked at from here."""

    host: str
    pid: int
    started: str  # the process's start time as the kernel counts it: a pid alone comes back
    machine: str
    boot: str
    namespace: str


@dataclass(frozen=True, slots=True)
class Lease:
    """Who owns a run. The token only ever rises; a write that carries an older one is refused."""

    run_id: str
    token: int
    holder: Holder | None  # None: released
    since: datetime | None
    renewed_at: datetime | None
    expires_at: datetime | None


class Journal(Protocol):
    """Where runs are written down. Safe to share by threads; every write is committed when its call returns.

    Documents are redacted before they are written, and what a method answers is what was written.
    Raises (every method): JournalUnusable when it cannot be read, JournalUnwritable when a write did not happen.
    Writes that carry a token raise LeaseLost when a newer holder owns the run.
    """

    @property
    def where(self) -> str:
        """For people: the file or the database. Never a password."""

    def create_run(self, run: Run) -> None:
        """Raises Refused when the id is taken."""

    def run(self, run_id: str) -> Run:
        """Raises UnknownRun."""

    def runs(self) -> list[Run]:
        """All of them, newest first."""

    def record_run_state(self, run_id: str, token: int, state: RunState, at: datetime, detail: JsonObject) -> None:
        """Move a run. Raises IllegalTransition. Also kept as an event of kind `run-state`."""

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
        """Move a step. Raises IllegalTransition."""

    def steps(self, run_id: str) -> list[StepRecord]:
        """Every move of every step of a run, in the order in which they were written."""

    def append_event(
        self, run_id: str, token: int, kind: str, at: datetime, document: Mapping[str, Any]
    ) -> EventRecord: ...

    def events(self, run_id: str, kind: str | None = None) -> list[EventRecord]:
        """In the order in which they were written."""

    def request_cancel(self, run_id: str, by: str) -> None:
        """Ask whoever owns the run to cancel it. Needs no lease. Raises UnknownRun."""

    def clear_cancel(self, run_id: str, token: int) -> None:
        """The owner took note: a later resume does not cancel again."""

    def acquire(self, run_id: str, holder: Holder, *, ttl_seconds: float, is_dead: Callable[[Holder], bool]) -> Lease:
        """Own a run, with a token above every one before.

        The holder before gives way when it released, when its time is over, or when `is_dead` says so.
        Raises UnknownRun, LeaseHeld.
        """

    def renew(self, run_id: str, token: int, *, ttl_seconds: float) -> Lease:
        """Raises LeaseLost when a newer holder owns the run."""

    def release(self, run_id: str, token: int) -> None:
        """Give a run back. Does nothing when a newer holder owns it."""

    def lease(self, run_id: str) -> Lease | None:
        """Who owns the run, or who did last; None when nobody ever did."""

    def close(self) -> None: ...


class UnknownRun(Refused):
    """No run of that id is in the journal."""

    def __init__(self, run_id: str, *, where: str) -> None:
        super().__init__(
            f"no run '{run_id}' is in the journal",
            where=where,
            fix="`stormproof runbook status` lists the runs that are",
            code="SP260",
        )


class RunExists(Refused):
    """A run id is used once."""

    def __init__(self, run_id: str, *, where: str) -> None:
        super().__init__(
            f"run '{run_id}' is in the journal already",
            where=where,
            fix=f"`stormproof runbook resume {run_id}` continues it; a new run takes a new id",
            code="SP261",
        )


class LeaseHeld(Refused):
    """Another executor owns the run."""

    def __init__(self, lease: Lease) -> None:
        holder, since = lease.holder, lease.since
        assert holder is not None, "a lease that nobody holds cannot be in the way"
        assert since is not None
        super().__init__(
            f"run {lease.run_id} is being executed by process {holder.pid} on {holder.host} "
            f"since {since.isoformat(timespec='seconds')}",
            where=f"lease of run {lease.run_id}",
            fix=f"wait for it, or ask it to stop: `stormproof runbook cancel {lease.run_id}`",
            code="SP262",
        )
        self.holder, self.since = holder, since


class LeaseLost(StoppedHalfWay):
    """Another executor took the run over; this one must not act or write any more."""

    def __init__(self, run_id: str, *, token: int, newer: int) -> None:
        super().__init__(
            f"run {run_id} was taken over by another executor (token {newer}, ours is {token}); this one stopped",
            where=f"lease of run {run_id}",
            fix=f"follow the other one: `stormproof runbook status {run_id}`",
            code="SP263",
        )


class JournalUnusable(SetupFailed):
    """The journal cannot be opened or read."""


class JournalUnwritable(StoppedHalfWay):
    """A write did not happen, so nothing more may be done in this run."""
