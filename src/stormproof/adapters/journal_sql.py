"""What every SQL journal does alike: the statements, the fence, and what a row that cannot be read means.

How it connects, opens a transaction, tells the time and explains its own faults is each journal's own matter. Statements
here are written with `?` for values and run on SQLite and PostgreSQL alike.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from stormproof.adapters.journal_rows import (
    EVENT_COLUMNS,
    LEASE_COLUMNS,
    RUN_COLUMNS,
    STEP_COLUMNS,
    dumps,
    event_of,
    holder_json,
    lease_of,
    microseconds,
    run_of,
    run_row,
    step_of,
)
from stormproof.core.journal import (
    EventRecord,
    Holder,
    JournalUnusable,
    JsonObject,
    Lease,
    LeaseHeld,
    LeaseLost,
    Run,
    RunExists,
    StepRecord,
    UnknownRun,
)
from stormproof.core.misread import MISREAD
from stormproof.core.redact import Redactor
from stormproof.core.run_state import RunState, StepState, check_run_move, check_step_move

Row = Sequence[Any]
T = TypeVar("T")


class SqlJournal(ABC):
    """The port `core.journal.Journal`, but for what stands below as abstract."""

    FOR_UPDATE: ClassVar[str] = ""  # behind a select: keep everybody else off that row until the transaction's end

    DAMAGED_FIX: ClassVar[str]

    def __init__(self, redactor: Redactor | None) -> None:
        self._redactor = redactor or Redactor()

    @property
    @abstractmethod
    def where(self) -> str: ...

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Any]:
        """The connection is ours alone in it. Faults are raised as JournalUnusable."""

    @abstractmethod
    def _writing(self) -> AbstractContextManager[Any]:
        """One transaction, on disk when it ends. Faults are raised as JournalUnwritable."""

    @abstractmethod
    def _ask(self, statement: str, values: Row = ()) -> list[Any]:
        """All rows of one statement, in whatever transaction there is."""

    @abstractmethod
    def _clock(self) -> datetime:
        """The time that leases are held against."""

    # -- runs

    def create_run(self, run: Run) -> None:
        row = run_row(run, self._redactor.document(run.parameters))
        marks = ", ".join("?" * len(row))
        with self._writing():
            statement = f"insert into run ({RUN_COLUMNS}) values ({marks}) on conflict do nothing returning run_id"  # noqa: S608 - our constants
            made = self._ask(statement, row)
            if not made:
                raise RunExists(run.run_id, where=self.where)

    def run(self, run_id: str) -> Run:
        with self._reading():
            return self._run(run_id)

    def runs(self) -> list[Run]:
        with self._reading():
            return self._read(run_of, self._ask(f"select {RUN_COLUMNS} from run order by created_at desc, run_id desc"))  # noqa: S608 - our constants

    def record_run_state(self, run_id: str, token: int, state: RunState, at: datetime, detail: JsonObject) -> None:
        with self._writing():
            self._check_owned(run_id, token)
            check_run_move(run_id, self._run(run_id).state, state)
            self._ask("update run set state = ? where run_id = ?", (state.value, run_id))
            self._insert_event(run_id, token, "run-state", at, {"state": state.value, **detail})

    # -- steps and events

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
        kept_outputs = None if outputs is None else self._redactor.document(outputs)
        kept_detail = self._redactor.document(detail or {})
        with self._writing():
            self._check_owned(run_id, token)
            rows = self._ask(
                "select state from step where run_id = ? and step = ? order by sequence desc limit 1", (run_id, step)
            )
            before = self._read(lambda row: StepState(row[0]), rows)
            check_step_move(step, before[0] if before else StepState.PENDING, state)
            ((sequence,),) = self._ask(
                "insert into step (run_id, step, attempt, state, at, token, outputs, detail)"
                " values (?, ?, ?, ?, ?, ?, ?, ?) returning sequence",
                (run_id, step, attempt, state.value, microseconds(at), token, dumps(kept_outputs), dumps(kept_detail)),
            )
        return StepRecord(sequence, run_id, step, attempt, state, at, token, kept_outputs, kept_detail)

    def steps(self, run_id: str) -> list[StepRecord]:
        with self._reading():
            self._run(run_id)
            rows = self._ask(f"select {STEP_COLUMNS} from step where run_id = ? order by sequence", (run_id,))  # noqa: S608 - our constants
            return self._read(step_of, rows)

    def append_event(
        self, run_id: str, token: int, kind: str, at: datetime, document: Mapping[str, Any]
    ) -> EventRecord:
        with self._writing():
            self._check_owned(run_id, token)
            return self._insert_event(run_id, token, kind, at, document)

    def events(self, run_id: str, kind: str | None = None) -> list[EventRecord]:
        with self._reading():
            self._run(run_id)
            rows = self._ask(
                f"select {EVENT_COLUMNS} from event where run_id = ? and (cast(? as text) is null or kind = ?)"  # noqa: S608 - our constants
                " order by sequence",
                (run_id, kind, kind),
            )
            return self._read(event_of, rows)

    def request_cancel(self, run_id: str, by: str) -> None:
        with self._writing():
            self._run(run_id)
            self._ask("update run set cancel_requested = ? where run_id = ?", (self._redactor.text(by), run_id))

    def clear_cancel(self, run_id: str, token: int) -> None:
        with self._writing():
            self._check_owned(run_id, token)
            self._ask("update run set cancel_requested = null where run_id = ?", (run_id,))

    # -- the lease

    def acquire(self, run_id: str, holder: Holder, *, ttl_seconds: float, is_dead: Callable[[Holder], bool]) -> Lease:
        with self._writing():
            # The run's row is the lock: two that ask at once come one after the other, even for the first lease.
            if not self._ask(f"select 1 from run where run_id = ?{self.FOR_UPDATE}", (run_id,)):  # noqa: S608 - our constant
                raise UnknownRun(run_id, where=self.where)
            lease, now = self._lease(run_id), self._clock()
            if lease and lease.holder and lease.expires_at and lease.expires_at > now and not is_dead(lease.holder):
                raise LeaseHeld(lease)
            token = (lease.token if lease else 0) + 1
            expires = now + timedelta(seconds=ttl_seconds)
            self._ask(
                f"insert into lease ({LEASE_COLUMNS}) values (?, ?, ?, ?, ?, ?) on conflict (run_id) do update"  # noqa: S608 - our constants
                " set token = excluded.token, holder = excluded.holder, since = excluded.since,"
                " renewed_at = excluded.renewed_at, expires_at = excluded.expires_at",
                (run_id, token, holder_json(holder), microseconds(now), microseconds(now), microseconds(expires)),
            )
            return Lease(run_id, token, holder, now, now, expires)

    def renew(self, run_id: str, token: int, *, ttl_seconds: float) -> Lease:
        with self._writing():
            self._check_owned(run_id, token)
            now = self._clock()
            self._ask(
                "update lease set renewed_at = ?, expires_at = ? where run_id = ?",
                (microseconds(now), microseconds(now + timedelta(seconds=ttl_seconds)), run_id),
            )
            lease = self._lease(run_id)
        assert lease is not None
        return lease

    def release(self, run_id: str, token: int) -> None:
        with self._writing():
            self._ask("update lease set holder = null where run_id = ? and token = ?", (run_id, token))

    def lease(self, run_id: str) -> Lease | None:
        with self._reading():
            self._run(run_id)
            return self._lease(run_id)

    # -- how

    def _run(self, run_id: str) -> Run:
        found = self._read(run_of, self._ask(f"select {RUN_COLUMNS} from run where run_id = ?", (run_id,)))  # noqa: S608 - our constants
        if not found:
            raise UnknownRun(run_id, where=self.where)
        return found[0]

    def _lease(self, run_id: str) -> Lease | None:
        found = self._read(lease_of, self._ask(f"select {LEASE_COLUMNS} from lease where run_id = ?", (run_id,)))  # noqa: S608 - our constants
        return found[0] if found else None

    def _check_owned(self, run_id: str, token: int) -> None:
        """The lease is locked until the transaction ends: nobody takes it over between the look and the write.

        The run's row before it, as whoever takes the lease over locks them: else each of the two would wait for the other.
        """
        if self.FOR_UPDATE:
            self._ask(f"select 1 from run where run_id = ?{self.FOR_UPDATE}", (run_id,))  # noqa: S608 - our constant
        rows = self._ask(f"select token from lease where run_id = ?{self.FOR_UPDATE}", (run_id,))  # noqa: S608 - our constant
        if not rows:
            self._run(run_id)
        newest = rows[0][0] if rows else 0
        if token != newest:
            raise LeaseLost(run_id, token=token, newer=newest)

    def _insert_event(
        self, run_id: str, token: int, kind: str, at: datetime, document: Mapping[str, Any]
    ) -> EventRecord:
        kept = self._redactor.document(document)
        ((sequence,),) = self._ask(
            "insert into event (run_id, kind, at, token, document) values (?, ?, ?, ?, ?) returning sequence",
            (run_id, kind, microseconds(at), token, dumps(kept)),
        )
        return EventRecord(sequence, run_id, kind, at, token, kept)

    def _read(self, of: Callable[[Row], T], rows: Sequence[Row]) -> list[T]:
        """Rows as records. A row that is none is damage: the database itself keeps no digest of what it holds."""
        try:
            return [of(row) for row in rows]
        except MISREAD as error:
            raise self._damaged(f"a row of it cannot be read ({self._redactor.text(str(error))[:200]})") from error

    def _damaged(self, detail: str) -> JournalUnusable:
        return JournalUnusable(
            f"the journal is damaged: {detail}", where=self.where, fix=self.DAMAGED_FIX, code="SP267"
        )
