"""`infra costs`: what the switches of a stack cost a month. Offline, from settings alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stormproof.cli.call import Call

if TYPE_CHECKING:
    from infra.costs.total import Line, Total
    from infra.spec.settings import Settings

NOT_IN_IT = (
    "traffic, storage by the GB, requests, and whatever runs behind the load balancer; public prices, on demand, in a "
    "European region, without tax"
)


def run(call: Call) -> int:
    """0; a stack that cannot be read is refused."""
    from stormproof.cli.infra_program import chosen_stacks, imported, make_importable, read_stack

    root = make_importable(call.project.folder if call.has_project() else None)
    try:
        from infra.costs.total import total
    except ImportError as error:
        raise imported("the table of costs", error, root) from error
    stacks = chosen_stacks(call)
    found = {}
    for name, file in stacks.items():
        settings = read_stack(name, file)
        found[name] = (settings, total(settings))
    sums: dict[str, float] = {}
    for settings, one in found.values():
        sums[settings.environment] = round(sums.get(settings.environment, 0) + one.monthly_usd, 2)
    document = {
        "schema": "stormproof.infra-costs/v1",
        "currency": "USD",
        "stacks": [_as_json(name, settings, one) for name, (settings, one) in found.items()],
        "monthly_usd": sums,
        "not_included": NOT_IN_IT,
        "exit_code": 0,
    }
    if len(found) == 1:
        ((name, (settings, one)),) = found.items()
        lines = _one(name, settings, one, call.out.width)
    else:
        lines = _several(found, sums, call.out.width)
    call.out.answer(document, lines)
    return 0


def _as_json(name: str, settings: Settings, total: Total) -> dict[str, Any]:
    return {
        "stack": name, "environment": settings.environment, "layers": [layer.value for layer in settings.layers],
        "disposable": settings.disposable, "monthly_usd": total.monthly_usd,
        "lines": [
            {
                "switch": line.cost.switch or None, "type": line.cost.type, "layer": line.layer.value,
                "units": line.units, "unit": line.cost.unit, "unit_usd": line.cost.monthly_usd,
                "monthly_usd": line.monthly_usd, "buys": line.cost.buys, "fallback": line.cost.fallback,
                "by_use": line.cost.beside or None,
            }
            for line in total.lines
        ],
    }  # fmt: skip


def _one(name: str, settings: Settings, total: Total, width: int) -> list[str]:
    from stormproof.cli.table import table

    rows = [[f"{line.monthly_usd:.2f}", line.cost.switch or "(always)", _words(line)] for line in total.lines]
    layers = "all layers" if len(settings.layers) > 1 else f"layer {settings.layers[0].value}"
    beside = [f"  {line.cost.switch or line.cost.type}: {line.cost.beside}" for line in total.by_use]
    return [
        f"{name}: {layers} of {settings.environment}" + _disposable(settings),
        "",
        *table(["US$ a month", "switch", "for what it buys"], rows, width=width),
        "",
        f"total: US$ {total.monthly_usd:.2f} a month",
        f"not in it: {NOT_IN_IT}",
        *(["paid by use on top:", *dict.fromkeys(beside)] if beside else []),
    ]


def _several(found: dict[str, tuple[Settings, Total]], sums: dict[str, float], width: int) -> list[str]:
    from stormproof.cli.table import table

    rows = [
        [name, f"{total.monthly_usd:.2f}", (", ".join(_dearest(total)) + _disposable(settings)).strip()]
        for name, (settings, total) in found.items()
    ]
    return [
        *table(["stack", "US$ a month", "most of it"], rows, width=width),
        "",
        *(f"{environment}: US$ {usd:.2f} a month" for environment, usd in sums.items()),
        f"not in it: {NOT_IN_IT}",
        "line by line: stormproof infra costs --stack NAME",
    ]


def _dearest(total: Total) -> list[str]:
    """The three switches that cost most, lines of one switch taken together."""
    sums: dict[str, float] = {}
    for line in total.lines:
        name = line.cost.switch or line.cost.type.rpartition(":")[2]
        sums[name] = sums.get(name, 0) + line.monthly_usd
    return [f"{name} {usd:.0f}" for name, usd in sorted(sums.items(), key=lambda one: -one[1])[:3] if usd >= 0.5]


def _disposable(settings: Settings) -> str:
    return " (disposable: nothing on the emulator; in an account it would be this)" if settings.disposable else ""


def _units(line: Line) -> str:
    return f"1 {line.cost.unit}" if line.units == 1 else f"{line.units:g} × {line.cost.unit}"


def _words(line: Line) -> str:
    return f"{_units(line)}: {line.cost.buys}; cheaper: {line.cost.fallback}"
