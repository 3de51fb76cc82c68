"""No way round a rule that was found once is open: the weak program is refused, and its sound twin is not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from declared import TODAY, Program, worst

from infra.policy.rules import all_rules
from stormproof.core.infra.resource_graph import Resource, ResourceGraph
from stormproof.core.infra.rule import RuleVerdict
from tables.ways_round import WAYS, Way

RULES = {rule.id: rule for rule in all_rules()}
CASES = pytest.mark.parametrize("way", WAYS, ids=[f"{one.rule}: {one.story}" for one in WAYS])


def _graph(program: Program, settings: Mapping[str, str]) -> ResourceGraph:
    resources = [program] if isinstance(program, Resource) else list(program)
    return ResourceGraph(resources, settings=settings, today=TODAY)


@CASES
def test_the_weak_program_is_refused(way: Way) -> None:
    wanted = RuleVerdict.UNKNOWN if way.unknown else RuleVerdict.FAILED
    assert worst(RULES[way.rule], _graph(way.weak, way.settings)) is wanted


@CASES
def test_its_sound_twin_is_not(way: Way) -> None:
    assert worst(RULES[way.rule], _graph(way.sound, way.settings)) in (RuleVerdict.PASSED, None)
