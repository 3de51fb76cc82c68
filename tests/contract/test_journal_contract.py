"""One suite for every journal: memory, SQLite, PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from journal_support import BEGIN, a_holder, a_run, at, nobody_is_dead, private_postgres

from stormproof.adapters.journal_memory import MemoryJournal
from stormproof.adapters.journal_postgres import PostgresJournal
from stormproof.adapters.journal_sqlite import SqliteJournal
from stormproof.core.journal import (
    Journal,
    JournalUnusable,
    LeaseHeld,
    LeaseLost,
    RunExists,
    UnknownRun,
)
from stormproof.core.redact import Redactor
from stormproof.core.run_state import IllegalTransition, RunState, StepState

RUN = "20260301T120000Z-0001"
SECRET = 'very"secret value'


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with private_postgres() as conninfo:
        yield conninfo


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.component)])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    redactor = Redactor({"shop_app": SECRET})
    made: Journal
    if request.param == "memory":
        made = MemoryJournal(redactor)
    elif request.param == "sqlite":
        made = SqliteJournal(tmp_path / "journal.sqlite", redactor)
    else:
        conninfo = request.getfixturevalue("server")
        made = PostgresJournal(conninfo, redactor)
        made._connection.execute("truncate run, step, event, lease cascade")
    yield made
    made.close()


@pytest.fixture
def token(journal: Journal) -> int:
    journal.create_run(a_run())
    return journal.acquire(RUN, a_holder(), ttl_seconds=30, is_dead=nobody_is_dead).token


def test_a_run_reads_back_as_it_was_written(journal: Journal) -> None:
    run = a_run(undo_on_failure=False)
    journal.create_run(run)
    assert journal.run(RUN) == run


def test_a_run_id_is_used_once(journal: Journal) -> None:
    journal.create_run(a_run())
    with pytest.raises(RunExists) as refused:
        journal.create_run(a_run())
    assert str(refused.value) == (
        f"error SP261: run '{RUN}' is in the journal already\n  where: {journal.where}\n"
        f"  fix:   `stormproof runbook resume {RUN}` continues it; a new run takes a new id"
    )


def test_runs_are_listed_newest_first(journal: Journal) -> None:
    for second, name in ((2, "b"), (1, "a"), (3, "c")):
        journal.create_run(a_run(name, created_at=at(second)))
    assert [run.run_id for run in journal.runs()] == ["c", "b", "a"]


def test_an_unknown_run_is_refused_by_every_method(journal: Journal) -> None:
    asks = [
        lambda: journal.run("none"),
        lambda: journal.steps("none"),
        lambda: journal.events("none"),
        lambda: journal.lease("none"),
        lambda: journal.request_cancel("none", "me"),
        lambda: journal.clear_cancel("none", 1),
        lambda: journal.acquire("none", a_holder(), ttl_seconds=1, is_dead=nobody_is_dead),
        lambda: journal.renew("none", 1, ttl_seconds=1),
        lambda: journal.append_event("none", 1, "x", BEGIN, {}),
        lambda: journal.record_step("none", 1, "a", 1, StepState.STARTED, BEGIN),
        lambda: journal.record_run_state("none", 1, RunState.RUNNING, BEGIN, {}),
    ]
    for ask in asks:
        with pytest.raises(UnknownRun):
            ask()


def test_moves_of_steps_read_back_in_order_with_outputs_and_detail(journal: Journal, token: int) -> None:
    first = journal.record_step(RUN, token, "a", 1, StepState.STARTED, at(0.000001))
    second = journal.record_step(RUN, token, "a", 1, StepState.FAILED, at(1), detail={"what": "no"})
    journal.record_step(RUN, token, "b", 1, StepState.STARTED, at(2))
    third = journal.record_step(RUN, token, "b", 1, StepState.DONE, at(3), outputs={"point": ["x", 1, None, 2.5]})
    read = journal.steps(RUN)
    assert read[0] == first
    assert read[1] == second
    assert read[3] == third
    assert [(r.step, r.state.value, r.at, r.outputs, r.detail) for r in read] == [
        ("a", "started", at(0.000001), None, {}),
        ("a", "failed", at(1), None, {"what": "no"}),
        ("b", "started", at(2), None, {}),
        ("b", "done", at(3), {"point": ["x", 1, None, 2.5]}, {}),
    ]
    assert [r.sequence for r in read] == sorted({r.sequence for r in read})


def test_a_move_that_is_not_in_the_table_is_a_bug_and_leaves_nothing(journal: Journal, token: int) -> None:
    with pytest.raises(IllegalTransition) as bug:
        journal.record_step(RUN, token, "a", 1, StepState.DONE, BEGIN)
    assert str(bug.value) == "step 'a' cannot go from pending to done"
    assert journal.steps(RUN) == []


def test_a_run_moves_by_the_table_and_each_move_is_an_event(journal: Journal, token: int) -> None:
    journal.record_run_state(RUN, token, RunState.RUNNING, at(1), {})
    journal.record_run_state(RUN, token, RunState.FAILED, at(2), {"what": "no"})
    with pytest.raises(IllegalTransition) as bug:
        journal.record_run_state(RUN, token, RunState.DONE, at(3), {})
    assert str(bug.value) == f"run {RUN} cannot go from failed to done"
    assert journal.run(RUN).state is RunState.FAILED
    assert [(e.at, e.document) for e in journal.events(RUN, "run-state")] == [
        (at(1), {"state": "running"}),
        (at(2), {"state": "failed", "what": "no"}),
    ]


def test_events_read_back_in_order_and_by_kind(journal: Journal, token: int) -> None:
    journal.append_event(RUN, token, "creating", at(1), {"folder": "/x"})
    journal.append_event(RUN, token, "message", at(2), {})
    journal.append_event(RUN, token, "creating", at(3), {"folder": "/y"})
    assert [event.kind for event in journal.events(RUN)] == ["creating", "message", "creating"]
    assert [event.document for event in journal.events(RUN, "creating")] == [{"folder": "/x"}, {"folder": "/y"}]
    assert journal.events(RUN, "other") == []


def test_no_secret_reaches_the_journal_by_any_way(journal: Journal) -> None:
    journal.create_run(a_run(parameters={SECRET: [SECRET]}))
    token = journal.acquire(RUN, a_holder(), ttl_seconds=30, is_dead=nobody_is_dead).token
    journal.record_step(RUN, token, "a", 1, StepState.STARTED, BEGIN, detail={"what": f"pw={SECRET}"})
    answered = journal.record_step(RUN, token, "a", 1, StepState.DONE, BEGIN, outputs={"deep": {"er": SECRET}})
    journal.append_event(RUN, token, "x", BEGIN, {"text": f"<{SECRET}>"})
    journal.record_run_state(RUN, token, RunState.RUNNING, BEGIN, {"what": SECRET})
    journal.request_cancel(RUN, SECRET)
    assert answered.outputs == {"deep": {"er": "[redacted:shop_app]"}}
    read = repr([journal.run(RUN), journal.steps(RUN), journal.events(RUN)])
    assert SECRET not in read
    assert read.count("[redacted:shop_app]") == 7


def test_one_of_two_holders_wins_and_the_other_learns_who_has_it(journal: Journal, token: int) -> None:
    since = journal.lease(RUN).since  # type: ignore[union-attr]
    assert since is not None
    with pytest.raises(LeaseHeld) as refused:
        journal.acquire(RUN, a_holder(200), ttl_seconds=30, is_dead=nobody_is_dead)
    assert str(refused.value) == (
        f"error SP262: run {RUN} is being executed by process 100 on runner-1"
        f" since {since.isoformat(timespec='seconds')}\n"
        f"  where: lease of run {RUN}\n"
        f"  fix:   wait for it, or ask it to stop: `stormproof runbook cancel {RUN}`"
    )


def test_a_released_lease_is_free_and_the_token_rises(journal: Journal, token: int) -> None:
    journal.release(RUN, token)
    lease = journal.acquire(RUN, a_holder(200), ttl_seconds=30, is_dead=nobody_is_dead)
    assert (lease.token, lease.holder) == (token + 1, a_holder(200))
    assert journal.lease(RUN) == lease


def test_the_lease_of_a_dead_holder_is_free_at_once(journal: Journal, token: int) -> None:
    asked = []

    def dead(holder: object) -> bool:
        asked.append(holder)
        return True

    assert journal.acquire(RUN, a_holder(200), ttl_seconds=30, is_dead=dead).token == token + 1
    assert asked == [a_holder()]


def test_a_lease_that_ran_out_is_free(journal: Journal) -> None:
    journal.create_run(a_run())
    journal.acquire(RUN, a_holder(), ttl_seconds=0, is_dead=nobody_is_dead)
    assert journal.acquire(RUN, a_holder(200), ttl_seconds=30, is_dead=nobody_is_dead).token == 2


def test_a_renewed_lease_lives_on(journal: Journal) -> None:
    journal.create_run(a_run())
    token = journal.acquire(RUN, a_holder(), ttl_seconds=0, is_dead=nobody_is_dead).token
    renewed = journal.renew(RUN, token, ttl_seconds=30)
    assert renewed.expires_at > renewed.renewed_at  # type: ignore[operator]
    with pytest.raises(LeaseHeld):
        journal.acquire(RUN, a_holder(200), ttl_seconds=30, is_dead=nobody_is_dead)


def test_a_stale_holder_can_write_nothing_more(journal: Journal, token: int) -> None:
    journal.record_step(RUN, token, "a", 1, StepState.STARTED, BEGIN)
    newer = journal.acquire(RUN, a_holder(200), ttl_seconds=30, is_dead=lambda holder: True).token
    before = (journal.run(RUN), journal.steps(RUN), journal.events(RUN), journal.lease(RUN))
    writes = [
        lambda: journal.record_step(RUN, token, "a", 1, StepState.DONE, BEGIN, outputs={}),
        lambda: journal.record_run_state(RUN, token, RunState.RUNNING, BEGIN, {}),
        lambda: journal.append_event(RUN, token, "x", BEGIN, {}),
        lambda: journal.renew(RUN, token, ttl_seconds=30),
        lambda: journal.clear_cancel(RUN, token),
    ]
    for write in writes:
        with pytest.raises(LeaseLost) as lost:
            write()
        assert str(lost.value) == (
            f"error SP263: run {RUN} was taken over by another executor (token {newer}, ours is {token});"
            f" this one stopped\n  where: lease of run {RUN}\n"
            f"  fix:   follow the other one: `stormproof runbook status {RUN}`"
        )
    journal.release(RUN, token)
    assert (journal.run(RUN), journal.steps(RUN), journal.events(RUN), journal.lease(RUN)) == before


def test_nobody_writes_to_a_run_without_a_lease(journal: Journal) -> None:
    journal.create_run(a_run())
    with pytest.raises(LeaseLost):
        journal.append_event(RUN, 1, "x", BEGIN, {})


def test_a_cancel_is_asked_for_without_a_lease_and_cleared_by_the_owner(journal: Journal, token: int) -> None:
    journal.request_cancel(RUN, "ops@runner-2")
    assert journal.run(RUN).cancel_requested == "ops@runner-2"
    journal.clear_cancel(RUN, token)
    assert journal.run(RUN).cancel_requested is None


def test_threads_share_a_journal_and_lose_nothing(journal: Journal, token: int) -> None:
    def write(name: str) -> None:
        for attempt in range(1, 6):
            journal.record_step(RUN, token, name, attempt, StepState.STARTED, BEGIN)
            journal.record_step(RUN, token, name, attempt, StepState.FAILED, BEGIN)

    threads = [threading.Thread(target=write, args=(f"s{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    records = journal.steps(RUN)
    assert len(records) == 60
    assert len({record.sequence for record in records}) == 60


@pytest.mark.parametrize("wrong", ["host=x nope", "postgresql://[/d", "host='x", "colour=red"])
def test_a_connection_string_that_cannot_be_read_is_told_as_one(wrong: str) -> None:
    with pytest.raises(JournalUnusable) as refused:
        PostgresJournal(wrong)
    assert (refused.value.code, refused.value.where) == ("SP268", "journal, in the settings")


@pytest.mark.component
def test_a_database_that_is_not_there_is_named_without_a_password(tmp_path: Path) -> None:
    with pytest.raises(JournalUnusable) as refused:
        PostgresJournal(f"host={tmp_path} dbname=journal user=me password=very-secret-word")
    assert "very-secret-word" not in str(refused.value)
    assert refused.value.where == f"postgresql database 'journal' at {tmp_path}"


def test_two_holders_asking_at_once_get_one_lease_each_round(journal: Journal) -> None:
    journal.create_run(a_run())
    won: list[int] = []
    held: list[LeaseHeld] = []
    barrier = threading.Barrier(4)

    def ask(pid: int) -> None:
        barrier.wait(timeout=60)
        try:
            won.append(journal.acquire(RUN, a_holder(pid), ttl_seconds=30, is_dead=nobody_is_dead).token)
        except LeaseHeld as refused:
            held.append(refused)

    threads = [threading.Thread(target=ask, args=(pid,)) for pid in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert (won, len(held)) == ([1], 3)
