"""Resuming: what a lone intent becomes, what must not have changed, fencing."""

from __future__ import annotations

from typing import Any

import pytest
from engine_support import RUN, Bench, a_book, add, sure

from stormproof.core.errors import HostUnreachable, Refused, RunFailed
from stormproof.core.journal import Holder, LeaseHeld, LeaseLost
from stormproof.core.run_state import RunState, StepState
from stormproof.engine.kept_errors import as_detail
from stormproof.engine.resume import Answer, Next, PersonNeeded, decide
from stormproof.engine.runbook import NOT_BEGUN, Outputs
from stormproof.engine.session import Session

CAUSE = RunFailed("it broke", where="recovery-1", fix="mend it", code="SP900")


def dead_after_intent(bench: Bench, step: str = "a") -> None:
    """The journal of an executor that died between an intent and its end."""
    bench.begin()
    with bench.session() as session:
        session.journal.record_run_state(RUN, session.token, RunState.RUNNING, session.now(), {})
        bench.record(session, step, StepState.STARTED)


@pytest.mark.parametrize(
    ("verified", "repeatable", "outputs_known", "answer", "expected"),
    [
        (True, False, True, None, Next.ADOPT),
        (True, True, True, None, Next.ADOPT),
        (True, True, False, None, Next.AGAIN),
        (False, True, True, None, Next.AGAIN),
        (None, True, True, None, Next.AGAIN),
        (NOT_BEGUN, True, True, None, Next.AGAIN),
        (NOT_BEGUN, False, True, None, Next.AGAIN),
        (False, False, True, None, Next.ASK),
        (None, False, True, None, Next.ASK),
        (False, False, True, Answer.HAPPENED, Next.ADOPT),
        (None, False, True, Answer.AGAIN, Next.AGAIN),
    ],
)
def test_a_lone_intent_is_adopted_done_again_or_asked_about(
    verified: Any, repeatable: bool, outputs_known: bool, answer: Answer | None, expected: Next
) -> None:
    assert decide(verified=verified, repeatable=repeatable, outputs_known=outputs_known, answer=answer) is expected


def test_what_happened_is_adopted_with_the_outputs_that_verify_found() -> None:
    bench, acts = Bench(a_book()), []
    add(bench.book, "a", lambda c: acts.append("a"), verify=lambda c: {"point": "p"}, repeatable=False)
    add(bench.book, "b", lambda c: c.output("a"), needs=("a",))
    dead_after_intent(bench)
    assert bench.go_on().state is RunState.DONE
    assert acts == []
    assert bench.moves() == ["a started", "a unknown", "a done", "b started", "b done"]
    assert bench.journal.steps(RUN)[2].detail == {"adopted": "verify says so"}
    assert bench.journal.steps(RUN)[-1].outputs == {"point": "p"}


def test_what_happened_is_adopted_with_outputs_of_its_own_function() -> None:
    bench, acts = Bench(a_book()), []
    step = add(bench.book, "a", lambda c: acts.append("a"), verify=lambda c: True, repeatable=False)
    step.outputs_of(lambda c: {"found": 1})
    dead_after_intent(bench)
    assert bench.go_on().state is RunState.DONE
    assert (acts, bench.journal.steps(RUN)[-1].outputs) == ([], {"found": 1})


def test_a_repeatable_step_whose_outputs_are_lost_is_done_again() -> None:
    bench = Bench(a_book())

    @bench.book.step(title="A", phase=bench_phase(), repeatable=True)
    def a(context: Any) -> Outputs:
        """Read."""
        return {"x": 1}

    a.verify(lambda c: True)
    dead_after_intent(bench)
    assert bench.go_on().state is RunState.DONE
    assert bench.moves() == ["a started", "a unknown", "a started", "a done"]


def test_what_surely_never_began_is_begun() -> None:
    bench, acts = Bench(a_book()), []
    add(
        bench.book,
        "a",
        lambda c: acts.append("a"),
        verify=lambda c: True if acts else NOT_BEGUN,
        repeatable=False,
    )
    dead_after_intent(bench)
    assert bench.go_on().state is RunState.DONE
    assert acts == ["a"]


def test_what_may_not_be_repeated_and_nobody_knows_is_asked_of_a_person() -> None:
    bench, acts = Bench(a_book()), []
    step = add(bench.book, "a", lambda c: acts.append("a"), verify=lambda c: False, repeatable=False)
    dead_after_intent(bench)
    outcome = bench.go_on()
    assert outcome.state is RunState.STOPPED
    assert isinstance(outcome.error, PersonNeeded)
    assert str(outcome.error) == (
        "error SP254: nobody knows whether step 'a' happened (the executor ended while it ran), and it may not be"
        f" repeated\n  where: {step.where}\n  fix:   look for yourself, then say so: `stormproof runbook resume {RUN}"
        f" --happened a` or `stormproof runbook resume {RUN} --again a`"
    )
    assert (acts, outcome.error.exit_code) == ([], 6)


