"""The journal of one machine: one SQLite file, readable by its owner alone, every commit on disk when it returns."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stormproof.adapters.journal_rows import SCHEMA_VERSION
from stormproof.adapters.journal_sql import Row, SqlJournal
from stormproof.core.journal import JournalUnusable, JournalUnwritable
from stormproof.core.redact import Redactor

BUSY_TIMEOUT_SECONDS = 10.0  # another process may be in the middle of a commit, never for long
BUSY_PAUSE_SECONDS = 0.005

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

PAGE_BYTES = 4096  # SQLite's default since 3.12.0; asked for, so that a build with another one makes the same file
_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)


class SqliteJournal(SqlJournal):
    """One connection, shared by the threads of a process; several processes may have the file open."""

    DAMAGED_FIX = "keep the file for study, put a copy of it back from a backup, or move it away to begin a new journal"

    def __init__(self, path: Path, redactor: Redactor | None = None, now: Callable[[], datetime] | None = None) -> None:
        """Open the file, or make it. Raises JournalUnusable."""
        super().__init__(redactor)
        self._path = path
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

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _ask(self, statement: str, values: Row = ()) -> list[Any]:
        return self._connection.execute(statement, values).fetchall()

    def _clock(self) -> datetime:
        return self._now()

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
        self._refuse_stub()

    def _refuse_stub(self) -> None:
        """SQLite takes a file that is cut short within its first page for a new one, and would write over it.

        Its size is asked for without opening it: a descriptor that is closed again takes with it every lock that
        this process holds on the file (https://www.sqlite.org/howtocorrupt.html, 2.2).
        """
        if 0 < self._path.stat().st_size < PAGE_BYTES:
            raise self._damaged("it is cut short within its first page")

    def _prepare(self) -> None:
        db = self._connection
        # An empty file is new; it becomes a journal in one transaction, so that a crash leaves either.
        db.execute(f"pragma page_size = {PAGE_BYTES}")
        self._write_ahead()
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

    def _write_ahead(self) -> None:
        """Wait for others that make the same new file: SQLite refuses a raised lock at once, its time-out unused.

        Each of two that read a file and then want to write it would wait for the other
        (https://www.sqlite.org/c3ref/busy_handler.html), so SQLite tells one of them that it is busy, without a wait.
        """
        until = time.monotonic() + BUSY_TIMEOUT_SECONDS
        while True:
            try:
                self._connection.execute("pragma journal_mode = wal")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
                time.sleep(BUSY_PAUSE_SECONDS)
            else:
                return

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise self._unusable(error) from error
            except UnicodeDecodeError as error:  # SQLite's own words about a damaged table hold what lies there
                raise self._damaged(f"text in it is none ({error.reason})") from error

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
