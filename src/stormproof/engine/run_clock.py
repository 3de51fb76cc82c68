"""Time within one executor: UTC for people, moved by the monotonic clock alone, so that a stepped clock changes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from stormproof.core.ports import Clock, Instant


class RunClock:
    """Every instant of one executor, counted from one reading of both clocks."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._anchor = clock, clock.now()

    @property
    def monotonic(self) -> float:
        return self._clock.now().monotonic

    def now(self) -> datetime:
        """UTC, as the monotonic clock has moved on since this executor began."""
        return self.at(self._clock.now())

    def at(self, instant: Instant) -> datetime:
        """The UTC of an instant read from the same clock, freed of any step of the wall clock since the beginning."""
        return self._anchor.utc + timedelta(seconds=instant.monotonic - self._anchor.monotonic)
