"""Several processes at one journal in one database at the same instant: each waits for the other, and sees what it wrote."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from journal_support import BEGIN, a_holder, a_run, nobody_is_dead, private_postgres

from stormproof.adapters import journal_postgres
from stormproof.adapters.journal_postgres import PostgresJournal
from stormproof.adapters.journal_rows import SCHEMA_VERSION
from stormproof.core.journal import LeaseLost
from stormproof.core.redact import Redactor

pytestmark = pytest.mark.component
RUN = a_run().run_id
SECONDS_MAX = 60.0


@pytest.fixture
def server() -> Iterator[str]:
    with private_postgres() as conninfo:
        yield conninfo


@pytest.fixture
def watcher(server: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    with psycopg.connect(server, autocommit=True) as opened:
        yield opened


def somebody_waits(watcher: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Until one of the journals' connections waits for a lock."""
    until = time.monotonic() + SECONDS_MAX
    while watcher.execute("select count(*) from pg_locks where not granted").fetchone() == (0,):
        assert time.monotonic() < until, "nobody waits for a lock"
        time.sleep(0.01)


class Pausing(Redactor):
    """Stops the journal in the middle of its transaction: what is written is redacted once the lease was looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.go_on = threading.Event(), threading.Event()

    def document(self, document: Any) -> Any:
        self.reached.set()
        assert self.go_on.wait(SECONDS_MAX)
        return super().document(document)


@pytest.mark.parametrize("level", ["read committed", "repeatable read", "serializable"])
def test_a_new_journal_that_another_makes_is_seen_whatever_isolation_the_database_has_by_default(
    server: str, watcher: psycopg.Connection[tuple[Any, ...]], level: str
) -> None:
    watcher.execute(f"alter role postgres set default_transaction_isolation = '{level}'")
    with psycopg.connect(server) as other, ThreadPoolExecutor(1) as side:
        other.execute("select pg_advisory_xact_lock(%s)", (journal_postgres.ADVISORY_LOCK,))
        opening = side.submit(PostgresJournal, server)
        somebody_waits(watcher)
        other.execute(journal_postgres._SCHEMA)
        other.execute("insert into stormproof_journal.version values (%s)", (SCHEMA_VERSION,))
        other.commit()
        opening.result(SECONDS_MAX).close()


def test_a_run_is_taken_over_while_its_holder_writes_and_neither_waits_for_the_other_for_ever(
    server: str, watcher: psycopg.Connection[tuple[Any, ...]]
) -> None:
    pausing = Pausing()
    holder, other = PostgresJournal(server, pausing), PostgresJournal(server)
    other.create_run(a_run())
    token = other.acquire(RUN, a_holder(), ttl_seconds=600, is_dead=nobody_is_dead).token

    def write() -> None:
        holder.append_event(RUN, token, "x", BEGIN, {})

    with ThreadPoolExecutor(2) as side:
        writing = side.submit(write)
        assert pausing.reached.wait(SECONDS_MAX)
        taking = side.submit(other.acquire, RUN, a_holder(200), ttl_seconds=600, is_dead=lambda held: True)
        somebody_waits(watcher)
        pausing.go_on.set()
        writing.result(SECONDS_MAX)
        assert taking.result(SECONDS_MAX).token == token + 1
    assert len(other.events(RUN)) == 1
    with pytest.raises(LeaseLost):
        write()
    holder.close()
    other.close()
