"""The table of costs: its lines mean switches that there are, and a stack is added up from its settings alone."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from dataclasses import replace
from importlib import import_module

import pytest
import stacks

import infra.costs
from infra.costs.model import Cost, UnknownSwitch, hourly, units_of, value_of
from infra.costs.total import NOT_AREAS, table, total
from infra.spec.settings import Layer

FIREWALL = Cost(
    switch="network.zones", type="aws:networkfirewall/firewall:Firewall", monthly_usd=hourly(0.4), unit="endpoint in a zone",
    buys="only named domains can be reached", fallback="DNS firewall alone", layers=(Layer.PRIMARY,), beside="0.07 a GB",
)  # fmt: skip
KEY = Cost(
    switch="", type="aws:kms/key:Key", monthly_usd=1, unit="key", buys="a key of its own", fallback="none",
    layers=(Layer.PRIMARY, Layer.RECOVERY), count=lambda settings, layer: 4 if layer is Layer.PRIMARY else 1,
)  # fmt: skip


def test_an_hour_s_price_is_a_month_of_730_hours() -> None:
    assert hourly(0.1) == 73.0


@pytest.mark.parametrize(
    ("value", "units"),
    [
        (True, 1), (False, 0), (None, 0), (3, 3), (2.5, 2.5), ("db.t4g.medium", 1), ("", 0), ("off", 0),
        ((), 0), (("a", "b"), 2), ({"a": 1}, 1),
    ],
)  # fmt: skip
def test_units_follow_the_switch(value: object, units: float) -> None:
    assert units_of(value) == units


def test_a_stack_pays_for_its_layers_alone() -> None:
    primary = total(stacks.settings("prod-primary"), [FIREWALL, KEY])
    assert [(line.cost, line.units) for line in primary.lines] == [(FIREWALL, 3), (KEY, 4)]
    assert primary.monthly_usd == 3 * hourly(0.4) + 4
    assert [line.cost for line in primary.by_use] == [FIREWALL]
    assert total(stacks.settings("prod-recovery"), [FIREWALL, KEY]).monthly_usd == 1
    assert total(stacks.settings("prod-vault"), [FIREWALL, KEY]).lines == []


def test_a_joined_stack_pays_for_every_layer() -> None:
    lab = total(stacks.settings("lab"), [FIREWALL, KEY])
    assert [(line.cost, line.layer, line.units) for line in lab.lines] == [
        (FIREWALL, Layer.PRIMARY, 2), (KEY, Layer.PRIMARY, 4), (KEY, Layer.RECOVERY, 1)
    ]  # fmt: skip


def test_a_switch_that_is_off_costs_nothing() -> None:
    off = replace(FIREWALL, switch="acknowledgeComplianceLock")
    assert total(stacks.settings("prod-primary"), [off]).lines == []
    assert total(stacks.settings("prod-primary", acknowledgeComplianceLock=True), [off]).monthly_usd == hourly(0.4)


def test_a_switch_that_no_spec_has_is_a_mistake() -> None:
    with pytest.raises(UnknownSwitch, match="no spec has 'fireWall'"):
        value_of(stacks.settings("lab"), "egress.fireWall")


@pytest.mark.parametrize("line", table(), ids=lambda line: f"{line.switch or 'always'} {line.type}")
def test_each_shipped_line_means_something(line: Cost) -> None:
    settings = stacks.settings("prod-primary")
    if line.switch:
        value_of(settings, line.switch)
    assert line.layers
    assert line.type.startswith(("aws:", "stormproof:")), line.type
    assert all(line.units(settings, layer) >= 0 for layer in Layer)
    for text in (line.unit, line.buys, line.fallback):
        assert text.strip(), f"{line.switch}: says nothing"
        assert not text.endswith("."), f"{text}: goes on in a sentence"
    assert line.monthly_usd > 0 or line.beside, "what costs nothing and has no price by use needs no line"


def test_each_area_that_can_cost_has_lines() -> None:
    areas = {one.name for one in pkgutil.iter_modules(infra.costs.__path__)} - set(NOT_AREAS)
    costly = {area for area in areas if import_module(f"infra.costs.{area}").COSTS}
    assert costly >= {"access", "data", "detection", "edge", "network", "recovery"}
    assert areas - costly <= {"organisation"}, "guardrails are free"


def test_no_line_is_there_twice() -> None:
    keys = [(line.switch, line.type, line.unit) for line in table()]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []


@pytest.mark.parametrize("name", stacks.names())
def test_a_shipped_stack_can_be_added_up(name: str) -> None:
    assert total(stacks.settings(name)).monthly_usd >= 0


def test_it_needs_no_pulumi() -> None:
    code = (
        "import sys; from infra.costs.total import table; import infra.config; table(); "
        "sys.exit(sorted(n for n in sys.modules if n.split('.')[0].startswith('pulumi')) and 1 or 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=stacks.ROOT, check=False).returncode == 0
