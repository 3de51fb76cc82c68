"""How far a host's clock is from ours, over SSH: the best of several bounded round trips (as NTP does it)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stormproof.core.errors import RunFailed
from stormproof.core.ports import Clock, Host

ROUNDS = 5
_EPOCH = re.compile(r"\d{1,12}\.\d{1,9}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """`seconds` to subtract from the host's clock to get ours; true within ± `uncertainty_seconds` (half a round trip)."""

    seconds: float
    uncertainty_seconds: float


def measure_clock_offset(host: Host, clock: Clock) -> ClockOffset:
    """Ask the host for its time a few times and believe the quickest answer.

    Raises:
        RunFailed: it answers something else than its time; and what Host.run raises.
    """
    best: ClockOffset | None = None
    for _ in range(ROUNDS):
        before = clock.now()
        answer = _instant(host.check('printf "%s" "$EPOCHREALTIME"', timeout_seconds=10), host.name)
        after = clock.now()
        round_trip = after.monotonic - before.monotonic
        middle = before.utc.timestamp() + round_trip / 2
        found = ClockOffset(answer - middle, round_trip / 2)
        if best is None or found.uncertainty_seconds < best.uncertainty_seconds:
            best = found
    assert best is not None
    return best


def _instant(said: str, host: str) -> float:
    if not _EPOCH.match(said):
        raise RunFailed(
            f"its time cannot be read: it answered {said[:80]!r}"
            if said
            else "its time cannot be read: it answered nothing",
            where=host,
            fix="it needs bash 5 or later, and a ~/.bashrc that prints nothing where there is no terminal",
            code="SP279",
        )
    return float(said)
