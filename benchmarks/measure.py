"""What a benchmark measures: a goal, the samples of interleaved rounds, and how they stand to each other."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Goal:
    """`at_most` in `unit`: "ratio", "s", "ms", "MiB" or "%"."""

    name: str
    at_most: float
    unit: str


@dataclass(frozen=True)
class Measured:
    """One measure as it came out.

    Args:
        samples: one value a round in the goal's unit; a ratio is formed within each round.
        against: what each round compared with, in seconds, for the reader. Empty where nothing is compared.
        parts: further series that belong to it, by name, in seconds.
        note: what is to be said beside it: why a goal is missed, what the figure leaves out.
    """

    goal: Goal
    samples: Sequence[float]
    parts: Mapping[str, Sequence[float]] = field(default_factory=dict)
    note: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.samples)

    @property
    def met(self) -> bool:
        return self.median <= self.goal.at_most

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.goal.name,
            "at_most": self.goal.at_most,
            "unit": self.goal.unit,
            "samples": [round(value, 6) for value in self.samples],
            "parts": {name: [round(value, 4) for value in series] for name, series in self.parts.items()},
            "note": self.note,
        }

    @classmethod
    def from_json(cls, document: dict[str, object]) -> Measured:
        goal = Goal(str(document["name"]), float(document["at_most"]), str(document["unit"]))  # type: ignore[arg-type]
        return cls(goal, document["samples"], document["parts"], str(document["note"]))  # type: ignore[arg-type]


def spread(values: Sequence[float]) -> str:
    """`median (min .. max)` with three significant digits."""
    if len(values) == 1:
        return _short(values[0])
    return f"{_short(statistics.median(values))} ({_short(min(values))} .. {_short(max(values))})"


def _short(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"
