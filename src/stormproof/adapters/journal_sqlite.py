"""The journal of one machine: one SQLite file, readable by its owner alone, every commit on disk when it returns."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from stormproof.adapters.journal_rows import (
    EVENT_COLUMNS,
    LEASE_COLUMNS,
    RUN_COLUMNS,
    SCHEMA_VERSION,
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
    JournalUnwritable,
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

BUSY_TIMEOUT_SECONDS = 10.0  # another process may be in the middle of a commit, never for long

_SCHEMA = """
create table run (
    run_id text primary key, runbook text not null, mode text not null, environment text not null,
    service text not null, digest text not null, wiring text not null, parameters text not null,
    undo_on_failure integer not null, created_at integer not null, state text not null, cancel_requested text
) strict;
create table step (
    sequence integer primary key autoincrement, run_id text not null references run, step text not null,
    attempt integer not null, state text not null, at integer not null, token integer not null,
    outputs text, detail text not null
) strict;
create index step_of_run on step (run_id, step);
create table event (
    sequence integer primary key autoincrement, run_id text not null references run, kind text not null,
    at integer not null, token integer not null, document text not null
) strict;
create index event_of_run on event (run_id, kind);
create table lease (
    run_id text primary key references run, token integer not null, holder text, since integer not null,
    renewed_at integer not null, expires_at integer not null
) strict;
"""

_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)


class SqliteJournal:
    """One connection, shared by the threads of a process; several processes may have the file open."""

    def __init__(self, path: Path, redactor: Redactor | None = None, now: Callable[[], datetime] | None = None) -> None:
        """Open the file, or make it. Raises JournalUnusable."""
        self._path, self._redactor = path, redactor or Redactor()
        self._now = now or (lambda: datetime.now(UTC))
        self._lock = threading.RLock()
        self._make_private()
        with self._reading():
            self._connection = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._prepare()

    @property
    def where(self) -> str:
        return str(self._path)

    def create_run(self, run: Run) -> None:
        with self._writing() as db:
            if db.execute("select 1 from run where run_id = ?", (run.run_id,)).fetchone():
                raise RunExists(run.run_id, where=self.where)
            row = run_row(run, self._redactor.document(run.parameters))
            db.execute(f"insert into run ({RUN_COLUMNS}) values ({', '.join('?' * len(row))})", row)  # noqa: S608 - our constants

    def run(self, run_id: str) -> Run:
        with self._reading():
            return self._run(run_id)

    def runs(self) -> list[Run]:
        with self._reading():
            rows = self._connection.execute(
                f"select {RUN_COLUMNS} from run order by created_at desc, run_id desc"  # noqa: S608 - our constants
            )
            return [run_of(row) for row in rows]

    def record_run_state(self, run_id: str, token: int, state: RunState, at: datetime, detail: JsonObject) -> None:
        with self._writing() as db:
            self._check_owned(run_id, token)
            check_run_move(run_id, self._run(run_id).state, state)
            db.execute("update run set state = ? where run_id = ?", (state.value, run_id))
            self._insert_event(run_id, token, "run-state", at, {"state": state.value, **detail})

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
        with self._writing() as db:
            self._check_owned(run_id, token)
            row = db.execute(
                "select state from step where run_id = ? and step = ? order by sequence desc limit 1", (run_id, step)
            ).fetchone()
            check_step_move(step, StepState(row[0]) if row else StepState.PENDING, state)
            sequence = db.execute(
                "insert into step (run_id, step, attempt, state, at, token, outputs, detail)"
                " values (?, ?, ?, ?, ?, ?, ?, ?)",
                (run_id, step, attempt, state.value, microseconds(at), token, dumps(kept_outputs), dumps(kept_detail)),
            ).lastrowid
        assert sequence is not None
        return StepRecord(sequence, run_id, step, attempt, state, at, token, kept_outputs, kept_detail)

    def steps(self, run_id: str) -> list[StepRecord]:
        with self._reading():
            self._run(run_id)
            rows = self._connection.execute(
                f"select {STEP_COLUMNS} from step where run_id = ? order by sequence",  # noqa: S608 - our constants
                (run_id,),
            )
            return [step_of(row) for row in rows]

    def append_event(
        self, run_id: str, token: int, kind: str, at: datetime, document: Mapping[str, Any]
    ) -> EventRecord:
        with self._writing():
            self._check_owned(run_id, token)
            return self._insert_event(run_id, token, kind, at, document)

    def events(self, run_id: str, kind: str | None = None) -> list[EventRecord]:
        with self._reading():
            self._run(run_id)
            rows = self._connection.execute(
                f"select {EVENT_COLUMNS} from event where run_id = ? and (? is null or kind = ?) order by sequence",  # noqa: S608 - our constants
                (run_id, kind, kind),
            )
            return [event_of(row) for row in rows]

    def request_cancel(self, run_id: str, by: str) -> None:
        with self._writing() as db:
            self._run(run_id)
            db.execute("update run set cancel_requested = ? where run_id = ?", (self._redactor.text(by), run_id))

    def clear_cancel(self, run_id: str, token: int) -> None:
        with self._writing() as db:
            self._check_owned(run_id, token)
            db.execute("update run set cancel_requested = null where run_id = ?", (run_id,))

    def acquire(self, run_id: str, holder: Holder, *, ttl_seconds: float, is_dead: Callable[[Holder], bool]) -> Lease:
        with self._writing() as db:
            self._run(run_id)
            lease, now = self._lease(run_id), self._now()
            if lease and lease.holder and lease.expires_at and lease.expires_at > now and not is_dead(lease.holder):
                raise LeaseHeld(lease)
            token = (lease.token if lease else 0) + 1
            expires = now + timedelta(seconds=ttl_seconds)
            db.execute(
                f"insert or replace into lease ({LEASE_COLUMNS}) values (?, ?, ?, ?, ?, ?)",  # noqa: S608 - our constants
                (run_id, token, holder_json(holder), microseconds(now), microseconds(now), microseconds(expires)),
            )
            return Lease(run_id, token, holder, now, now, expires)

    def renew(self, run_id: str, token: int, *, ttl_seconds: float) -> Lease:
        with self._writing() as db:
            self._check_owned(run_id, token)
            now = self._now()
            db.execute(
                "update lease set renewed_at = ?, expires_at = ? where run_id = ?",
                (microseconds(now), microseconds(now + timedelta(seconds=ttl_seconds)), run_id),
            )
            lease = self._lease(run_id)
        assert lease is not None
        return lease

    def release(self, run_id: str, token: int) -> None:
        with self._writing() as db:
            db.execute("update lease set holder = null where run_id = ? and token = ?", (run_id, token))

    def lease(self, run_id: str) -> Lease | None:
        with self._reading():
            self._run(run_id)
            return self._lease(run_id)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _run(self, run_id: str) -> Run:
        row = self._connection.execute(
            f"select {RUN_COLUMNS} from run where run_id = ?",  # noqa: S608 - our constants
            (run_id,),
        ).fetchone()
        if row is None:
            raise UnknownRun(run_id, where=self.where)
        return run_of(row)

    def _lease(self, run_id: str) -> Lease | None:
        row = self._connection.execute(
            f"select {LEASE_COLUMNS} from lease where run_id = ?",  # noqa: S608 - our constants
            (run_id,),
        ).fetchone()
        return lease_of(row) if row else None

    def _check_owned(self, run_id: str, token: int) -> None:
        row = self._connection.execute("select token from lease where run_id = ?", (run_id,)).fetchone()
        if row is None:
            self._run(run_id)
        newest = row[0] if row else 0
        if token != newest:
            raise LeaseLost(run_id, token=token, newer=newest)

    def _insert_event(
        self, run_id: str, token: int, kind: str, at: datetime, document: Mapping[str, Any]
    ) -> EventRecord:
        kept = self._redactor.document(document)
        sequence = self._connection.execute(
            "insert into event (run_id, kind, at, token, document) values (?, ?, ?, ?, ?)",
            (run_id, kind, microseconds(at), token, dumps(kept)),
        ).lastrowid
        assert sequence is not None
        return EventRecord(sequence, run_id, kind, at, token, kept)

    def _make_private(self) -> None:
        """The file exists with mode 0600 before SQLite sees it, so there is no moment at which others may read it."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
            mode = stat.S_IMODE(self._path.stat().st_mode)
        except OSError as error:
            raise JournalUnusable(
                f"the journal cannot be made: {error.strerror}",
                where=self.where,
                fix="make its folder writable for yourself, or point STORMPROOF_HOME elsewhere",
                code="SP264",
            ) from error
        if mode & 0o077:
            raise JournalUnusable(
                f"the journal may be read by others: its mode is {mode:04o}",
                where=self.where,
                fix=f"chmod 600 {self._path}",
                code="SP265",
            )

    def _prepare(self) -> None:
        db = self._connection
        # An empty file is new; it becomes a journal in one transaction, so that a crash leaves either.
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = full")
        db.execute("pragma foreign_keys = on")
        version = db.execute("pragma user_version").fetchone()[0]
        if version == 0:
            db.execute("begin immediate")
            if db.execute("pragma user_version").fetchone()[0] == 0:
                for statement in _SCHEMA.split(";\n"):
                    db.execute(statement)
                db.execute(f"pragma user_version = {SCHEMA_VERSION}")
            db.execute("commit")
            version = SCHEMA_VERSION
        if version != SCHEMA_VERSION:
            raise JournalUnusable(
                f"the journal has version {version}, this program knows {SCHEMA_VERSION}",
                where=self.where,
                fix="use the version of stormproof that wrote it, or move the file away to begin a new journal",
                code="SP266",
            )
        if (answer := db.execute("pragma quick_check(1)").fetchone()[0]) != "ok":
            raise self._damaged(answer)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise self._unusable(error) from error

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, on disk when this ends."""
        with self._lock:
            db = self._connection
            try:
                db.execute("begin immediate")
                try:
                    yield db
                    db.execute("commit")
                finally:
                    if db.in_transaction:
                        db.execute("rollback")
            except sqlite3.Error as error:
                raise self._unwritable(error) from error

    def _damaged(self, detail: str) -> JournalUnusable:
        return JournalUnusable(
            f"the journal is damaged: {detail}",
            where=self.where,
            fix="keep the file for study, put a copy of it back from a backup, or move it away to begin a new journal",
            code="SP267",
        )

    def _unusable(self, error: sqlite3.Error) -> JournalUnusable:
        code = getattr(error, "sqlite_errorcode", None)
        primary = None if code is None else code & 0xFF
        if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return self._damaged(str(error))
        if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            what, fix = "cannot be written", "make the file and its folder writable for yourself, on a writable disk"
        elif primary in _FULL:
            what, fix = "cannot be kept: the disk is full or fails", "free some space on its disk, then try again"
        elif primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            what, fix = "is locked by another process", "end the process that has it open, then try again"
        else:
            what, fix = "cannot be used", "see the cause; move the file away to begin a new journal"
        return JournalUnusable(f"the journal {what}: {error}", where=self.where, fix=fix, code="SP268")

    def _unwritable(self, error: sqlite3.Error) -> JournalUnwritable:
        cause = self._unusable(error)
        return JournalUnwritable(
            f"{cause.what}; the run stopped here, because nothing may be done that is not written down first",
            where=self.where,
            fix=f"{cause.fix}; then `stormproof runbook resume RUN`",
            code="SP269",
        )
