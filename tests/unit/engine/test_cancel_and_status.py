"""What can be asked of a run from outside: to stop, and how far it is."""

from __future__ import annotations

import json

import pytest
from engine_support import BEGIN, RUN, Bench, a_book, add

from stormproof.core.errors import Refused, RunFailed
from stormproof.core.journal import UnknownRun
from stormproof.core.run_state import StepState
from stormproof.engine.cancel import request_cancel
from stormproof.engine.status import run_status


def test_asking_says_whether_somebody_executes_the_run() -> None:
    bench = Bench(a_book())
    add(bench.book, "a")
    bench.begin()
    assert request_cancel(bench.journal, RUN, "ops") is False
    with bench.session():
        assert request_cancel(bench.journal, RUN, "ops") is True
        assert request_cancel(bench.journal, RUN, "ops", dead=lambda holder: True) is False
    assert bench.journal.run(RUN).cancel_requested == "ops"


def test_a_run_that_ended_cannot_be_cancelled() -> None:
    bench = Bench(a_book())
    add(bench.book, "a")
    bench.run()
    with pytest.raises(Refused) as refused:
        request_cancel(bench.journal, RUN, "ops")
    assert str(refused.value) == (
        f"error SP250: run {RUN} has ended: done\n  where: run {RUN}\n"
        "  fix:   there is nothing to cancel; what a drill left is removed by `stormproof drill sweep`"
    )
    assert bench.journal.run(RUN).cancel_requested is None


def test_an_unknown_run_has_no_status() -> None:
    with pytest.raises(UnknownRun):
        run_status(Bench(a_book()).journal, RUN)


def test_the_status_tells_every_step_and_who_executes() -> None:
    bench = Bench(a_book())
    for name, needs in (("a", ()), ("b", ("a",)), ("c", ("b",))):
        add(bench.book, name, needs=needs)
    bench.begin()
    with bench.session() as session:
        bench.record(session, "a", StepState.STARTED, StepState.DONE)
        bench.record(session, "b", StepState.STARTED)
        status = json.loads(json.dumps(run_status(bench.journal, RUN)))
    assert [(step["step"], step["state"], step["attempts"]) for step in status["steps"]] == [
        ("a", "done", 1),
        ("b", "started", 1),
        ("c", "pending", 0),
    ]
    assert status["steps"][1]["started"] == BEGIN.isoformat()
    assert status["executor"]["dead"] is False
    assert (status["state"], status["error"]) == ("created", None)
    assert run_status(bench.journal, RUN)["executor"] is None


def test_the_status_of_a_failed_run_says_why() -> None:
    bench = Bench(a_book(), undo_on_failure=False)

    def act(context: object) -> None:
        raise RunFailed("broke", where="recovery-1", fix="mend it", code="SP900")

    add(bench.book, "a", act)
    bench.run()
    status = run_status(bench.journal, RUN)
    assert (status["state"], status["error"]["what"], status["error"]["fix"]) == ("failed", "broke", "mend it")
    assert status["steps"][0]["detail"]["what"] == "broke"
