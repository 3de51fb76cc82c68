"""What can be asked of a run from outside: to stop, and how far it is."""

from __future__ import annotations

import pytest
from engine_support import RUN, Bench, a_book, add

from stormproof.core.errors import Refused
from stormproof.engine.cancel import request_cancel


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
