"""Adds a stack up: every line of the table of costs that its settings ask for."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module

import infra.costs
from infra.costs.model import Cost
from infra.spec.settings import Layer, Settings

NOT_AREAS = ("model", "total")


@dataclass(frozen=True)
class Line:
    """What one line costs one layer a month. `units`: how many are paid for."""

    cost: Cost
    layer: Layer
    units: float

    @property
    def monthly_usd(self) -> float:
        return round(self.cost.monthly_usd * self.units, 2)


@dataclass(frozen=True)
class Total:
    """A stack added up, dearest line first. `by_use`: what is paid by use, and is not in the sum."""

    lines: Sequence[Line]

    @property
    def monthly_usd(self) -> float:
        return round(sum(line.monthly_usd for line in self.lines), 2)

    @property
    def by_use(self) -> list[Line]:
        return [line for line in self.lines if line.cost.beside]


def table() -> tuple[Cost, ...]:
    """Every line there is, area by area."""
    found: list[Cost] = []
    for area in sorted(one.name for one in pkgutil.iter_modules(infra.costs.__path__)):
        if area not in NOT_AREAS:
            found += import_module(f"infra.costs.{area}").COSTS
    return tuple(found)


def total(settings: Settings, costs: Iterable[Cost] | None = None) -> Total:
    """What the layers of a stack cost. `costs`: another table than the shipped one."""
    lines = [
        Line(cost, layer, units)
        for cost in (table() if costs is None else costs)
        for layer in settings.layers
        if (units := cost.units(settings, layer)) > 0
    ]
    return Total(sorted(lines, key=lambda line: -line.monthly_usd))
