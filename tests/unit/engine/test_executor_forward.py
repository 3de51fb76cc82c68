"""Forward: order, side by side, outputs, scopes, retries, bounds."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from engine_support import RUN, Bench, a_book, add, sure

from stormproof.adapters.system_clock import SystemClock
from stormproof.core.errors import AccessRefused, HostUnreachable, Refused, RunFailed, StoppedHalfWay, TimedOut
from stormproof.core.run_state import RunState
from stormproof.engine.executor import Pace
from stormproof.engine.retry import Retry
from stormproof.engine.runbook import Phase


def unreachable() -> HostUnreachable:
    return HostUnreachable("no connection", where="recovery-1", fix="wait", code="SP501")


def failing(times: int, error: Any) -> Any:
    left = [times]

    def act(context: Any) -> dict[str, Any]:
        if left[0]:
            left[0] -= 1
            raise error
        return {"left": left[0]}

    return act


def test_intent_is_written_before_the_act_and_done_after_its_verify() -> None:
    bench = Bench(a_book())
    seen: list[list[str]] = []
    add(bench.book, "a", lambda c: seen.append(bench.moves()), verify=lambda c: seen.append(bench.moves()) or True)
    assert bench.run().state is RunState.DONE
    assert seen == [["a started"], ["a started"]]
    assert bench.moves() == ["a started", "a done"]


def test_a_step_waits_for_all_it_needs_whatever_the_order_in_the_file() -> None:
    bench = Bench(a_book())
    ran: list[str] = []
    add(bench.book, "last", lambda c: ran.append("last"), needs=("left", "right"))
    add(bench.book, "left", lambda c: ran.append("left"), needs=("first",))
    add(bench.book, "right", lambda c: ran.append("right"), needs=("first",))
    add(bench.book, "first", lambda c: ran.append("first"))
    assert bench.run().state is RunState.DONE
    assert (ran[0], ran[-1], len(ran)) == ("first", "last", 4)


def test_independent_steps_run_side_by_side() -> None:
    bench = Bench(a_book())
    both = threading.Barrier(2)
    for name in ("a", "b"):
        add(bench.book, name, lambda c: both.wait(timeout=10) and None)
    assert bench.run().state is RunState.DONE


@pytest.mark.parametrize("width", [1, 2, 3])
def test_never_more_steps_at_once_than_the_width(width: int) -> None:
    bench = Bench(a_book(), pace=Pace(width=width, poll_seconds=0.005))
    lock, now, most = threading.Lock(), [0], [0]

    def act(context: Any) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        threading.Event().wait(0.01)
        with lock:
            now[0] -= 1

    for number in range(6):
        add(bench.book, f"s{number}", act)
    assert bench.run().state is RunState.DONE
    assert most[0] <= width


def test_outputs_are_read_by_later_steps_and_changing_them_changes_nothing() -> None:
    bench = Bench(a_book())
    add(bench.book, "a", lambda c: {"points": [1, 2]})
    add(bench.book, "b", lambda c: c.output("a")["points"].append(3), needs=("a",))
    add(bench.book, "c", lambda c: c.output("a"), needs=("b",))
    sure(bench.run())
    assert bench.journal.steps(RUN)[-1].outputs == {"points": [1, 2]}


def test_reading_outputs_of_a_step_that_is_not_done_is_a_mistake_of_the_book() -> None:
    bench = Bench(a_book())
    add(bench.book, "a", lambda c: c.output("b"))
    outcome = bench.run()
    assert isinstance(outcome.error, RunFailed)
    assert outcome.error.what.endswith("step 'a' reads outputs of 'b', which is not done: add it to needs")
    assert outcome.bug is None


def test_outputs_that_are_no_json_are_a_mistake_of_the_book() -> None:
    bench = Bench(a_book())
    add(bench.book, "a", lambda c: {"x": {1, 2}})
    outcome = bench.run()
    assert isinstance(outcome.error, RunFailed)
    assert "outputs of step 'a' are no JSON" in outcome.error.what
    assert bench.moves() == ["a started", "a failed"]


def test_included_steps_see_their_own_names_and_parameters() -> None:
    inner, outer = a_book("inner"), a_book("outer")
    add(inner, "choose", lambda c: {"target": c.parameters["target"]})
    add(inner, "use", lambda c: {"used": c.output("choose"), "extra": c.parameters["extra"]}, needs=("choose",))
    add(outer, "plan", lambda c: {"point": "p1"})
    outer.include(
        inner,
        prefix="postgres",
        needs=("plan",),
        parameters=lambda view: {**view.parameters, "target": "t", "extra": view.output("plan")},
    )
    bench = Bench(outer, parameters={"target": "outer"})
    sure(bench.run())
    outputs = {record.step: record.outputs for record in bench.journal.steps(RUN) if record.outputs is not None}
    assert outputs == {
        "plan": {"point": "p1"},
        "postgres.choose": {"target": "t"},
        "postgres.use": {"used": {"target": "t"}, "extra": {"point": "p1"}},
    }


def test_a_book_included_twice_over_keeps_each_layer_of_names() -> None:
    core, middle, outer = a_book("core"), a_book("middle"), a_book("outer")
    add(core, "step", lambda c: {"seen": c.parameters["seen"]})
    add(middle, "first", lambda c: {"at": "middle"})
    middle.include(core, prefix="core", needs=("first",), parameters=lambda view: {"seen": view.output("first")})
    outer.include(middle, prefix="mid")
    bench = Bench(outer)
    sure(bench.run())
    assert bench.journal.steps(RUN)[-1].outputs == {"seen": {"at": "middle"}}


def test_parameters_cannot_be_changed_by_a_step() -> None:
    bench = Bench(a_book(), parameters={"x": 1})
    add(bench.book, "a", lambda c: c.parameters.__setitem__("x", 2))
    outcome = bench.run()
    assert outcome.error is not None
    assert "AttributeError" in outcome.error.what


def test_what_a_drill_leaves_out_counts_as_done_without_outputs_only_there() -> None:
    for mode, moves in (("drill", ["cut skipped", "a started", "a done"]), ("outage", ["cut started", "cut done"])):
        bench = Bench(a_book(), mode=mode)
        add(bench.book, "cut", lambda c: {"x": 1}, skip_in_drill=True, in_drill="Nobody is sent over.")
        add(bench.book, "a", lambda c: c.output("cut"), needs=("cut",))
        sure(bench.run())
        assert bench.moves()[: len(moves)] == moves


def test_a_transient_fault_is_tried_again_and_each_attempt_is_written() -> None:
    bench = Bench(a_book())
    add(bench.book, "a", failing(2, unreachable()), retry=Retry(on=(HostUnreachable,), attempts=3))
    sure(bench.run())
    assert bench.moves() == ["a started", "a unknown", "a started", "a unknown", "a started", "a done"]
    assert [record.attempt for record in bench.journal.steps(RUN)] == [1, 1, 2, 2, 3, 3]
    assert 0 < bench.clock.seconds < 1.5  # waits went through the clock that was handed in, none was slept for real


@pytest.mark.parametrize(("faults", "state"), [(2, RunState.DONE), (3, RunState.UNDONE)])
def test_attempts_are_bounded(faults: int, state: RunState) -> None:
    bench = Bench(a_book())
    add(bench.book, "a", failing(faults, unreachable()), retry=Retry(on=(HostUnreachable,), attempts=3))
    assert bench.run().state is state


def test_time_for_attempts_is_bounded() -> None:
    bench = Bench(a_book())

    def act(context: Any) -> None:
        bench.clock.sleep(4)
        raise unreachable()

    add(bench.book, "a", act, retry=Retry(attempts=100, seconds=10, first_wait_seconds=0.1, wait_seconds_max=0.1))
    assert bench.run().error == unreachable() or bench.clock.seconds < 14
    assert len([move for move in bench.moves() if move == "a started"]) == 3


@pytest.mark.parametrize(
    "error",
    [
        AccessRefused("refused", where="x", fix="y"),
        Refused("no point", where="x", fix="y"),
        RunFailed("broke", where="x", fix="y"),
    ],
)
def test_other_faults_are_never_tried_again(error: Exception) -> None:
    bench = Bench(a_book())
    add(bench.book, "a", failing(1, error), retry=Retry(on=(HostUnreachable,), attempts=5))
    outcome = bench.run()
    assert (outcome.state, outcome.error) == (RunState.UNDONE, error)
    assert bench.moves() == ["a started", "a failed"]


def test_an_act_that_its_verify_denies_has_failed() -> None:
    bench = Bench(a_book())
    add(bench.book, "a", verify=lambda c: False)
    outcome = bench.run()
    assert bench.moves() == ["a started", "a failed"]
    assert outcome.error is not None
    assert outcome.error.what == "step 'a' ended, but its verify says that it did not happen"


def test_a_step_over_its_bound_is_stopped_and_left_in_doubt() -> None:
    bench = Bench(a_book())
    add(bench.book, "a", lambda c: c.sleep(1000), timeout_seconds=5)
    outcome = bench.run()
    assert isinstance(outcome.error, TimedOut)
    assert outcome.error.what == "step 'a' was not done within 5 s"
    assert bench.moves() == ["a started", "a unknown"]
    assert bench.clock.seconds < 6


def test_a_step_that_does_not_notice_its_bound_stops_the_run_half_way() -> None:
    bench = Bench(a_book(), clock=SystemClock(), pace=Pace(grace_seconds=0.05, poll_seconds=0.01))
    release = threading.Event()
    undone: list[str] = []
    add(bench.book, "a", lambda c: release.wait(20) and None, timeout_seconds=0.05, undo=lambda c: undone.append("a"))
    outcome = bench.run()
    release.set()
    assert outcome.state is RunState.STOPPED
    assert isinstance(outcome.error, StoppedHalfWay)
    assert outcome.error.what == "step 'a' did not stop within 0.05 s after its bound; it may still act"
    assert (bench.moves()[:2], undone) == (["a started", "a unknown"], [])


def test_waiting_until_something_is_so_names_what_it_waited_for() -> None:
    bench = Bench(a_book())
    add(bench.book, "a", lambda c: c.wait_until("the server", lambda: False, timeout_seconds=3, poll_seconds=1))
    outcome = bench.run()
    assert outcome.error is not None
    assert outcome.error.what == "waited 3 s in vain for the server"


def test_secrets_that_a_step_reads_reach_neither_journal_nor_watcher() -> None:
    secret = "correct horse battery"
    bench = Bench(a_book(), secrets={"shop_app": secret})
    bench.journal._redactor = bench.redactor  # type: ignore[attr-defined]

    def act(context: Any) -> dict[str, Any]:
        value = context.secret("shop_app")
        context.say(f"logging in with {value}")
        context.record("creating", {"command": value})
        return {"leak": value}

    add(bench.book, "a", act)
    add(bench.book, "b", lambda c: failing(1, RunFailed(f"bad {secret}", where="x", fix="y"))(c), needs=("a",))
    bench.run()
    kept = repr([bench.journal.steps(RUN), bench.journal.events(RUN), bench.progress])
    assert secret not in kept
    assert kept.count("[redacted:shop_app]") >= 5


def test_watchers_are_told_what_happens_in_order() -> None:
    bench = Bench(a_book())
    add(bench.book, "a", lambda c: c.say("half"), expected_seconds=3, phase=Phase.FETCH)
    add(bench.book, "b", failing(1, RunFailed("broke", where="x", fix="y")), needs=("a",), phase=Phase.FETCH)
    bench.run()
    assert [(event["kind"], event.get("step") or event.get("phase")) for event in bench.progress] == [
        ("phase-started", "fetch"),
        ("step-started", "a"),
        ("message", "a"),
        ("step-done", "a"),
        ("step-started", "b"),
        ("step-failed", "b"),
    ]


def test_an_outage_that_asks_for_approvals_is_refused_before_anything() -> None:
    bench = Bench(a_book(), mode="outage")
    step = add(bench.book, "a", approvals=2)
    with pytest.raises(Refused) as refused:
        bench.begin()
    assert str(refused.value) == (
        "error SP255: step 'a' asks for 2 approvals, which cannot be given yet\n"
        f"  where: {step.where}\n"
        "  fix:   set approvals=0 and agree on the step by other means, or rehearse it with --mode drill"
    )
    assert bench.journal.runs() == []
