"""Settings: file, environment, flags; later wins; a mistake names the place that it came from."""

from __future__ import annotations

from typing import Any

import pytest

from stormproof.core.errors import SpecInvalid
from stormproof.core.project_settings import ProjectSettings, read_settings, unknown_variables

TOML = 'inventory = "lab"\n\n[lab]\nsize = "300MB"\nrate = 20\nprofile = "stream"\n'


def read(
    toml: str | None = TOML, environment: dict[str, str] | None = None, flags: dict[tuple[str, ...], Any] | None = None
) -> ProjectSettings:
    return read_settings(toml, file="stormproof.toml", environment=environment or {}, flags=flags or {})


def wrong(**given: Any) -> list[tuple[str, str, str]]:
    with pytest.raises(SpecInvalid) as caught:
        read(**given)
    return [(p.what, p.where, p.fix) for p in caught.value.problems]


def test_later_places_win() -> None:
    environment = {
        "STORMPROOF_LAB_PROFILE": "async",
        "STORMPROOF_LAB_SIZE": "2GB",
        "STORMPROOF_LAB_SYNCHRONOUS": "true",
    }
    settings = read(environment=environment, flags={("lab", "profile"): "archive", ("lab", "rate"): 5.0})
    assert (settings.lab.profile, settings.lab.size_mb, settings.lab.rate, settings.lab.synchronous) == (
        "archive",
        2000,
        5.0,
        True,
    )


def test_an_empty_variable_counts_as_not_given() -> None:
    assert read(environment={"STORMPROOF_INVENTORY": ""}).inventory == "lab"


def test_without_a_file_the_defaults_hold() -> None:
    assert read(None) == ProjectSettings()


@pytest.mark.parametrize(
    ("given", "what", "where", "fix"),
    [
        ({"toml": 'inventry = "lab"\n'}, "unknown key 'inventry'", "stormproof.toml:1",
         "did you mean 'inventory'? use one of: drills, inventory, journal, lab, runbooks"),
        ({"toml": "[lab]\nsize = 300\n"}, "lab.size: '300' has no unit", "stormproof.toml:2",
         "write 300MB if you mean that; write for example 300MB or 2GiB"),
        ({"toml": '[lab]\nprofile = "steam"\n'}, "'lab.profile' cannot be 'steam'", "stormproof.toml:2",
         "did you mean 'stream'? use one of: archive, async, stream"),
        ({"toml": "a = \n"}, "this is not TOML: Invalid value", "stormproof.toml:1", "correct that line"),
        ({"environment": {"STORMPROOF_LAB_SIZE": "300"}}, "lab.size: '300' has no unit",
         "environment variable STORMPROOF_LAB_SIZE", "write 300MB if you mean that; write for example 300MB or 2GiB"),
        ({"environment": {"STORMPROOF_LAB_PROFILE": "x"}}, "'lab.profile' cannot be 'x'",
         "environment variable STORMPROOF_LAB_PROFILE", "use one of: archive, async, stream"),
        ({"flags": {("lab", "rate"): -1.0}}, "'lab.rate': it must be greater than or equal to 0", "flag --rate",
         "write a larger number"),
        ({"toml": 'journal = "journal.sqlite"\n'}, "journal: 'journal.sqlite' is no connection string of PostgreSQL",
         "stormproof.toml:1",
         "write for example postgresql://HOST/DATABASE, or leave it out: the journal is then a file of its own"),
        ({"environment": {"STORMPROOF_JOURNAL": "postgresql://u:p@h/d"}},
         "journal: a password does not belong into settings", "environment variable STORMPROOF_JOURNAL",
         "leave it out here and put it into PGPASSFILE"),
    ],
)  # fmt: skip
def test_a_mistake_names_the_place_that_it_came_from(given: dict[str, Any], what: str, where: str, fix: str) -> None:
    assert wrong(**given) == [(what, where, fix)]


def test_every_mistake_of_every_place_is_told() -> None:
    assert len(wrong(toml='x = 1\n[lab]\nsize = "1"\n', environment={"STORMPROOF_LAB_PROFILE": "x"})) == 3


def test_an_unknown_variable_with_our_prefix_names_the_nearest() -> None:
    names = {"STORMPROOF_HOEM": "x", "STORMPROOF_HOME": "x", "OTHER": "x", "STORMPROOF_LAB_SIZE": "1MB"}
    (problem,) = unknown_variables(names, ("STORMPROOF_HOME",))
    assert (problem.what, problem.where) == (
        "unknown environment variable STORMPROOF_HOEM",
        "environment variable STORMPROOF_HOEM",
    )
    assert problem.fix.startswith("did you mean 'STORMPROOF_HOME'? use one of: STORMPROOF_DRILLS, ")
