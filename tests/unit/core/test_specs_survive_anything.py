"""Whatever a person writes: a sound spec, or mistakes with place and fix; never an exception of ours."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from spec_samples import INVENTORY, SOUND_DRILL, inventory

from stormproof.core.drill_text import Known, parse_drill
from stormproof.core.errors import SpecInvalid
from stormproof.core.inventory_text import parse_inventory

KNOWN = Known({"restore_shop": "application"}, inventory(lab=True), datetime(2026, 11, 23, tzinfo=UTC))
VALUES: tuple[Any, ...] = (
    None,
    5,
    -1,
    1.5,
    True,
    "x",
    "",
    "5m",
    [],
    {},
    [[]],
    [None],
    {"a": 1},
    ["x"],
    {"x": None},
    10**30,
)
BITS = (
    "{",
    "}",
    "[",
    "]",
    ": ",
    "- ",
    "\n",
    "  ",
    "'",
    '"',
    "&a",
    "*a",
    "!!",
    "|",
    "#",
    "\t",
    "ä",
    "? ",
    "<<: ",
    "\x85",
    "\0",
)


def break_data(data: Any, rng: random.Random) -> None:
    """Replace or add one thing somewhere inside."""
    if isinstance(data, dict) and data:
        key = rng.choice(list(data))
        choice = rng.random()
        if choice < 0.4:
            data[key] = rng.choice(VALUES)
        elif choice < 0.5:
            data[rng.choice(("x", "kind", "name", "host"))] = rng.choice(VALUES)
        else:
            break_data(data[key], rng)
    elif isinstance(data, list) and data:
        number = rng.randrange(len(data))
        if rng.random() < 0.4:
            data[number] = rng.choice(VALUES)
        else:
            break_data(data[number], rng)


def broken(text: str, rng: random.Random) -> str:
    if rng.random() < 0.6:
        data = yaml.safe_load(text)
        for _ in range(rng.randint(1, 3)):
            break_data(data, rng)
        return yaml.safe_dump(data, sort_keys=False)
    for _ in range(rng.randint(1, 4)):
        start = rng.randrange(len(text) + 1)
        text = text[:start] + rng.choice(BITS) + text[start + rng.choice((0, 0, 1, 3, 20)) :]
    return text


def hold(read: Any, text: str) -> None:
    try:
        read(text)
    except SpecInvalid as error:
        for problem in error.problems:
            assert problem.what
            assert problem.fix
            assert problem.where.rpartition(":")[2].isdigit()
            assert "input" not in problem.what.lower(), "pydantic's own words"


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9))
def test_a_broken_drill_is_mistakes_and_never_a_crash(seed: int) -> None:
    hold(lambda text: parse_drill(text, file="shop-latest.yaml", known=KNOWN), broken(SOUND_DRILL, random.Random(seed)))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9))
def test_a_broken_inventory_is_mistakes_and_never_a_crash(seed: int) -> None:
    hold(lambda text: parse_inventory(text, file="inventory.yaml"), broken(INVENTORY, random.Random(seed)))
