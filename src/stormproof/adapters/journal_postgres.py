"""The journal of many machines: a schema in a PostgreSQL database, with that server's clock for leases."""

from __future__ import annotations

import contextlib
import select
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from stormproof.adapters.journal_rows import SCHEMA_VERSION, instant
from stormproof.adapters.journal_sql import Row, SqlJournal
from stormproof.core.journal import JournalUnusable, JournalUnwritable
from stormproof.core.redact import Redactor

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


class PostgresJournal(SqlJournal):
    """One connection, shared by the threads of a process. A write that failed half-way is taken back by the server.

    A connection that was lost between two calls is made anew, for some seconds. One that is lost within a write ends it
    as unwritable: nobody knows then whether it was committed, and the run is resumed from what the journal says.
    """

    FOR_UPDATE = " for update"
    DAMAGED_FIX = "keep the database for study, put a backup of it back, or name another one to begin a new journal"

    def __init__(self, conninfo: str, redactor: Redactor | None = None) -> None:
        """Connect, and make the schema where there is none.

        Args:
            conninfo: libpq connection string without a password: it comes from PGPASSFILE or a socket's peer check.

        Raises: JournalUnusable.
        """
        import psycopg  # not at the top: the command line's --help must not wait for it

        super().__init__(redactor)
        self._errors: type[psycopg.Error] = psycopg.Error
        self._lock = threading.RLock()
        self._where = "journal, in the settings"
        try:
            parts = psycopg.conninfo.conninfo_to_dict(conninfo)
        except self._errors as error:
            raise self._unusable(error) from error
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
            # Whatever the role's or the database's default: who has waited for another must see what that one wrote.
            r" -c search_path=stormproof_journal -c default_transaction_isolation=read\ committed",
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

    def _ask(self, statement: str, values: Row = ()) -> list[Any]:
        done = self._connection.execute(statement.replace("?", "%s"), values)
        return done.fetchall() if done.description is not None else []

    def _clock(self) -> datetime:
        """The server's: machines need not agree on the time."""
        ((now,),) = self._ask(f"select {_NOW}")
        return instant(now)

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
