"""Back: undo on failure and on cancel, undo that fails, bugs."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from engine_support import RUN, Bench, a_book, add, sure

from stormproof.core.errors import HostUnreachable, Interrupted, RunFailed, StoppedHalfWay
from stormproof.core.run_state import RunState
from stormproof.engine.executor import Pace
from stormproof.engine.stopping import StopRequest
from stormproof.engine.undo import UndoFailed


def broken(what: str = "broke") -> RunFailed:
    return RunFailed(what, where="recovery-1", fix="mend it", code="SP900")


def raising(error: BaseException) -> Any:
    def act(context: Any) -> None:
        raise error

    return act


def chain(bench: Bench, *names: str, fails: str = "", undo_fails: str = "") -> list[str]:
    """Steps one after the other, each with an undo; answers what was undone, as it happens."""
    undone: list[str] = []
    before: tuple[str, ...] = ()
    for name in names:

        def undo(context: Any, name: str = name) -> None:
            if name == undo_fails:
                raise broken(f"cannot undo {name}")
            undone.append(name)

        add(bench.book, name, raising(broken()) if name == fails else lambda c: None, undo=undo, needs=before)
        before = (name,)
    return undone


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_undo_goes_newest_first_over_what_was_begun_wherever_it_fails(number: int) -> None:
    names = ["a", "b", "c", "d"]
    bench = Bench(a_book())
    undone = chain(bench, *names, fails=names[number])
    outcome = bench.run()
    assert (outcome.state, outcome.error) == (RunState.UNDONE, outcome.error)
    assert isinstance(outcome.error, RunFailed)
    assert undone == names[: number + 1][::-1]
    assert bench.journal.run(RUN).state is RunState.UNDONE


def test_steps_without_an_undo_are_passed_over() -> None:
    bench = Bench(a_book())
    undone: list[str] = []
    add(bench.book, "a", undo=lambda c: undone.append("a"))
    add(bench.book, "b", needs=("a",))
    add(bench.book, "c", raising(broken()), needs=("b",))
    assert bench.run().state is RunState.UNDONE
    assert undone == ["a"]


def test_undo_can_read_outputs_of_its_own_step_and_of_earlier_ones() -> None:
    bench = Bench(a_book())
    seen: list[Any] = []
    add(bench.book, "a", lambda c: {"folder": "/x"}, undo=lambda c: seen.append(c.output("a")))
    add(bench.book, "b", raising(broken()), undo=lambda c: seen.append(c.output("a")), needs=("a",))
    bench.run()
    assert seen == [{"folder": "/x"}, {"folder": "/x"}]


def test_undo_of_a_step_that_never_got_done_can_see_that() -> None:
    bench = Bench(a_book())
    seen: list[Any] = []
    add(bench.book, "a", raising(broken()), undo=lambda c: seen.append(c.output_if_done("a")))
    assert bench.run().state is RunState.UNDONE
    assert seen == [None]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_an_undo_that_fails_stops_and_says_what_still_stands(number: int) -> None:
    names = ["a", "b", "c"]
    bench = Bench(a_book())
    undone = chain(bench, *names, "d", fails="d", undo_fails=names[number])
    outcome = bench.run()
    assert outcome.state is RunState.STOPPED
    assert isinstance(outcome.error, UndoFailed)
    left = ", ".join(reversed(names[:number]))
    assert outcome.error.what == f"step '{names[number]}' could not be undone: cannot undo {names[number]}" + (
        f"; not undone either: {left}" if left else ""
    )
    assert outcome.error.fix == (
        f"put right what its cause names, then go on undoing: `stormproof runbook resume {RUN}`"
    )
    assert outcome.error.exit_code == 6
    assert undone == ["d", *names[number + 1 :][::-1]]


def test_a_stopped_undo_goes_on_with_the_one_that_failed_and_never_forward() -> None:
    bench = Bench(a_book())
    undone: list[str] = []
    mended: list[bool] = []

    def undo_b(context: Any) -> None:
        if not mended:
            raise broken("cannot undo b")
        undone.append("b")

    add(bench.book, "a", undo=lambda c: undone.append("a"))
    add(bench.book, "b", undo=undo_b, needs=("a",))
    add(bench.book, "c", raising(broken()), undo=lambda c: undone.append("c"), needs=("b",))
    assert bench.run().state is RunState.STOPPED
    mended.append(True)
    outcome = bench.go_on()
    assert outcome.state is RunState.UNDONE
    assert undone == ["c", "b", "a"]
    assert bench.moves().count("c started") == 1


def test_without_undo_a_failure_leaves_everything_as_it_is() -> None:
    bench = Bench(a_book(), undo_on_failure=False)
    undone = chain(bench, "a", "b", fails="b")
    outcome = bench.run()
    assert (outcome.state, undone) == (RunState.FAILED, [])
    assert bench.moves() == ["a started", "a done", "b started", "b failed"]


def test_without_undo_what_runs_beside_a_failure_is_let_to_its_end() -> None:
    bench = Bench(a_book(), undo_on_failure=False)
    failed = threading.Event()
    add(bench.book, "long", lambda c: failed.wait(10) and c.check())
    add(bench.book, "bad", lambda c: failed.set() or raising(broken())(c))
    assert bench.run().state is RunState.FAILED
    assert "long done" in bench.moves()


def test_with_undo_what_runs_beside_a_failure_is_stopped_and_undone() -> None:
    bench = Bench(a_book())
    undone: list[str] = []
    running = threading.Event()

    def long(context: Any) -> None:
        running.set()
        context.sleep(100_000)

    add(bench.book, "long", long, undo=lambda c: undone.append("long"), timeout_seconds=1_000_000)
    add(bench.book, "bad", lambda c: running.wait(10) and raising(broken())(c), undo=lambda c: undone.append("bad"))
    assert bench.run().state is RunState.UNDONE
    assert sorted(undone) == ["bad", "long"]
    assert "long unknown" in bench.moves()


def test_an_undo_that_loses_its_host_is_tried_again() -> None:
    bench, tries = Bench(a_book()), []

    def undo(context: Any) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise HostUnreachable("gone", where="x", fix="y")

    add(bench.book, "a", undo=undo)
    add(bench.book, "b", raising(broken()), needs=("a",))
    assert (bench.run().state, len(tries)) == (RunState.UNDONE, 3)


def test_what_runs_beside_a_step_that_needs_a_person_is_let_to_its_end() -> None:
    bench, asked = Bench(a_book()), threading.Event()
    add(bench.book, "long", lambda c: asked.wait(10) and c.check())
    add(bench.book, "b", lambda c: asked.set() or raising(StoppedHalfWay("ask", where="x", fix="y"))(c))
    assert bench.run().state is RunState.STOPPED
    assert "long done" in bench.moves()


def test_an_authors_mistake_in_a_step_is_undone_like_a_failure_and_told_with_its_line() -> None:
    bench = Bench(a_book())
    undone = chain(bench, "a")
    add(bench.book, "b", lambda c: {}["missing"], needs=("a",))
    outcome = bench.run()
    assert (outcome.state, undone, outcome.bug) == (RunState.UNDONE, ["a"], None)
    assert bench.moves()[2:4] == ["b started", "b failed"]
    assert isinstance(outcome.error, RunFailed)
    assert (outcome.error.code, outcome.error.what) == ("SP237", "step 'b' has a mistake: KeyError: 'missing'")


def test_an_authors_mistake_in_an_undo_stops_the_run() -> None:
    bench = Bench(a_book())
    add(bench.book, "a", undo=lambda c: 1 / 0)
    add(bench.book, "b", raising(broken()), needs=("a",))
    outcome = bench.run()
    assert (outcome.state, outcome.bug) == (RunState.STOPPED, None)
    assert isinstance(outcome.error, UndoFailed)
    assert "ZeroDivisionError" in outcome.error.what
    assert bench.moves()[-1] == "a undo-failed"


def test_a_mistake_of_ours_is_undone_like_a_failure_and_raised_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stormproof.engine.executor.book_mistake", lambda *facts: None)
    bench = Bench(a_book())
    undone = chain(bench, "a")
    add(bench.book, "b", lambda c: {}["missing"], needs=("a",))
    outcome = bench.run()
    assert (outcome.state, undone) == (RunState.UNDONE, ["a"])
    assert outcome.error is not None
    assert outcome.error.code == "SP236"
    with pytest.raises(KeyError):
        sure(outcome)


def test_a_mistake_of_ours_in_an_undo_is_raised_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stormproof.engine.undo.book_mistake", lambda *facts: None)
    bench = Bench(a_book())
    add(bench.book, "a", undo=lambda c: 1 / 0)
    add(bench.book, "b", raising(broken()), needs=("a",))
    outcome = bench.run()
    assert (outcome.state, type(outcome.bug)) == (RunState.STOPPED, ZeroDivisionError)


def test_a_step_that_calls_for_a_person_stops_the_run_without_undo() -> None:
    bench = Bench(a_book())
    undone = chain(bench, "a")
    add(bench.book, "b", raising(StoppedHalfWay("ask", where="x", fix="y")), needs=("a",))
    outcome = bench.run()
    assert (outcome.state, undone) == (RunState.STOPPED, [])


def test_a_stop_request_ends_the_step_in_flight_and_undoes() -> None:
    bench = Bench(a_book())
    stop = StopRequest()
    reason = Interrupted("ctrl-c", where="terminal", fix="-")
    undone = chain(bench, "a")

    def long(context: Any) -> None:
        stop.request(reason)
        context.sleep(100_000)

    add(bench.book, "b", long, undo=lambda c: undone.append("b"), needs=("a",), timeout_seconds=1_000_000)
    add(bench.book, "c", undo=lambda c: undone.append("c"), needs=("b",))
    outcome = bench.run(stop=stop)
    assert (outcome.state, outcome.error) == (RunState.UNDONE, reason)
    assert undone == ["b", "a"]
    assert bench.moves()[2:4] == ["b started", "b unknown"]


def test_a_stop_request_without_undo_leaves_the_run_cancelled_and_resumable() -> None:
    bench = Bench(a_book(), undo_on_failure=False)
    stop = StopRequest()
    add(bench.book, "a", lambda c: stop.request(Interrupted("ctrl-c", where="x", fix="y")))
    add(bench.book, "b", needs=("a",))
    assert bench.run(stop=stop).state is RunState.CANCELLED
    assert bench.moves() == ["a started", "a done"]
    assert bench.go_on().state is RunState.DONE


def test_a_cancel_from_another_process_is_noticed_in_the_journal() -> None:
    bench = Bench(a_book())
    undone = chain(bench, "a")

    def long(context: Any) -> None:
        bench.journal.request_cancel(RUN, "ops@elsewhere")
        context.sleep(100_000)

    add(bench.book, "b", long, needs=("a",), timeout_seconds=1_000_000)
    outcome = bench.run()
    assert (outcome.state, undone) == (RunState.UNDONE, ["a"])
    assert isinstance(outcome.error, Interrupted)
    assert outcome.error.what == f"run {RUN} was cancelled by ops@elsewhere"
    assert bench.journal.run(RUN).cancel_requested is None


def test_a_dead_run_that_was_cancelled_is_undone_when_resumed() -> None:
    bench = Bench(a_book(), undo_on_failure=False)
    undone = chain(bench, "a", "b", fails="b")
    bench.run()
    bench.journal.request_cancel(RUN, "ops")
    assert bench.go_on().state is RunState.UNDONE
    assert undone == ["b", "a"]


def test_a_stuck_undo_is_an_undo_that_failed() -> None:
    from stormproof.adapters.system_clock import SystemClock

    bench = Bench(a_book(), clock=SystemClock(), pace=Pace(grace_seconds=0.05, poll_seconds=0.01))
    release = threading.Event()
    add(bench.book, "a", undo=lambda c: release.wait(20) and None, timeout_seconds=0.2)
    add(bench.book, "b", raising(broken()), needs=("a",))
    outcome = bench.run()
    release.set()
    assert outcome.state is RunState.STOPPED
    assert isinstance(outcome.error, UndoFailed)
    assert bench.moves()[-1] == "a undo-failed"
