"""Times of a run come from its journal; gaps are where nobody executed."""

from __future__ import annotations

from datetime import timedelta

from engine_support import BEGIN, RUN, Bench, a_book, add, sure

from stormproof.adapters.journal_memory import MemoryJournal
from stormproof.core.critical_path import critical_path
from stormproof.core.journal import Holder
from stormproof.core.ports import Instant
from stormproof.core.run_state import RunState, StepState
from stormproof.engine.run_clock import RunClock
from stormproof.engine.session import Session
from stormproof.engine.timing import gaps_of, spans_of


def seconds(*pairs: object) -> list[tuple[float, float]]:
    return [((a - BEGIN).total_seconds(), (b - BEGIN).total_seconds()) for a, b in pairs]  # type: ignore[misc]


def test_a_step_lasts_from_its_first_intent_to_its_end() -> None:
    bench = Bench(a_book())
    add(bench.book, "a", lambda c: c.sleep(2), timeout_seconds=100)
    add(bench.book, "b", lambda c: c.sleep(3), timeout_seconds=100, needs=("a",))
    add(bench.book, "left out", skip_in_drill=True, needs=("b",))
    sure(bench.run())
    spans = spans_of(bench.journal, RUN, bench.book)
    lengths = [(span.step, round((span.end - span.start).total_seconds())) for span in spans]
    assert lengths == [("a", 2), ("b", 3), ("left out", 0)]
    path = critical_path(spans, t_start=BEGIN, t_ready=bench.clock.now().utc + timedelta(seconds=1))
    assert round(path.phases[0].seconds) == 5
    assert path.steps == ("a", "b", "left out")


def test_a_gap_begins_at_the_last_sign_of_life_of_one_that_died() -> None:
    bench = Bench(a_book())
    clock = bench.clock
    journal = bench.journal = MemoryJournal(now=lambda: clock.now().utc)
    add(bench.book, "a")
    bench.begin()
    dead = Session(journal, RUN, clock, holder=Holder("other", 1, "", "", "", ""))
    clock.seconds = 3
    journal.record_run_state(RUN, dead.token, RunState.RUNNING, dead.now(), {})
    bench.record(dead, "a", StepState.STARTED)
    clock.seconds = 7
    journal.renew(RUN, dead.token, ttl_seconds=5)
    clock.seconds = 20
    sure(bench.go_on())
    assert seconds(*gaps_of(journal, RUN)) == [(7, 20)]
    dead.close()


def test_a_gap_after_an_orderly_end_begins_at_that_end() -> None:
    bench = Bench(a_book())
    bench.journal = MemoryJournal(now=lambda: bench.clock.now().utc)
    add(bench.book, "a")
    bench.begin()
    with bench.session():
        bench.clock.seconds = 4
    bench.clock.seconds = 9
    with bench.session():
        bench.clock.seconds = 12
    assert seconds(*gaps_of(bench.journal, RUN)) == [(4, 9)]


def test_a_stepped_wall_clock_changes_no_time_within_an_executor() -> None:
    class Stepped:
        wall, monotonic = BEGIN, 50.0

        def now(self) -> Instant:
            return Instant(self.wall, self.monotonic)

        def sleep(self, seconds: float) -> None: ...

    clock = Stepped()
    run_clock = RunClock(clock)
    clock.wall, clock.monotonic = BEGIN - timedelta(hours=1), 53.0
    assert run_clock.now() == BEGIN + timedelta(seconds=3)
    assert run_clock.at(Instant(clock.wall, 51.0)) == BEGIN + timedelta(seconds=1)
