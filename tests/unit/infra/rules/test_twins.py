"""Rules held against twins: programs that differ in what the rule is about. The tables: tests/tables/rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from declared import Program, Twins, worst

from infra.policy.rules import all_rules
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph
from stormproof.core.infra.rule import RuleVerdict
from tables.rules import TWINS

RULES = {rule.id: rule for rule in all_rules()}
HEALTHY_MIN = 3


def _cases(kind: str) -> list[object]:
    return [
        pytest.param(rule, twins, program, id=f"{rule}: {name}")
        for rule, twins in TWINS.items()
        for name, program in getattr(twins, kind).items()
    ]


@pytest.mark.parametrize(("rule", "twins", "program"), _cases("failed"))
def test_it_is_refused(rule: str, twins: Twins, program: Program) -> None:
    assert worst(RULES[rule], twins.graph(program)) is RuleVerdict.FAILED


@pytest.mark.parametrize(("rule", "twins", "program"), _cases("passed"))
def test_it_passes(rule: str, twins: Twins, program: Program) -> None:
    assert worst(RULES[rule], twins.graph(program)) is RuleVerdict.PASSED


@pytest.mark.parametrize(("rule", "twins", "program"), _cases("unknown"))
def test_what_cannot_be_known_is_never_passed(rule: str, twins: Twins, program: Program) -> None:
    assert worst(RULES[rule], twins.graph(program)) is RuleVerdict.UNKNOWN


@pytest.mark.parametrize(("rule", "twins", "program"), _cases("silent"))
def test_it_does_not_concern_others(rule: str, twins: Twins, program: Program) -> None:
    assert worst(RULES[rule], twins.graph(program)) is None


@pytest.mark.parametrize("rule", sorted(TWINS))
def test_each_rule_has_twins_of_every_kind(rule: str) -> None:
    twins = TWINS[rule]
    assert twins.failed
    assert len(twins.passed) >= HEALTHY_MIN
    assert twins.unknown or twins.knows_all


@pytest.mark.parametrize("rule", sorted(rule for rule, twins in TWINS.items() if twins.layer is not None))
def test_a_rule_of_a_layer_is_asked_of_that_layer_alone(rule: str) -> None:
    layer = TWINS[rule].layer
    concerned = [one for one in (None, layer, "another", "all") if RULES[rule].concerns(ResourceGraph((), layer=one))]
    assert concerned == [layer, "all"]
    assert RULES[rule].concerns(ResourceGraph(()), layer)


def test_every_rule_is_held_against_twins_or_has_a_test_of_its_own() -> None:
    own = {path.stem.removeprefix("test_").replace("_", "-") for path in Path(__file__).parent.glob("test_*.py")}
    assert {rule for rule in RULES if rule not in TWINS and rule not in own} == set()
    assert set(TWINS) <= set(RULES)


def _without_knowing_one_value(resource: Resource) -> Iterator[Resource]:
    """The resource with each of its values unknown in turn, however deep it lies."""
    for path in _paths(resource.properties):
        yield replace(resource, properties=_forgotten(resource.properties, path))


def _paths(value: object, here: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    if here:
        yield here
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in pairs:
        yield from _paths(one, (*here, key))


def _forgotten(value: Any, path: tuple[object, ...]) -> Any:
    if not path:
        return UNKNOWN
    if isinstance(value, list):
        return [_forgotten(one, path[1:]) if place == path[0] else one for place, one in enumerate(value)]
    return {**value, path[0]: _forgotten(value[path[0]], path[1:])}


@pytest.mark.parametrize("rule", sorted(TWINS))
def test_no_unknown_value_wherever_it_stands_makes_it_stumble(rule: str) -> None:
    """A rule that raises would take the whole policy pack down, and every other rule with it."""
    twins = TWINS[rule]
    for program in (*twins.failed.values(), *twins.passed.values()):
        resources = [program] if isinstance(program, Resource) else list(program)
        for place, resource in enumerate(resources):
            for changed in _without_knowing_one_value(resource):
                worst(RULES[rule], twins.graph([*resources[:place], changed, *resources[place + 1 :]]))
