"""What components are given: tags that rules read, and options that guard."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import stacks
from pulumi_aws import sns
from pulumi_mocks import Declared, declared

from infra.context import Component, Context
from infra.spec.settings import DataClass, Layer


def _context(stack: str = "prod-primary", layer: Layer = Layer.PRIMARY) -> Context:
    settings = stacks.settings(stack)
    return Context(settings, layer, settings.names, settings.place(layer))


class _One(Component):
    def __init__(self, context: Context, **options: Any) -> None:
        super().__init__("One", "one", context)
        sns.Topic("topic", name="topic", opts=context.opts(self, **options))


def _topic(context: Context, **options: Any) -> Declared:
    (topic,) = [one for one in declared(lambda: _One(context, **options)) if one.type == "aws:sns/topic:Topic"]
    return topic


@pytest.mark.parametrize(
    ("stack", "options", "protect", "retain"),
    [
        ("prod-primary", {"stateful": True}, True, True),
        ("prod-primary", {"guard": True}, True, False),
        ("prod-primary", {}, False, False),
        ("lab", {"stateful": True}, False, False),
        ("lab", {"guard": True}, False, False),
    ],
)
def test_state_and_its_guards_are_protected_but_in_the_lab(
    stack: str, options: dict[str, bool], protect: bool, retain: bool
) -> None:
    topic = _topic(_context(stack), **options)
    assert (topic.protect, topic.retain) == (protect, retain)


def test_what_carries_a_name_goes_before_its_replacement_comes() -> None:
    assert _topic(_context(), named=True).delete_before_replace
    assert not _topic(_context()).delete_before_replace


def test_children_lie_below_their_component() -> None:
    seen = declared(lambda: _One(_context()))
    component, topic = seen
    assert (component.type, component.custom) == ("stormproof:infra:One", False)
    assert topic.parent == component.urn


@pytest.mark.parametrize(
    ("stack", "layer", "environment"),
    [
        ("prod-primary", Layer.PRIMARY, "production"),
        ("prod-recovery", Layer.RECOVERY, "recovery"),
        ("lab", Layer.PRIMARY, "lab"),
        ("lab", Layer.RECOVERY, "recovery"),
    ],
)
def test_tags_say_the_environment_as_rules_read_it(stack: str, layer: Layer, environment: str) -> None:
    assert _context(stack, layer).tags()["environment"] == environment


def test_tags_are_lower_case_and_hold_only_what_is_known() -> None:
    tags = _context().tags("orders", data_class=DataClass.RESTRICTED, rpo="15m", backup_reason="why")
    assert tags == {
        "Name": "orders", "environment": "production", "owner": "platform@example.com", "project": "shop",
        "layer": "primary", "data-class": "restricted", "rpo": "15m", "backup-reason": "why",
    }  # fmt: skip


def test_another_region_is_of_the_same_account() -> None:
    here = _context()
    there = here.in_region("eu-west-1")
    assert there.place == replace(here.place, region="eu-west-1")
    assert here.place.region == "eu-central-1"
