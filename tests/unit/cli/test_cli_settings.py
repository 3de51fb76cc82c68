"""Where the project and its state are. Looking creates nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from stormproof.cli.settings import check_environment, find_folder, home, load_project, state_name
from stormproof.core.errors import Refused, SpecInvalid


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "My Shop"
    (folder / "below").mkdir(parents=True)
    (folder / "stormproof.toml").write_text('inventory = "lab"\n')
    return folder


def test_the_nearest_project_upwards_is_used(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project / "below")
    assert find_folder(None, {}) == project


def test_the_flag_wins_over_the_variable(project: Path) -> None:
    assert find_folder(str(project), {"STORMPROOF_PROJECT": "/nowhere"}) == project
    assert find_folder(None, {"STORMPROOF_PROJECT": str(project)}) == project


def test_a_folder_that_is_no_project_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused) as caught:
        find_folder(str(tmp_path), {})
    assert str(caught.value) == (
        f"error SP120: there is no project: {tmp_path}/stormproof.toml does not exist\n"
        f"  where: -C {tmp_path}\n"
        f"  fix:   name a project's folder, or make one: `stormproof init {tmp_path}`"
    )
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Refused) as caught:
        find_folder(None, {})
    assert str(caught.value) == (
        "error SP120: there is no project here: neither this folder nor one above it has stormproof.toml\n"
        f"  where: {tmp_path}\n"
        "  fix:   go to a project's folder, name it with -C DIR, or make one: `stormproof init`"
    )


def test_state_goes_where_the_variable_says_else_where_xdg_says() -> None:
    assert home({"STORMPROOF_HOME": "/s", "XDG_STATE_HOME": "/x"}) == Path("/s")
    assert home({"XDG_STATE_HOME": "/x"}) == Path("/x/stormproof")
    assert home({"XDG_STATE_HOME": "relative"}) == Path.home() / ".local/state/stormproof"


def test_two_projects_of_one_name_have_states_of_their_own() -> None:
    one, other = state_name(Path("/a/shop")), state_name(Path("/b/shop"))
    assert one != other
    assert one.startswith("shop-")
    assert state_name(Path("/x/My Shop!")).startswith("My-Shop-")
    assert state_name(Path("/")).startswith("project-")


def test_looking_at_a_project_creates_nothing(project: Path, tmp_path: Path) -> None:
    found = load_project(str(project), {"STORMPROOF_HOME": str(tmp_path / "state")}, {})
    assert found.state == tmp_path / "state" / state_name(project)
    assert (found.runbooks, found.drills, found.inventory) == (project / "runbooks", project / "drills", None)
    assert not (tmp_path / "state").exists()
    assert found.make_state().stat().st_mode & 0o777 == 0o700


def test_a_misspelt_variable_of_ours_is_refused() -> None:
    check_environment({"STORMPROOF_HOME": "/s", "STORMPROOF_LAB_RATE": "5", "OTHER_STORMPROOF_X": "1"})
    with pytest.raises(SpecInvalid) as caught:
        check_environment({"STORMPROOF_LAB_SIEZ": "5"})
    assert "did you mean 'STORMPROOF_LAB_SIZE'?" in caught.value.fix
