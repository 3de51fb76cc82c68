"""The edge: whatever happens becomes an exit code, one JSON document, and never a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stormproof.cli import version
from stormproof.cli.main import main
from stormproof.core.errors import Interrupted


@pytest.fixture(autouse=True)
def _quiet_signals(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("stormproof.cli.main._listen_for_ends", lambda: None)
    monkeypatch.setenv("STORMPROOF_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


def test_help_and_version_need_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert main(["--help"]) == 0
    assert main(["help", "drill", "run"]) == 0
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.rstrip().endswith("stormproof 0.1.0")


def test_an_error_is_one_json_document_with_the_exit_code(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["drill", "list", "--json"]) == 2
    told = capsys.readouterr()
    document = json.loads(told.out)
    assert document["exit_code"] == 2
    assert document["error"]["code"] == "SP120"
    assert document["error"]["where"] == str(tmp_path)
    assert told.err.startswith("error SP120: there is no project here")


def test_a_mistake_in_the_grammar_is_told_as_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drlil", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["what"] == "there is no 'drlil' here"


def test_json_behind_the_dashes_is_not_ours(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", "shell", "nowhere", "--", "--json"]) == 2
    assert capsys.readouterr().out == ""


def test_a_misspelt_setting_stops_every_verb(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STORMPROOF_HOEM", "x")
    assert main(["version"]) == 2
    assert capsys.readouterr().err.startswith("error SP101: unknown environment variable STORMPROOF_HOEM")


def test_a_mistake_of_ours_is_a_report_file_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def broken(call: object) -> int:
        raise ZeroDivisionError("the inner words")

    monkeypatch.setattr(version, "run", broken)
    assert main(["version", "--json"]) == 70
    told = capsys.readouterr()
    assert "Traceback" not in told.err + told.out
    error = json.loads(told.out)["error"]
    assert error["what"] == "this is a mistake of ours: ZeroDivisionError: the inner words"
    report = Path(error["where"])
    assert report.parent == tmp_path / "state" / "mistakes"
    assert report.stat().st_mode & 0o777 == 0o600
    assert "ZeroDivisionError" in report.read_text()


@pytest.mark.parametrize("code", [0, 3, "words", None])
def test_what_ends_the_process_behind_our_back_does_not_pass_for_an_answer(
    code: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def leaves(call: object) -> int:
        raise SystemExit(code)

    monkeypatch.setattr(version, "run", leaves)
    assert main(["version", "--json"]) == 70
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "SP170"


def test_a_report_of_ours_shows_no_values_of_a_users_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from stormproof.cli.mistake import write_report

    place = write_report(ValueError("x"), ["runbook", "run", "b", "--parameter", "k=hidden", "--", "hidden"], {})
    assert "hidden" not in Path(place.where).read_text()
    Path(place.where).unlink()


@pytest.mark.parametrize(("raised", "code"), [(KeyboardInterrupt(), 130), (Interrupted("x", where="y", fix="z"), 130)])
def test_an_interruption_has_its_own_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], raised: BaseException, code: int
) -> None:
    def interrupted(call: object) -> int:
        raise raised

    monkeypatch.setattr(version, "run", interrupted)
    assert main(["version", "--json"]) == code
    assert json.loads(capsys.readouterr().out)["exit_code"] == code


def test_quiet_keeps_errors(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drill", "list", "-q"]) == 2
    assert capsys.readouterr().err.startswith("error SP120")
