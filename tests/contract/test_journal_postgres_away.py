"""The journal's database goes away and comes back: the fence holds, and nothing is waited for without bound."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from journal_support import BEGIN, BIN, a_holder, a_run, at, nobody_is_dead, private_postgres

from stormproof.adapters import journal_postgres
from stormproof.adapters.journal_postgres import PostgresJournal
from stormproof.core.journal import JournalUnusable, JournalUnwritable, LeaseLost
from stormproof.core.run_state import StepState

pytestmark = pytest.mark.component
RUN = a_run().run_id


@pytest.fixture
def server() -> Iterator[str]:
    with private_postgres() as conninfo:
        yield conninfo


@pytest.fixture
def journal(server: str) -> Iterator[PostgresJournal]:
    opened = PostgresJournal(server)
    opened.create_run(a_run())
    yield opened
    opened.close()


def pg_ctl(conninfo: str, *words: str) -> None:
    folder = Path(conninfo.split()[0].removeprefix("host="))
    as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] if os.getuid() == 0 else []
    command = [
        *as_postgres,
        str(BIN / "pg_ctl"),
        "-D",
        str(folder / "data"),
        "-w",
        "-t",
        "60",
        "-l",
        str(folder / "log"),
    ]
    subprocess.run([*command, *words], check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=90)


def taken(journal: PostgresJournal) -> int:
    return journal.acquire(RUN, a_holder(), ttl_seconds=600, is_dead=nobody_is_dead).token


def test_after_a_restart_of_the_server_the_next_call_finds_it_again(server: str, journal: PostgresJournal) -> None:
    token = taken(journal)
    journal.record_step(RUN, token, "a", 1, StepState.STARTED, at(1))
    pg_ctl(server, "restart", "-m", "immediate")
    journal.record_step(RUN, token, "a", 1, StepState.DONE, at(2))
    pg_ctl(server, "restart", "-m", "fast")
    assert [record.state for record in journal.steps(RUN)] == [StepState.STARTED, StepState.DONE]
    assert journal.renew(RUN, token, ttl_seconds=600).token == token


def test_whoever_took_the_run_meanwhile_fences_us_out_also_on_a_new_connection(
    server: str, journal: PostgresJournal
) -> None:
    token = taken(journal)
    pg_ctl(server, "restart", "-m", "immediate")
    other = PostgresJournal(server)
    newer = other.acquire(RUN, a_holder(200), ttl_seconds=600, is_dead=lambda holder: True).token
    other.close()
    assert newer > token
    with pytest.raises(LeaseLost):
        journal.record_step(RUN, token, "a", 1, StepState.STARTED, BEGIN)


def test_a_server_that_stays_away_ends_each_call_clearly_and_is_waited_for_once(
    server: str, journal: PostgresJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_postgres, "RECONNECT_SECONDS", 0.5)
    token = taken(journal)
    pg_ctl(server, "stop", "-m", "immediate")
    with pytest.raises(JournalUnwritable, match="nothing may be done that is not written down first") as stopped:
        journal.record_step(RUN, token, "a", 1, StepState.STARTED, BEGIN)
    assert stopped.value.where == f"postgresql database 'postgres' at {server.split()[0].removeprefix('host=')}"
    assert stopped.value.fix.endswith("; then `stormproof runbook resume RUN`")
    monkeypatch.setattr(journal_postgres, "RECONNECT_SECONDS", 3600)  # would not end: it was waited for already
    with pytest.raises(JournalUnusable):
        journal.steps(RUN)
    pg_ctl(server, "restart")  # which knows the options that it was started with
    assert journal.steps(RUN) == []


def test_a_connection_that_is_lost_within_a_write_leaves_nothing_of_it(server: str, journal: PostgresJournal) -> None:
    token = taken(journal)
    with psycopg.connect(server, autocommit=True) as killer:
        killer.execute("create function stormproof_journal.die() returns trigger language plpgsql as "
                       "$$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$")  # fmt: skip
        killer.execute("create trigger die before insert on stormproof_journal.step for each row "
                       "execute function stormproof_journal.die()")  # fmt: skip
        with pytest.raises(JournalUnwritable):
            journal.record_step(RUN, token, "a", 1, StepState.STARTED, BEGIN)
        killer.execute("drop trigger die on stormproof_journal.step")
    assert journal.steps(RUN) == []
    journal.record_step(RUN, token, "a", 1, StepState.STARTED, BEGIN)


def test_a_closed_journal_is_not_opened_again(journal: PostgresJournal) -> None:
    journal.close()
    with pytest.raises(JournalUnusable):
        journal.runs()
