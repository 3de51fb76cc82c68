"""Rules held against twins: programs that differ in what the rule is about. The tables are the twins_*.py beside this."""

from __future__ import annotations

import pytest
from declared import Program, Twins, worst

from infra.policy.rules import all_rules
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


def test_every_rule_is_held_against_twins_or_has_a_test_of_its_own() -> None:
    from pathlib import Path

    own = {path.stem.removeprefix("test_").replace("_", "-") for path in Path(__file__).parent.glob("test_*.py")}
    assert {rule for rule in RULES if rule not in TWINS and rule not in own} == set()
    assert set(TWINS) <= set(RULES)
