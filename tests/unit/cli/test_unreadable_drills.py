"""A drill whose file cannot be read is listed with why, and is a mistake of its own: nobody would miss it otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from stormproof.cli.init import starting_files
from stormproof.cli.main import main


@pytest.fixture
def drills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with drills of a starting project, which is the current one."""
    for name, text in starting_files().items():
        if name == "stormproof.toml" or name.startswith(("drills/", "runbooks/")):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STORMPROOF_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("stormproof.cli.main._listen_for_ends", lambda: None)
    return tmp_path / "drills"


def not_utf8(path: Path) -> None:
    path.write_bytes(b"\xff\xfe")


def broken_link(path: Path) -> None:
    path.symlink_to("away.yaml")


def circle(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.parametrize(
    ("harm", "what", "where"),
    [
        (not_utf8, "the file is not UTF-8", "drills/mine.yaml, byte 0"),
        (broken_link, "there is no such file", "drills/mine.yaml"),
        (circle, "the file cannot be read (Too many levels of symbolic links)", "drills/mine.yaml"),
    ],
)
def test_a_drill_that_cannot_be_read_is_named(
    harm: Callable[[Path], None], what: str, where: str, drills: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    harm(drills / "mine.yaml")
    assert main(["drill", "check", "--json"]) == 2
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert (problem["what"], problem["where"]) == (what, where)
    assert main(["drill", "list", "--json"]) == 0
    told = capsys.readouterr()
    (mine,) = [entry for entry in json.loads(told.out)["drills"] if entry["drill"] == "mine"]
    assert [one["what"] for one in mine["problems"]] == [what]
    assert told.err == ""
