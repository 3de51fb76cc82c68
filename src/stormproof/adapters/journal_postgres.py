"""The journal of many machines: a schema in a PostgreSQL database, with that server's clock for leases."""

from __future__ import annotations

import contextlib
import select
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from stormproof.adapters.journal_rows import (
    EVENT_COLUMNS,
    LEASE_COLUMNS,
    RUN_COLUMNS,
    SCHEMA_VERSION,
    STEP_COLUMNS,
    dumps,
    event_of,
    holder_json,
    instant,
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

if TYPE_CHECKING:
    import psycopg

CONNECT_TIMEOUT_SECONDS = 10
STATEMENT_TIMEOUT_SECONDS = 15  # no statement here touches more than a run's own rows
RECONNECT_SECONDS = 20.0  # a restart of the server; shorter than a lease, so that the run is still ours afterwards
# A network that drops packets is noticed within 15 s; libpq's own default is the kernel's 15 minutes.
SILENCE = {"keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15_000}
ADVISORY_LOCK = 0x53544F52  # "STOR": one at a time makes the schema

_SCHEMA = """
create schema if not exists stormproof_journal;
create table stormproof_journal.version (version integer not null);
create table stormproof_journal.run (
    run_id text primary key, runbook text not null, mode text not null, environment text not null,
    service text not null, digest text not null, wiring text not null, parameters text not null,
    undo_on_failure integer not null, created_at bigint not null, state text not null, cancel_requested text
);
create table stormproof_journal.step (
    sequence bigint generated always as identity primary key, run_id text not null references stormproof_journal.run,
    step text not null, attempt integer not null, state text not null, at bigint not null, token bigint not null,
    outputs text, detail text not null
);
create index on stormproof_journal.step (run_id, step);
create table stormproof_journal.event (
    sequence bigint generated always as identity primary key, run_id text not null references stormproof_journal.run,
    kind text not null, at bigint not null, token bigint not null, document text not null
);
create index on stormproof_journal.event (run_id, kind);
create table stormproof_journal.lease (
    run_id text primary key references stormproof_journal.run, token bigint not null, holder text,
    since bigint not null, renewed_at bigint not null, expires_at bigint not null
);
"""
_NOW = "(extract(epoch from clock_timestamp()) * 1000000)::bigint"


class PostgresJournal:
    """One connection, shared by the threads of a process. A write that failed half-way is taken back by the server.

    A connection that was lost between two calls is made anew, for some seconds. One that is lost within a write ends it
    as unwritable: nobody knows then whether it was committed, and the run is resumed from what the journal says.
    """

    def __init__(self, conninfo: str, redactor: Redactor | None = None) -> None:
        """Connect, and make the schema where there is none.

        Args:
            conninfo: libpq connection string without a password: it comes from PGPASSFILE or a socket's peer check.

        Raises: JournalUnusable.
        """
        import psycopg  # not at the top: the command line's --help must not wait for it

        self._errors: type[psycopg.Error] = psycopg.Error
        self._redactor = redactor or Redactor()
        self._lock = threading.RLock()
        parts = psycopg.conninfo.conninfo_to_dict(conninfo)
        self._where = f"postgresql database '{parts.get('dbname', '')}' at {parts.get('host', 'its default socket')}"
        self._bounds = {name: value for name, value in SILENCE.items() if name not in parts}
        self._conninfo = conninfo
        self._given_up = self._closed = False
        try:
            self._connection = self._connect()
        except self._errors as error:
            raise self._unusable(error) from error
        self._prepare()

    @property
    def where(self) -> str:
        return self._where

    def create_run(self, run: Run) -> None:
        row = run_row(run, self._redactor.document(run.parameters))
        with self._writing() as db:
            added = db.execute(
                f"insert into run ({RUN_COLUMNS}) values ({', '.join(['%s'] * len(row))}) on conflict do nothing",  # noqa: S608 - our constants
                row,
            )
            if added.rowcount != 1:
                raise RunExists(run.run_id, where=self.where)

    def run(self, run_id: str) -> Run:
        with self._reading():
            return self._run(run_id)

    def runs(self) -> list[Run]:
        with self._reading() as db:
            rows = db.execute(f"select {RUN_COLUMNS} from run order by created_at desc, run_id desc")  # noqa: S608 - our constants
            return [run_of(row) for row in rows]

    def record_run_state(self, run_id: str, token: int, state: RunState, at: datetime, detail: JsonObject) -> None:
        with self._writing() as db:
            self._check_owned(run_id, token)
            check_run_move(run_id, self._run(run_id).state, state)
            db.execute("update run set state = %s where run_id = %s", (state.value, run_id))
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
            before = db.execute(
                "select state from step where run_id = %s and step = %s order by sequence desc limit 1", (run_id, step)
            ).fetchone()
            check_step_move(step, StepState(before[0]) if before else StepState.PENDING, state)
            row = db.execute(
                "insert into step (run_id, step, attempt, state, at, token, outputs, detail)"
                " values (%s, %s, %s, %s, %s, %s, %s, %s) returning sequence",
                (run_id, step, attempt, state.value, microseconds(at), token, dumps(kept_outputs), dumps(kept_detail)),
            ).fetchone()
        assert row is not None
        return StepRecord(row[0], run_id, step, attempt, state, at, token, kept_outputs, kept_detail)

    def steps(self, run_id: str) -> list[StepRecord]:
        with self._reading() as db:
            self._run(run_id)
            rows = db.execute(f"select {STEP_COLUMNS} from step where run_id = %s order by sequence", (run_id,))  # noqa: S608 - our constants
            return [step_of(row) for row in rows]

    def append_event(
        self, run_id: str, token: int, kind: str, at: datetime, document: Mapping[str, Any]
    ) -> EventRecord:
        with self._writing():
            self._check_owned(run_id, token)
            return self._insert_event(run_id, token, kind, at, document)

    def events(self, run_id: str, kind: str | None = None) -> list[EventRecord]:
        with self._reading() as db:
            self._run(run_id)
            rows = db.execute(
                f"select {EVENT_COLUMNS} from event where run_id = %s and (%s::text is null or kind = %s)"  # noqa: S608 - our constants
                " order by sequence",
                (run_id, kind, kind),
            )
            return [event_of(row) for row in rows]

    def request_cancel(self, run_id: str, by: str) -> None:
        with self._writing() as db:
            self._run(run_id)
            db.execute("update run set cancel_requested = %s where run_id = %s", (self._redactor.text(by), run_id))

    def clear_cancel(self, run_id: str, token: int) -> None:
        with self._writing() as db:
            self._check_owned(run_id, token)
            db.execute("update run set cancel_requested = null where run_id = %s", (run_id,))

    def acquire(self, run_id: str, holder: Holder, *, ttl_seconds: float, is_dead: Callable[[Holder], bool]) -> Lease:
        with self._writing() as db:
            # The run's row is the lock: two that ask at once come one after the other, even for the first lease.
            if db.execute("select 1 from run where run_id = %s for update", (run_id,)).fetchone() is None:
                raise UnknownRun(run_id, where=self.where)
            lease, now = self._lease(run_id), self._server_now()
            if lease and lease.holder and lease.expires_at and lease.expires_at > now and not is_dead(lease.holder):
                raise LeaseHeld(lease)
            token = (lease.token if lease else 0) + 1
            expires = now + timedelta(seconds=ttl_seconds)
            db.execute(
                f"insert into lease ({LEASE_COLUMNS}) values (%s, %s, %s, %s, %s, %s) on conflict (run_id) do update"  # noqa: S608 - our constants
                " set token = excluded.token, holder = excluded.holder, since = excluded.since,"
                " renewed_at = excluded.renewed_at, expires_at = excluded.expires_at",
                (run_id, token, holder_json(holder), microseconds(now), microseconds(now), microseconds(expires)),
            )
            return Lease(run_id, token, holder, now, now, expires)

    def renew(self, run_id: str, token: int, *, ttl_seconds: float) -> Lease:
        with self._writing() as db:
            self._check_owned(run_id, token)
            now = self._server_now()
            db.execute(
                "update lease set renewed_at = %s, expires_at = %s where run_id = %s",
                (microseconds(now), microseconds(now + timedelta(seconds=ttl_seconds)), run_id),
            )
            lease = self._lease(run_id)
        assert lease is not None
        return lease

    def release(self, run_id: str, token: int) -> None:
        with self._writing() as db:
            db.execute("update lease set holder = null where run_id = %s and token = %s", (run_id, token))

    def lease(self, run_id: str) -> Lease | None:
        with self._reading():
            self._run(run_id)
            return self._lease(run_id)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._connection.close()

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        import psycopg

        return psycopg.connect(
            self._conninfo,
            autocommit=True,
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            application_name="stormproof",
            options=f"-c statement_timeout={STATEMENT_TIMEOUT_SECONDS}s -c synchronous_commit=on"
            " -c search_path=stormproof_journal",
            **self._bounds,  # type: ignore[arg-type] # libpq's own parameters
        )

    def _connected(self) -> psycopg.Connection[tuple[Any, ...]]:
        """The connection, made anew where it was lost since the last call. Call under the lock, outside a transaction."""
        if self._closed or not self._is_lost():
            return self._connection
        until = time.monotonic() + (0.0 if self._given_up else RECONNECT_SECONDS)
        while True:
            try:
                self._connection = self._connect()
            except self._errors:
                if time.monotonic() >= until:
                    self._given_up = True  # who has waited once does not wait again at each further call
                    raise
                time.sleep(0.2)
            else:
                self._given_up = False
                return self._connection

    def _is_lost(self) -> bool:
        """Without a round trip while all is well: an idle connection that has something to say has been ended."""
        if self._connection.closed:
            return True
        if (
            self._connection.info.transaction_status != 0
            or not select.select([self._connection.fileno()], [], [], 0)[0]
        ):
            return False  # within a transaction nothing is made anew: what it holds would be lost
        try:
            self._connection.execute("")
        except self._errors:
            self._connection.close()
            return True
        return False

    def _run(self, run_id: str) -> Run:
        row = self._connection.execute(
            f"select {RUN_COLUMNS} from run where run_id = %s",  # noqa: S608 - our constants
            (run_id,),
        ).fetchone()
        if row is None:
            raise UnknownRun(run_id, where=self.where)
        return run_of(row)

    def _lease(self, run_id: str) -> Lease | None:
        row = self._connection.execute(
            f"select {LEASE_COLUMNS} from lease where run_id = %s",  # noqa: S608 - our constants
            (run_id,),
        ).fetchone()
        return lease_of(row) if row else None

    def _server_now(self) -> datetime:
        row = self._connection.execute(f"select {_NOW}").fetchone()
        assert row is not None
        return instant(row[0])

    def _check_owned(self, run_id: str, token: int) -> None:
        """Locks the lease until the end of the transaction: nobody takes it over between the look and the write."""
        row = self._connection.execute("select token from lease where run_id = %s for update", (run_id,)).fetchone()
        if row is None:
            self._run(run_id)
        newest = row[0] if row else 0
        if token != newest:
            raise LeaseLost(run_id, token=token, newer=newest)

    def _insert_event(
        self, run_id: str, token: int, kind: str, at: datetime, document: Mapping[str, Any]
    ) -> EventRecord:
        kept = self._redactor.document(document)
        row = self._connection.execute(
            "insert into event (run_id, kind, at, token, document) values (%s, %s, %s, %s, %s) returning sequence",
            (run_id, kind, microseconds(at), token, dumps(kept)),
        ).fetchone()
        assert row is not None
        return EventRecord(row[0], run_id, kind, at, token, kept)

    def _prepare(self) -> None:
        with self._reading() as db, db.transaction():
            db.execute("select pg_advisory_xact_lock(%s)", (ADVISORY_LOCK,))
            if db.execute("select to_regclass('stormproof_journal.version')").fetchone() == (None,):
                db.execute(_SCHEMA)
                db.execute("insert into stormproof_journal.version values (%s)", (SCHEMA_VERSION,))
            row = db.execute("select version from stormproof_journal.version").fetchone()
        version = row[0] if row else None
        if version != SCHEMA_VERSION:
            self._connection.close()
            raise JournalUnusable(
                f"the journal has version {version}, this program knows {SCHEMA_VERSION}",
                where=self.where,
                fix="use the version of stormproof that wrote it, or another database",
                code="SP266",
            )

    @contextlib.contextmanager
    def _reading(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        with self._lock:
            try:
                yield self._connected()
            except self._errors as error:
                raise self._unusable(error) from error

    @contextlib.contextmanager
    def _writing(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """One transaction, on the server's disk when this ends."""
        with self._lock:
            try:
                db = self._connected()
                with db.transaction():
                    yield db
            except self._errors as error:
                cause = self._unusable(error)
                raise JournalUnwritable(
                    f"{cause.what}; the run stopped here, because nothing may be done that is not written down first",
                    where=self.where,
                    fix=f"{cause.fix}; then `stormproof runbook resume RUN`",
                    code="SP269",
                ) from error

    def _unusable(self, error: psycopg.Error) -> JournalUnusable:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        return JournalUnusable(
            f"the journal cannot be used: {self._redactor.text(first)}",
            where=self.where,
            fix="see that the database runs, that you may log in, and that its role may create a schema",
            code="SP268",
        )
