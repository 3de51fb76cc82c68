"""How a run is told to stop, and how a step in flight notices it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from stormproof.core.errors import StormproofError, TimedOut
from stormproof.core.ports import Clock, Completed, Host, JobState

if TYPE_CHECKING:
    from stormproof.engine.session import Session

FOLLOW_SLICE_SECONDS = 2.0  # a cancel is noticed within this time while a long job is followed
SLEEP_SLICE_SECONDS = 0.1


class StopRequest:
    """What a signal handler, or another thread, says to a run. Plain assignment only: safe inside a signal handler."""

    def __init__(self) -> None:
        self.reason: StormproofError | None = None

    def request(self, reason: StormproofError) -> None:
        """Stop in an orderly way; the first reason counts."""
        if self.reason is None:
            self.reason = reason


class Guard:
    """What a step may still do: until its bound, until it is told to stop, and only while its executor owns the run."""

    def __init__(self, step: str, clock: Clock, seconds: float, session: Session) -> None:
        self.step, self.seconds = step, seconds
        self._clock, self._session = clock, session
        self.deadline = clock.now().monotonic + seconds
        self.stop_reason: StormproofError | None = None

    @property
    def remaining_seconds(self) -> float:
        return self.deadline - self._clock.now().monotonic

    def check(self) -> None:
        """Raises the reason to stop, TimedOut when the bound is over, LeaseLost when the run is not ours any more."""
        self._session.check_still_ours()
        if self.stop_reason is not None:
            raise self.stop_reason
        if self.remaining_seconds <= 0:
            raise self.overdue()

    def overdue(self) -> TimedOut:
        return TimedOut(
            f"step '{self.step}' was not done within {self.seconds:g} s",
            where=f"step {self.step}",
            fix="find out what it waited for; raise timeout_seconds of the step if it is rightly slow",
            code="SP230",
        )

    def sleep(self, seconds: float) -> None:
        """Wait, unless told to stop."""
        until = self._clock.now().monotonic + seconds
        self.check()
        while (left := until - self._clock.now().monotonic) > 0:
            self._clock.sleep(min(left, SLEEP_SLICE_SECONDS, max(self.remaining_seconds, 0.001)))
            self.check()


class GuardedHost:
    """A host as a step sees it: every call is refused once the step must stop, and none outlives the step's bound."""

    def __init__(self, host: Host, guard: Guard, clock: Clock) -> None:
        self._host, self._guard, self._clock = host, guard, clock

    @property
    def name(self) -> str:
        return self._host.name

    @property
    def address(self) -> str:
        return self._host.address

    def run(
        self, script: str, *, env: Mapping[str, str] | None = None, stdin: str = "", timeout_seconds: float = 30.0
    ) -> Completed:
        return self._host.run(script, env=env, stdin=stdin, timeout_seconds=self._bound(timeout_seconds))

    def check(
        self, script: str, *, env: Mapping[str, str] | None = None, stdin: str = "", timeout_seconds: float = 30.0
    ) -> str:
        return self._host.check(script, env=env, stdin=stdin, timeout_seconds=self._bound(timeout_seconds))

    def start_job(self, run_id: str, name: str, script: str, *, env: Mapping[str, str] | None = None) -> None:
        self._guard.check()
        self._host.start_job(run_id, name, script, env=env)

    def job_state(self, run_id: str, name: str) -> JobState:
        self._guard.check()
        return self._host.job_state(run_id, name)

    def follow_job(self, run_id: str, name: str, *, timeout_seconds: float, poll_seconds: float = 0.01) -> JobState:
        """In slices, so that a cancel is noticed while a long job runs. The wait itself stays on the host."""
        until = self._clock.now().monotonic + timeout_seconds
        while True:
            self._guard.check()
            left = until - self._clock.now().monotonic
            try:
                return self._host.follow_job(
                    run_id,
                    name,
                    timeout_seconds=self._bound(min(max(left, 0.05), FOLLOW_SLICE_SECONDS)),
                    poll_seconds=poll_seconds,
                )
            except TimedOut:
                if self._clock.now().monotonic >= until:
                    raise TimedOut(
                        f"job '{name}' did not end within {timeout_seconds:g} s",
                        where=f"host {self.name}, run {run_id}",
                        fix="look at its log on the host; raise the bound if it is rightly slow",
                        code="SP231",
                    ) from None

    def kill_jobs(self, run_id: str) -> list[str]:
        self._guard.check()
        return self._host.kill_jobs(run_id)

    def _bound(self, seconds: float) -> float:
        self._guard.check()
        return min(seconds, max(self._guard.remaining_seconds, 0.05))


Say = Callable[[str], None]
