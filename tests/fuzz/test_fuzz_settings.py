"""Settings, drills and inventories that somebody mistyped: every mistake in words, and none that means something else."""

from __future__ import annotations

import json
import random
import string
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import assume, example, given
from hypothesis import strategies as st
from mutating import VALUES, broken_documents, broken_texts, outcome
from spec_samples import INVENTORY, SOUND_DRILL, inventory

from stormproof.core.drill_text import Known, parse_drill
from stormproof.core.errors import SpecInvalid
from stormproof.core.inventory import Inventory
from stormproof.core.inventory_text import parse_inventory
from stormproof.core.project_settings import VARIABLES, ProjectSettings, read_settings, unknown_variables

KNOWN = Known({"restore_shop": "application"}, inventory(lab=True), datetime(2026, 11, 23, tzinfo=UTC))
TOML = """inventory = "lab"
runbooks = "runbooks"
drills = "drills"
journal = "host=db dbname=journal"
[lab]
profile = "stream"
size = "300MB"
rate = 20.0
synchronous = false
"""
KEYS = sorted({line.split(" =")[0] for line in TOML.splitlines() if " =" in line})


def settings_of(toml: str, environment: dict[str, str] | None = None) -> Any:
    return outcome(lambda: read_settings(toml, file="stormproof.toml", environment=environment or {}, flags={}))


def drill_of(text: str) -> Any:
    return outcome(lambda: parse_drill(text, file="shop-latest.yaml", known=KNOWN))


def inventory_of(text: str) -> Any:
    return outcome(lambda: parse_inventory(text, file="inventory.yaml", folder="/project"))


@given(broken_texts(TOML))
@example("rate = " + "[" * 5000)
@example('[lab]\nsize = "\ud800"\n')
@example("[lab]\nrate = " + "9" * 5000)
def test_settings_are_read_or_every_mistake_is_named(text: str) -> None:
    found = settings_of(text)
    assert isinstance(found, ProjectSettings | SpecInvalid)


@given(
    st.dictionaries(
        st.sampled_from(sorted(VARIABLES)),
        st.one_of(st.text(), st.sampled_from([str(v) for v in VALUES if v is not None])),
    )
)
@example({"STORMPROOF_LAB_SIZE": "\udcff"})  # a byte that is no UTF-8, as Python hands it on
def test_any_environment_is_read_or_every_mistake_is_named(environment: dict[str, str]) -> None:
    found = settings_of(TOML, environment)
    assert isinstance(found, ProjectSettings | SpecInvalid)


@given(st.text(string.ascii_uppercase + "_", min_size=1, max_size=20))
def test_a_variable_of_ours_that_nobody_knows_is_never_ignored(rest: str) -> None:
    name = f"STORMPROOF_{rest}"
    assume(name not in VARIABLES)
    assert len(unknown_variables({name: "x"}, ())) == 1


def mistyped(draw: st.DrawFn, word: str) -> str:
    """A key with one letter gone, doubled, swapped with its neighbour or replaced."""
    at = draw(st.integers(0, len(word) - 1))
    how = draw(st.sampled_from(("gone", "double", "swap", "other")))
    if how == "gone":
        return word[:at] + word[at + 1 :]
    if how == "double":
        return word[:at] + word[at] + word[at:]
    if how == "swap":
        return word[:at] + word[at : at + 2][::-1] + word[at + 2 :]
    return word[:at] + draw(st.sampled_from(string.ascii_lowercase)) + word[at + 1 :]


@given(st.data())
def test_a_mistyped_key_of_the_settings_is_refused(data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(KEYS))
    wrong = mistyped(data.draw, key)
    assume(wrong not in KEYS and wrong != "")
    assert isinstance(settings_of(TOML.replace(f"{key} =", f"{wrong} =", 1)), SpecInvalid)


def keys_in(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of every key that we give a meaning to; names that people choose (hosts, environments …) are left out."""
    found = []
    if isinstance(document, dict):
        for key, value in document.items():
            chosen_by_people = path in (("environments",), ("hosts",), ("services",)) or path[-1:] == ("witness",)
            if not chosen_by_people:
                found.append((*path, key))
            found += keys_in(value, (*path, key))
    elif isinstance(document, list):
        for number, value in enumerate(document):
            found += keys_in(value, (*path, number))
    return found


def renamed(document: Any, path: tuple[Any, ...], name: str) -> Any:
    made = json.loads(json.dumps(document))
    here = made
    for part in path[:-1]:
        here = here[part]
    here[name] = here.pop(path[-1])
    return made


DRILL, SITE = yaml.safe_load(SOUND_DRILL), yaml.safe_load(INVENTORY)


@pytest.mark.parametrize(("document", "read"), [(DRILL, drill_of), (SITE, inventory_of)], ids=["drill", "inventory"])
@given(data=st.data())
def test_a_mistyped_key_is_never_ignored(document: Any, read: Any, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(keys_in(document)))
    wrong = mistyped(data.draw, path[-1])
    here = document
    for part in path[:-1]:
        here = here[part]
    assume(wrong not in here and wrong not in {str(p[-1]) for p in keys_in(document)})
    assert isinstance(read(yaml.safe_dump(renamed(document, path, wrong))), SpecInvalid)


@given(broken_documents(DRILL, most=2))
@example(DRILL | {"window": {"min": "\ud800"}})
@example(DRILL | {"\ud800": "x"})
def test_a_drill_that_is_taken_means_what_it_prints(document: Any) -> None:
    spec = drill_of(yaml.safe_dump(document))
    if not isinstance(spec, SpecInvalid):
        again = drill_of(yaml.safe_dump(json.loads(json.dumps(spec.as_json()))))
        assert not isinstance(again, SpecInvalid), again
        assert again.as_json() == spec.as_json()


@given(broken_texts(SOUND_DRILL))
@example(SOUND_DRILL.replace("rto: 5m", "rto: 5"))
@example("&a [*a]\n")
@example("a: &a [*a,*a]\n")
def test_any_text_is_a_drill_or_mistakes(text: str) -> None:
    found = drill_of(text)
    if isinstance(found, SpecInvalid):
        assert found.problems


@given(broken_texts(INVENTORY))
def test_any_text_is_an_inventory_or_mistakes(text: str) -> None:
    found = inventory_of(text)
    assert isinstance(found, Inventory | SpecInvalid)


@given(broken_documents(SITE, most=1))
@example(SITE | {"secrets": {"source": "\ud800"}})
def test_production_is_never_unprotected_by_a_change_elsewhere(document: Any) -> None:
    environments = document.get("environments") if isinstance(document, dict) else None
    production = environments.get("production") if isinstance(environments, dict) else None
    found = inventory_of(yaml.safe_dump(document))
    if isinstance(found, Inventory) and production == {"protected": True}:
        theirs = {
            n for n, h in document["hosts"].items() if isinstance(h, dict) and h.get("environment") == "production"
        }
        assert theirs <= found.protected_hosts()


@pytest.mark.parametrize("size", [10_000, 200_000])
def test_a_long_hostile_text_is_answered(size: int) -> None:
    """What makes a careless expression go back over itself for ever: the answer comes, whatever it is."""
    draw = random.Random(1)
    for text in (" " * size, "a" * size, "- " * size, "0" * size, "{" * size, "a: " * size, "#" * size, "\n" * size):
        drill_of(text)
        inventory_of(text)
        settings_of(text)
        drill_of(SOUND_DRILL.replace("5m", text[:5000]))
        settings_of(TOML.replace("300MB", draw.choice(("9" * 5000, "1" + "0" * 4000 + "MB", "M" * 5000))))
