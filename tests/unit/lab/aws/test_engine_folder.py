"""The private folder of a rehearsal, and the project as the engine is shown it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from stormproof.core.errors import Refused, SetupFailed
from stormproof.lab.aws.engine_folder import place_of, private_folder, shadow_project, shipped_stacks


def project(folder: Path, **options: str) -> Path:
    folder.mkdir()
    settings = {"name": "shop", "runtime": {"name": "python", "options": options}}
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(settings))
    (folder / "Pulumi.lab.yaml").write_text("config: {}\n")
    (folder / "infra").mkdir()
    return folder


def test_the_folder_is_private_and_gone_afterwards(tmp_path: Path) -> None:
    with private_folder(tmp_path / "infra") as folder:
        assert folder.stat().st_mode & 0o77 == 0
        (folder / "state").mkdir()
    assert list((tmp_path / "infra").iterdir()) == []


def test_it_is_gone_after_a_failure_too(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="wrong"), private_folder(tmp_path / "infra"):
        raise ValueError("wrong")
    assert list((tmp_path / "infra").iterdir()) == []


def test_what_a_killed_one_left_is_removed_and_what_one_that_runs_has_is_not(tmp_path: Path) -> None:
    place = tmp_path / "infra"
    (place / "rehearsal-killed").mkdir(parents=True)
    (place / "rehearsal-killed" / ".in-use").touch()
    (place / "rehearsal-killed-while-it-was-removed" / "state").mkdir(parents=True)
    with private_folder(place) as first, private_folder(place) as second:
        assert sorted(place.iterdir()) == sorted([first, second])


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SetupFailed, match="no folder for the rehearsal"), private_folder(tmp_path / "file" / "infra"):
        pass


def test_what_the_engine_writes_into_the_settings_does_not_reach_the_project(tmp_path: Path) -> None:
    real = project(tmp_path / "real")
    shadow = shadow_project(real, tmp_path)
    (shadow / "Pulumi.lab.yaml").write_text("encryptionsalt: v1\n")
    assert (real / "Pulumi.lab.yaml").read_text() == "config: {}\n"
    assert (shadow / "infra").resolve() == real / "infra"


def test_a_relative_virtual_environment_is_still_found(tmp_path: Path) -> None:
    real = project(tmp_path / "real", virtualenv=".venv")
    (real / ".venv" / "bin").mkdir(parents=True)
    (real / ".venv" / "bin" / "python").touch()
    settings = yaml.safe_load((shadow_project(real, tmp_path) / "Pulumi.yaml").read_text())
    assert settings["runtime"]["options"]["virtualenv"] == str(real / ".venv")


def test_a_virtual_environment_that_is_not_there_is_said_before_the_engine_starts(tmp_path: Path) -> None:
    with pytest.raises(SetupFailed, match="virtual environment") as raised:
        shadow_project(project(tmp_path / "real", virtualenv="../.venv"), tmp_path)
    assert "../.venv" in raised.value.where


@pytest.mark.parametrize("text", ["a: [", "just a word", None])
def test_a_project_that_cannot_be_read_is_refused(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "Pulumi.yaml").write_text(text)
    with pytest.raises(Refused, match="project"):
        shadow_project(tmp_path, tmp_path)


def test_stacks_are_those_with_settings(tmp_path: Path) -> None:
    for name in ("Pulumi.yaml", "Pulumi.prod-vault.yaml", "Pulumi.lab.yaml", "Pulumi.lab.yml"):
        (tmp_path / name).touch()
    assert shipped_stacks(tmp_path) == ["lab", "prod-vault"]


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        ({"STORMPROOF_HOME": "/srv/sp"}, "/srv/sp/infra"),
        ({"XDG_STATE_HOME": "/srv/state"}, "/srv/state/stormproof/infra"),
        ({"XDG_STATE_HOME": "relative"}, str(Path.home() / ".local/state/stormproof/infra")),
    ],
)
def test_the_place_follows_the_house_s_settings(environment: dict[str, str], place: str) -> None:
    assert str(place_of(environment)) == place