def test_a_verify_that_cannot_look_is_no_yes_and_no_no() -> None:
    bench, acts = Bench(a_book()), []

    def verify(context: Any) -> bool | Outputs:
        if not acts:
            raise HostUnreachable("gone", where="x", fix="y")
        return True

    add(bench.book, "a", lambda c: acts.append("a"), verify=verify, repeatable=False)
    dead_after_intent(bench)
    assert isinstance(bench.go_on().error, PersonNeeded)
    assert acts == []


@pytest.mark.parametrize(("answer", "acts_expected"), [(Answer.HAPPENED, []), (Answer.AGAIN, ["a"])])
def test_a_person_says_and_the_run_goes_on(answer: Answer, acts_expected: list[str]) -> None:
    bench, acts = Bench(a_book()), []
    add(bench.book, "a", lambda c: acts.append("a"), verify=lambda c: bool(acts), repeatable=False)
    dead_after_intent(bench)
    assert bench.go_on().state is RunState.STOPPED
    assert bench.go_on(answers={"a": answer}).state is RunState.DONE
    assert acts == acts_expected
    assert [event.document for event in bench.journal.events(RUN, "answer")] == [{"step": "a", "said": answer.value}]


def test_done_steps_are_never_done_again() -> None:
    bench, acts = Bench(a_book()), []
    add(bench.book, "a", lambda c: acts.append("a"))
    add(bench.book, "b", lambda c: acts.append("b"), needs=("a",))
    bench.begin()
    with bench.session() as session:
        session.journal.record_run_state(RUN, session.token, RunState.RUNNING, session.now(), {})
        bench.record(session, "a", StepState.STARTED)
        bench.record(session, "a", StepState.DONE, outputs={})
        bench.record(session, "b", StepState.STARTED)
    assert bench.go_on().state is RunState.DONE
    assert acts == ["b"]


def test_a_failed_step_of_a_run_that_stands_is_tried_again_when_resumed() -> None:
    bench, broken = Bench(a_book(), undo_on_failure=False), [True]

    def act(context: Any) -> None:
        if broken:
            raise RunFailed("broke", where="x", fix="y")

    add(bench.book, "a", act)
    assert bench.run().state is RunState.FAILED
    broken.clear()
    assert bench.go_on().state is RunState.DONE
    assert bench.moves() == ["a started", "a failed", "a started", "a done"]
    assert [record.attempt for record in bench.journal.steps(RUN)] == [1, 1, 2, 2]


def test_an_executor_that_died_undoing_is_followed_by_one_that_undoes() -> None:
    bench, undone = Bench(a_book()), []
    add(bench.book, "a", undo=lambda c: undone.append("a"))
    add(bench.book, "b", undo=lambda c: undone.append("b"), needs=("a",))
    bench.begin()
    with bench.session() as session:
        session.journal.record_run_state(RUN, session.token, RunState.RUNNING, session.now(), {})
        for step in ("a", "b"):
            bench.record(session, step, StepState.STARTED)
            bench.record(session, step, StepState.DONE, outputs={})
        session.journal.record_run_state(RUN, session.token, RunState.UNDOING, session.now(), as_detail(CAUSE))
        bench.record(session, "b", StepState.UNDOING)
    outcome = bench.go_on()
    assert (outcome.state, undone) == (RunState.UNDONE, ["b", "a"])
    assert str(outcome.error) == str(CAUSE)


def test_an_executor_that_died_between_a_failure_and_its_undo_is_followed_by_one_that_undoes() -> None:
    bench, undone = Bench(a_book()), []
    add(bench.book, "a", verify=lambda c: True, repeatable=False, undo=lambda c: undone.append("a")).outputs_of(
        lambda c: {}
    )
    bench.begin()
    with bench.session() as session:
        session.journal.record_run_state(RUN, session.token, RunState.RUNNING, session.now(), {})
        bench.record(session, "a", StepState.STARTED)
        bench.record(session, "a", StepState.FAILED, detail=as_detail(CAUSE))
    outcome = bench.go_on()
    assert (outcome.state, undone) == (RunState.UNDONE, ["a"])
    assert str(outcome.error) == str(CAUSE)


