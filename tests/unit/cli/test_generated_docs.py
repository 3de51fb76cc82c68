"""Pages made from the code are up to date, and the drills and settings that we ship are sound."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stormproof.cli import generate_docs
from stormproof.cli.init import TEMPLATES, starting_files
from stormproof.core.drill_text import parse_drill
from stormproof.core.errors import StormproofError
from stormproof.core.inventory_text import parse_inventory
from stormproof.core.project_settings import ProjectSettings, read_settings

ROOT = Path(generate_docs.__file__).resolve().parents[3]


@pytest.mark.parametrize("name", list(generate_docs.pages()))
def test_a_generated_page_is_up_to_date(name: str) -> None:
    assert (ROOT / name).read_text() == generate_docs.pages()[name], "run python -m stormproof.cli.generate_docs"


def test_every_error_has_a_code_and_each_code_one_owner() -> None:
    generate_docs.import_everything()
    owners: dict[int, str] = {}
    for error in generate_docs._subclasses(StormproofError):
        if "exit_code" in error.__dict__:
            assert error.exit_code not in owners, f"{error.__name__} and {owners[error.exit_code]} share a code"
            owners[error.exit_code] = error.__name__
            assert error.meaning


def test_the_schema_names_what_the_interface_promises() -> None:
    promised = {
        "schema", "drill", "run", "mode", "verdict", "exit_code", "scenario", "isolation_level", "targets", "figures",
        "phases", "unaccounted_s", "bottlenecks", "isolation", "checks", "negative_controls", "findings", "disarmed",
        "discarded_writes", "checks_seconds", "tear_down_seconds", "recovery_points", "cleanup", "evidence", "versions",
    }  # fmt: skip
    assert set(json.loads(generate_docs.result_schema())["properties"]) >= promised


@pytest.mark.parametrize("path", sorted((ROOT / "drills").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_shipped_drill_is_sound(path: Path) -> None:
    assert parse_drill(path.read_text(), file=str(path)).drill == path.stem


def test_the_starting_settings_are_the_checkouts_own_and_say_the_defaults() -> None:
    text = starting_files()["stormproof.toml"]
    assert text == (ROOT / "stormproof.toml").read_text()
    assert read_settings(text, file="x", environment={}, flags={}) == ProjectSettings()


def test_the_starting_inventory_is_whole_once_its_keys_are_filled_in() -> None:
    text = starting_files()["inventory.yaml"]
    inventory = parse_inventory(text.replace('"…"', '"ssh-ed25519 AAAA"'), file="inventory.yaml")
    assert inventory.protected_hosts() == {"app-primary", "app-web"}
    assert not inventory.lab


def test_a_starting_project_has_a_runbook_a_drill_and_a_workflow() -> None:
    names = set(starting_files())
    assert names >= {*TEMPLATES, "runbooks/restore_shop.py", "drills/shop-latest.yaml"}


def test_a_starting_project_has_the_whole_program_and_its_stacks() -> None:
    content = starting_files()
    source = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "infra").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert source - set(content) == set(), "a kind of file that `stormproof init` does not copy"
    stacks = {path.name for path in ROOT.glob("Pulumi*.yaml")}
    assert len(stacks) > 5
    assert stacks <= set(content)
    assert not {name for name in content if "encryptionsalt" in content[name] and name.startswith("Pulumi")}
