"""Weaknesses planted in the shipped stacks: each is stopped by its rule, in words that whoever planted it understands."""

from __future__ import annotations

from datetime import date

import pytest
import stacks

from infra.policy.pack import message
from infra.policy.rules import all_rules
from stormproof.core.infra.check import Checked, check
from stormproof.core.infra.resource_graph import ResourceGraph
from tables.weaknesses import WEAKNESSES, Weakness

TODAY = date(2026, 11, 26)
PLANTED_MIN = 40
RULES = {rule.id: rule for rule in all_rules()}


def _checked(weakness: Weakness) -> Checked:
    healthy = stacks.graph(weakness.stack)
    resources = weakness.plant(list(healthy))
    graph = ResourceGraph(resources, layer=healthy.layer, settings=healthy.settings)
    return check([RULES[weakness.rule]], graph, today=TODAY)


def test_there_are_forty_of_forty_stories() -> None:
    assert len(WEAKNESSES) >= PLANTED_MIN
    assert len({one.story for one in WEAKNESSES}) == len(WEAKNESSES)


@pytest.mark.parametrize("weakness", WEAKNESSES, ids=[one.story for one in WEAKNESSES])
def test_it_is_stopped_in_words_that_a_newcomer_understands(weakness: Weakness) -> None:
    refused = _checked(weakness).refused
    assert refused, f"{weakness.rule} lets it through"
    told = [message(one) for one in refused]
    assert any(all(word in text for word in weakness.words) for text in told), told
    for text in told:
        said, why, fix = text.splitlines()
        assert why.startswith("Why: ")
        assert fix.startswith("Fix: ")
        assert said.endswith(".")
