"""What changes from run to run whichever way is tried: a host whose memory fills, a load that grows. Taken out before
two ways that were run by turns are compared."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from statistics import median

ROUNDS_MIN = 3  # fewer tell a drift from chance in no way


def sides_of_round(number: int) -> tuple[int, int]:
    """Which side (0 without, 1 with) is run first and second: each second round begins with the other one."""
    return (0, 1) if number % 2 == 0 else (1, 0)


def turns(rounds: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The places of either side's runs in the order of all, from 0."""
    order = [side for number in range(rounds) for side in sides_of_round(number)]
    first, second = (tuple(place for place, of in enumerate(order) if of == side) for side in (0, 1))
    return first, second


def drift_of(before: Sequence[float], after: Sequence[float]) -> float:
    """Seconds that each run was slower than the one before it: the median of the slopes between any two runs of one side
    (Theil and Sen), which one odd run does not move far. 0 where a side has fewer than ROUNDS_MIN."""
    if min(len(before), len(after)) < ROUNDS_MIN or len(before) != len(after):
        return 0.0
    slopes = [
        (later - earlier) / (at - since)
        for places, values in zip(turns(len(before)), (before, after), strict=True)
        for (since, earlier), (at, later) in combinations(zip(places, values, strict=True), 2)
    ]
    return median(slopes)


def without_drift(values: Sequence[float], places: Sequence[int], drift: float, runs: int) -> tuple[float, ...]:
    """As if each had been the middle one of all `runs`."""
    return tuple(value - drift * (place - (runs - 1) / 2) for value, place in zip(values, places, strict=False))