def test_a_run_that_is_done_is_done_again_by_doing_nothing() -> None:
    bench, acts = Bench(a_book()), []
    add(bench.book, "a", lambda c: acts.append("a"))
    assert bench.run() == bench.go_on()
    assert acts == ["a"]


def test_a_run_that_was_undone_says_again_why() -> None:
    bench, error = Bench(a_book()), Refused("no point", where="vault", fix="look", code="SP300")

    def act(context: Any) -> None:
        raise error

    add(bench.book, "a", act, undo=lambda c: None)
    bench.run()
    again = bench.go_on()
    assert again.state is RunState.UNDONE
    assert (type(again.error), str(again.error)) == (Refused, str(error))
    assert bench.moves() == ["a started", "a failed", "a undoing", "a undone"]


def test_a_drill_is_never_resumed_as_an_outage() -> None:
    bench = Bench(a_book())
    add(bench.book, "a")
    bench.begin()
    with pytest.raises(Refused) as refused:
        bench.go_on(mode="outage")
    assert str(refused.value) == (
        f"error SP251: run {RUN} is of mode 'drill' and cannot be resumed as 'outage'\n  where: run {RUN}\n"
        "  fix:   resume it without --mode, or begin a new run with --mode outage"
    )
    assert bench.moves() == []


def test_a_rewired_book_cannot_continue_an_old_run_and_the_change_is_named() -> None:
    bench = Bench(a_book())
    add(bench.book, "a")
    add(bench.book, "gone")
    bench.begin()
    rewired = a_book()
    add(rewired, "a", timeout_seconds=7)
    add(rewired, "new", needs=("a",))
    with pytest.raises(Refused) as refused:
        bench.go_on(book=rewired)
    assert refused.value.what == (
        f"runbook 'toy' changed since run {RUN} began: step 'gone' is gone; step 'new' is new;"
        " step 'a': timeout_seconds was 300.0, is 7"
    )
    assert bench.moves() == []


def test_another_book_cannot_continue_a_run() -> None:
    bench = Bench(a_book())
    add(bench.book, "a")
    bench.begin()
    other = a_book("other")
    add(other, "a")
    with pytest.raises(Refused) as refused:
        bench.go_on(book=other)
    assert refused.value.what == f"run {RUN} is of runbook 'toy', not of 'other'"


def test_parameters_are_those_that_the_run_began_with() -> None:
    bench = Bench(a_book(), parameters={"target": "then"})
    add(bench.book, "a", lambda c: {"target": c.parameters["target"]})
    bench.begin()
    bench.parameters = {"target": "now"}
    sure(bench.go_on())
    assert bench.journal.steps(RUN)[-1].outputs == {"target": "then"}


def test_two_executors_cannot_own_one_run() -> None:
    bench = Bench(a_book())
    add(bench.book, "a")
    bench.begin()
    with bench.session(), pytest.raises(LeaseHeld):
        Session(bench.journal, RUN, bench.clock)


def taken_over(bench: Bench) -> None:
    other = Holder("other", 2, "", "", "", "")
    bench.journal.acquire(RUN, other, ttl_seconds=30, is_dead=lambda holder: True)


def test_a_fenced_executor_writes_and_acts_no_more() -> None:
    bench, acts = Bench(a_book()), []
    add(bench.book, "a", lambda c: taken_over(bench), undo=lambda c: acts.append("undo a"))
    add(bench.book, "b", lambda c: acts.append("b"), needs=("a",))
    bench.begin()
    with bench.session() as session, pytest.raises(LeaseLost):
        bench.execute(session)
    assert (acts, bench.moves()) == ([], ["a started"])


def test_a_fenced_executor_is_refused_hosts_once_its_lease_ran_out() -> None:
    bench = Bench(a_book())

    def act(context: Any) -> None:
        taken_over(bench)
        bench.clock.sleep(1000)  # the process was stopped for so long
        context.target("primary")

    add(bench.book, "a", act, timeout_seconds=100_000)
    bench.begin()
    with bench.session() as session, pytest.raises(LeaseLost):
        bench.execute(session)
    assert bench.hosts.asked == []


def test_an_executor_that_slept_through_its_lease_goes_on_when_nobody_took_it() -> None:
    bench = Bench(a_book())

    def act(context: Any) -> None:
        bench.clock.sleep(1000)
        context.target("primary")

    add(bench.book, "a", act, timeout_seconds=100_000)
    assert bench.run().state is RunState.DONE
    assert bench.hosts.asked == ["recovery-1"]


def bench_phase() -> Any:
    from stormproof.core.phase import Phase

    return Phase.RESTORE
