"""`reference capture` refuses what it can tell without asking any host."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stormproof.cli.main import main


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    monkeypatch.setattr("stormproof.cli.main._listen_for_ends", lambda: None)
    monkeypatch.setenv("STORMPROOF_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    assert main(["init", "p"]) == 0
    capsys.readouterr()
    return tmp_path / "p"


def refused(project: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, str]:
    assert main(["-C", str(project), "reference", "capture", *words, "--json"]) == 2
    error: dict[str, str] = json.loads(capsys.readouterr().out)["error"]
    return error


def test_a_service_that_there_is_not_is_refused_with_the_nearest(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(project, capsys, "orders", "--label", "20261123-040000F") == {
        "code": "SP243",
        "what": "there is no service 'orders'",
        "where": "inventory, services",
        "fix": "did you mean 'orders-db'? use one of: orders-db, shop, uploads",
    }
    assert not (project.parent / "state").exists()


@pytest.mark.parametrize("label", ["../20261123-040000F", ".hidden", "a b", "", "x" * 121])
def test_a_label_that_is_no_files_name_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], label: str
) -> None:
    assert refused(project, capsys, "orders-db", "--label", label) == {
        "code": "SP280",
        "what": f"'{label}' is no backup's label",
        "where": "--label",
        "fix": "take it from `pgbackrest info`, such as 20261123-040000F",
    }


def test_a_label_has_to_be_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(project, capsys, "orders-db") == {
        "code": "SP100",
        "what": "--label is missing",
        "where": "stormproof reference capture",
        "fix": "see `stormproof reference capture --help`",
    }
