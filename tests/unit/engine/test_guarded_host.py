"""A host as a step sees it: nothing after the bound, nothing after a stop, nothing without the lease."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from engine_support import Bench, StillClock, a_book, add

from stormproof.core.errors import Interrupted, TimedOut
from stormproof.core.journal import Holder, LeaseLost
from stormproof.core.ports import Completed, JobState
from stormproof.engine.session import Session
from stormproof.engine.stopping import Guard, GuardedHost

RUN = "20260301T120000Z-0001"


class SlowHost:
    """Each follow waits its whole bound, until the job's end comes."""

    name, address = "recovery-1", "10.0.40.5"

    def __init__(self, clock: StillClock, job_ends: float) -> None:
        self.clock, self.job_ends, self.bounds = clock, job_ends, []
        self.bounds: list[float]

    def run(self, script: str, *, timeout_seconds: float = 30.0, **rest: Any) -> Completed:
        self.bounds.append(timeout_seconds)
        return Completed(0, "", "", 0.0)

    def check(self, script: str, *, timeout_seconds: float = 30.0, **rest: Any) -> str:
        self.bounds.append(timeout_seconds)
        return ""

    def follow_job(self, run_id: str, name: str, *, timeout_seconds: float, poll_seconds: float = 0.01) -> JobState:
        self.bounds.append(timeout_seconds)
        if self.clock.seconds + timeout_seconds < self.job_ends:
            self.clock.sleep(timeout_seconds)
            raise TimedOut("not yet", where="x", fix="y")
        self.clock.seconds = self.job_ends
        return JobState(name, True, 0, False, self.job_ends, "", "")

    def start_job(self, *args: Any, **rest: Any) -> None:
        self.bounds.append(0)

    job_state = kill_jobs = start_job


@pytest.fixture
def session() -> Iterator[Session]:
    bench = Bench(a_book())
    add(bench.book, "a")
    bench.begin()
    with bench.session() as made:
        yield made


def guarded(session: Session, *, bound: float = 60, job_ends: float = 1) -> tuple[GuardedHost, SlowHost, Guard]:
    clock: Any = session.clock
    host: Any = SlowHost(clock, job_ends)
    guard = Guard("a", clock, bound, session)
    return GuardedHost(host, guard, clock), host, guard


def test_no_call_outlives_the_steps_bound(session: Session) -> None:
    host, slow, _ = guarded(session, bound=10)
    host.run("true", timeout_seconds=30)
    session.clock.sleep(8)
    host.check("true", timeout_seconds=30)
    host.run("true", timeout_seconds=1)
    assert slow.bounds == [10, 2, 1]


def test_every_call_is_refused_after_the_bound_and_after_a_stop(session: Session) -> None:
    host, slow, guard = guarded(session, bound=10)
    calls = [
        lambda: host.run("true"),
        lambda: host.check("true"),
        lambda: host.start_job("r", "j", "true"),
        lambda: host.job_state("r", "j"),
        lambda: host.follow_job("r", "j", timeout_seconds=1),
        lambda: host.kill_jobs("r"),
    ]
    session.clock.sleep(11)
    for call in calls:
        with pytest.raises(TimedOut):
            call()
    guard.stop_reason = Interrupted("ctrl-c", where="x", fix="y")
    for call in calls:
        with pytest.raises(Interrupted):
            call()
    assert slow.bounds == []


def test_a_long_job_is_followed_in_slices_to_its_end(session: Session) -> None:
    host, slow, _ = guarded(session, job_ends=5)
    assert host.follow_job("r", "j", timeout_seconds=30).status == 0
    assert slow.bounds == [2.0, 2.0, 2.0]


def test_a_cancel_is_noticed_while_a_long_job_is_followed(session: Session) -> None:
    host, slow, guard = guarded(session, job_ends=1000, bound=10_000)
    reason = Interrupted("ctrl-c", where="x", fix="y")
    original = slow.follow_job

    def follow(*args: Any, **rest: Any) -> JobState:
        if len(slow.bounds) == 2:
            guard.stop_reason = reason
        return original(*args, **rest)

    slow.follow_job = follow  # type: ignore[method-assign]
    with pytest.raises(Interrupted) as stopped:
        host.follow_job("r", "j", timeout_seconds=5000)
    assert stopped.value is reason
    assert len(slow.bounds) == 3


def test_a_job_that_never_ends_is_given_up_at_the_callers_bound(session: Session) -> None:
    host, slow, _ = guarded(session, job_ends=1000, bound=500)
    with pytest.raises(TimedOut) as over:
        host.follow_job("r", "j", timeout_seconds=5)
    assert over.value.what == "job 'j' did not end within 5 s"
    assert sum(slow.bounds) == pytest.approx(5, abs=0.1)


def test_every_call_is_refused_once_another_executor_owns_the_run(session: Session) -> None:
    host, slow, _ = guarded(session, bound=10_000)
    other = Holder("other", 2, "", "", "", "")
    session.journal.acquire(RUN, other, ttl_seconds=30, is_dead=lambda holder: True)
    session.clock.sleep(31)
    with pytest.raises(LeaseLost):
        host.run("true")
    assert slow.bounds == []
