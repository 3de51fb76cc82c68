"""The page of settings: every key of every spec, with its words, what holds without it, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
import stacks

from infra.costs.total import table
from infra.reference import described, page, priced, sections, shown_kind, spec_within
from infra.spec.base import Spec
from infra.spec.settings import DataClass


class Inner(Spec):
    """Inside.

    Args:
        depth, height: how far; goes
            on here.
    """

    depth: int = 1
    height: int = 2


class Outer(Spec):
    """Outside, and
    more of it.

    Args:
        needed_thing: must be there.
        by_name: some of them.

    After the arguments.
    """

    needed_thing: str
    by_name: Mapping[str, Inner] = {}
    one: Inner | None = None
    window: timedelta = timedelta(hours=2)


def test_words_are_read_from_the_docstring() -> None:
    words, arguments = described(Outer)
    assert words == "Outside, and more of it. After the arguments."
    assert arguments == {"needed_thing": "must be there.", "by_name": "some of them."}
    assert described(Inner)[1] == {"depth": "how far; goes on here.", "height": "how far; goes on here."}


def test_each_spec_has_a_section_below_its_key() -> None:
    found = {section.path: [one.path for one in section.settings] for section in sections(Outer)}
    assert found == {
        "": ["neededThing", "byName", "one", "window"],
        "byName.NAME": ["byName.NAME.depth", "byName.NAME.height"],
        "one": ["one.depth", "one.height"],
    }


def test_what_holds_without_a_key_is_shown() -> None:
    top = next(sections(Outer))
    assert [one.default for one in top.settings] == ["**needed**", "none", "off", "`2h`"]


@pytest.mark.parametrize(
    ("annotation", "shown"),
    [
        (bool, "true or false"),
        (tuple[str, ...], "list of text"),
        (int | None, "number"),
        (DataClass, "`public` or `internal` or `confidential` or `restricted`"),
        (Mapping[str, int], "text: number"),
        (Inner, "settings"),
    ],
)
def test_kinds_are_shown_for_people(annotation: object, shown: str) -> None:
    assert shown_kind(annotation) == shown


def test_a_spec_is_found_where_it_stands() -> None:
    assert spec_within(Inner | None) == (Inner, "")
    assert spec_within(tuple[Inner, ...]) == (Inner, "[]")
    assert spec_within(str) == (None, "")


def test_every_setting_of_a_stack_has_words() -> None:
    costs = table()
    silent = [
        one.path for section in sections() for one in section.settings if not (one.words or priced(one.path, costs))
    ]
    assert silent == []


def test_every_switch_that_costs_is_on_the_page_with_its_price() -> None:
    text = page("x")
    paths = {one.path for section in sections() for one in section.settings}
    for cost in table():
        if cost.switch:
            assert cost.switch in paths, f"{cost.switch} has a price and no words"
            assert cost.buys.replace("|", "\\|") in text


@pytest.mark.parametrize("name", stacks.names())
def test_every_key_of_a_shipped_stack_is_on_the_page(name: str) -> None:
    tops = {one.path.split(".")[0] for section in sections() for one in section.settings}
    keys = {key.partition(":")[2] for key in stacks.configuration(name)}
    assert keys <= tops
