"""One line of the table of costs: a switch, what it buys, what a unit of it costs a month, and the cheaper fallback.

Pure, and needs settings alone: a stack is added up offline, before anything is declared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic.alias_generators import to_camel

from infra.spec.base import Spec
from infra.spec.settings import Layer, Settings

HOURS_A_MONTH = 730  # AWS: the pricing calculator's month


def hourly(usd: float) -> float:
    """US$ a month of what is priced by the hour."""
    return round(usd * HOURS_A_MONTH, 2)


class UnknownSwitch(LookupError):
    """A line names a switch that no spec has: a mistake in the table."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """One line. Prices are AWS's public ones for on-demand use in a European region, rounded; they are no offer.

    Args:
        switch: dotted path in the configuration, camelCase: `egress.firewall`. "": part of the layer, without a switch.
        type: what is paid for, as the program declares it: `aws:networkfirewall/firewall:Firewall`.
        monthly_usd: of one unit, US$ a month, without what is paid by use. `hourly(0.395)` for what is priced by the hour.
        unit: what is counted, in the singular: `endpoint in a zone`, `key`, `instance`.
        buys: what one has for it; goes on from "buys".
        fallback: what is cheaper, and what is lost by it.
        layers: where it is paid.
        count: units in one of these layers. None: by the switch's value (true, a text, a spec: 1; a number: itself; a list:
            its length; false, null: 0), or 1 without a switch.
        beside: what is paid by use on top, and not in the sum: `0.065 a GB inspected`.
    """

    switch: str
    type: str
    monthly_usd: float
    unit: str
    buys: str
    fallback: str
    layers: tuple[Layer, ...]
    count: Callable[[Settings, Layer], float] | None = None
    beside: str = ""

    def units(self, settings: Settings, layer: Layer) -> float:
        """How many are paid for in one layer. Raises UnknownSwitch."""
        if layer not in self.layers:
            return 0
        by_switch = units_of(value_of(settings, self.switch)) if self.switch else 1
        return by_switch if self.count is None else self.count(settings, layer)


def value_of(settings: Settings, switch: str) -> object:
    """The value at a dotted camelCase path; None where a part on the way is not set. Raises UnknownSwitch."""
    here: object = settings
    for step in switch.split("."):
        if here is None:
            return None
        names = {to_camel(name): name for name in type(here).model_fields} if isinstance(here, Spec) else {}
        if step not in names:
            raise UnknownSwitch(f"{switch}: no spec has {step!r}")
        here = getattr(here, names[step])
    return here


def units_of(value: object) -> float:
    if value is None or isinstance(value, bool):
        return float(bool(value))
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, tuple | list | set | frozenset | Mapping):
        return float(len(value))
    return float(value not in ("", "off", "none"))
