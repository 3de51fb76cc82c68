"""When a step is tried again: only for named transient faults, a bounded number of times, for a bounded time."""

from __future__ import annotations

from dataclasses import dataclass

from stormproof.core.errors import AccessRefused, HostUnreachable, Refused, RunFailed, StormproofError


@dataclass(frozen=True, slots=True)
class Retry:
    """How often, how long and for which faults. Waits are random up to a bound that doubles (full jitter)."""

    on: tuple[type[StormproofError], ...] = (HostUnreachable,)
    attempts: int = 4
    seconds: float = 60.0
    first_wait_seconds: float = 0.5
    wait_seconds_max: float = 10.0

    def problem(self) -> str | None:
        """What is wrong with it, in words; None when it is sound."""
        if self.attempts < 1 or self.seconds <= 0 or self.first_wait_seconds < 0 or self.wait_seconds_max < 0:
            return "attempts must be at least 1, seconds above 0, waits not below 0"
        for kind in self.on:
            if kind in (StormproofError, RunFailed) or issubclass(kind, Refused | AccessRefused):
                return f"{kind.__name__} is not transient: trying again cannot help, or hides what is wrong"
        return None

    def as_json(self) -> dict[str, object]:
        return {
            "on": sorted(kind.__name__ for kind in self.on),
            "attempts": self.attempts,
            "seconds": self.seconds,
        }


NO_RETRY = Retry(on=(), attempts=1)
