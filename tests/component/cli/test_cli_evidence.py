"""Evidence and its views through the command line: what holds, what was changed, what nobody could verify."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from stormproof.adapters.evidence_store import EvidenceStore
from stormproof.adapters.signing import load_or_create_signer, public_key_path
from stormproof.cli.main import main
from stormproof.cli.settings import state_name
from stormproof.core.drill_result import DrillResult, EvidencePlace, Figures, Scenario, Targets
from stormproof.core.figures import Figure
from stormproof.core.verdict import Verdict

pytestmark = pytest.mark.component

RUNS = ("20261116T041500Z-11aa", "20261123T041500Z-7f3a")


def result(run: str, rto_seconds: float) -> DrillResult:
    no = Figure.unmeasured("not part of this test")
    return DrillResult(
        drill="shop-latest", title="The shop comes back", service="shop", runbook="restore_shop", run=run,
        verdict=Verdict.MET, exit_code=0, started=datetime(2026, 11, 23, 4, 15, tzinfo=UTC),
        scenario=Scenario(kind="loss"), isolation_level="root-namespaces", targets=Targets(rto_s=300.0, rpo_s=60.0),
        figures=Figures(
            rto_service_s=Figure(value=rto_seconds, uncertainty_s=0.02, source="first verified write and read"),
            rto_job_s=no, rpo_point_s=no, rpo_data_s=no, rpo_consistent_s=no, acknowledged_writes_lost=no,
        ),
    )  # fmt: skip


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two signed runs; answers its state folder."""
    project = tmp_path / "shop"
    (project / "drills").mkdir(parents=True)
    (project / "stormproof.toml").write_text("")
    (project / "drills" / "shop-latest.yaml").write_text("drill: shop-latest\n")
    home = tmp_path / "home"
    state = home / state_name(project)
    state.mkdir(parents=True)
    store = EvidenceStore(state / "evidence", load_or_create_signer(state / "keys"))
    store.check_writable()
    for run, seconds in zip(RUNS, (11.2, 14.9), strict=True):
        store.sign_start(run, {"drill": "shop-latest"})
        store.sign_result(result(run, seconds), [])
    monkeypatch.setenv("STORMPROOF_HOME", str(home))
    monkeypatch.chdir(project)
    monkeypatch.setattr("stormproof.cli.main._listen_for_ends", lambda: None)
    return state


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Any, str]]:
    """Run a verb with --json: exit code, document, standard error."""

    def asked(*words: str) -> tuple[int, Any, str]:
        capsys.readouterr()
        code = main([*words, "--json"])
        said = capsys.readouterr()
        return code, json.loads(said.out), said.err

    return asked


def test_records_are_listed_newest_first(state: Path, ask: Callable[..., tuple[int, Any, str]]) -> None:
    code, document, _ = ask("evidence", "list")
    assert code == 0
    assert [(entry["run"], entry["kind"]) for entry in document["records"]] == [
        (RUNS[1], "result"), (RUNS[1], "start"), (RUNS[0], "result"), (RUNS[0], "start"),
    ]  # fmt: skip


def test_sound_evidence_holds_and_names_its_anchor(state: Path, ask: Callable[..., tuple[int, Any, str]]) -> None:
    code, document, _ = ask("evidence", "verify")
    assert (code, document["ok"], document["files"]) == (0, True, 4)
    assert ask("evidence", "verify", "--anchor", document["newest"]["sha256"])[0] == 0
    assert ask("evidence", "verify", "--anchor", "0" * 64)[0] == 3


def test_a_changed_record_is_named_and_its_report_says_so_on_top(
    state: Path, ask: Callable[..., tuple[int, Any, str]]
) -> None:
    code, sound, told = ask("report", "latest", "--format", "html")
    assert (code, sound["verified"], told) == (0, True, "")
    assert "does NOT verify" not in sound["text"]
    head = state / "evidence" / f"{RUNS[0]}.dsse.json"
    head.write_text(head.read_text().replace('"sig":"', '"sig":"A'))
    code, document, _ = ask("evidence", "verify")
    assert code == 3
    assert any(RUNS[0] in problem["file"] for problem in document["problems"])
    for form in ("html", "markdown", "junit"):
        code, document, told = ask("report", RUNS[0], "--format", form)
        assert (code, document["verified"]) == (3, False), form
        assert "does NOT verify" in document["text"], form
        assert told.startswith("THIS EVIDENCE DOES NOT HOLD")


def test_without_a_key_nothing_counts_as_verified(state: Path, ask: Callable[..., tuple[int, Any, str]]) -> None:
    public_key_path(state / "keys").unlink()
    code, document, told = ask("evidence", "show", "latest")
    assert (code, document["verified"]) == (4, None)
    assert told == ""
    assert document["note"].startswith("NOT VERIFIED: the project has no public key at ")


@pytest.mark.parametrize(
    ("form", "sign"),
    [("html", "<!doctype html>"), ("junit", "<testsuites"), ("markdown", "shop-latest"), ("openmetrics", "# EOF")],
)
def test_a_view_goes_to_a_file_or_to_standard_output(
    form: str, sign: str, state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", RUNS[1], "--format", form]) == 0
    shown = capsys.readouterr().out
    assert sign.lower() in shown.lower()
    path = tmp_path / "new" / f"report.{form}"
    assert main(["report", RUNS[1], "--format", form, "-o", str(path), "-q"]) == 0
    assert path.read_text() == shown
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_the_json_view_is_the_result_itself(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["report", RUNS[1], "--format", "json"], ["report", RUNS[1], "--format", "json", "--json"]):
        assert main(words) == 0
        shown = DrillResult.model_validate_json(capsys.readouterr().out)
        assert shown.evidence.path == str(state / "evidence" / f"{RUNS[1]}.dsse.json")
        assert shown.model_copy(update={"evidence": EvidencePlace()}) == result(RUNS[1], 14.9)


def test_history_and_comparison_read_what_was_signed(state: Path, ask: Callable[..., tuple[int, Any, str]]) -> None:
    code, document, _ = ask("drill", "history", "shop-latest")
    assert code == 0
    assert [entry["rto_s"] for entry in document["drills"][0]["entries"]] == [11.2, 14.9]
    code, document, _ = ask("drill", "compare", *RUNS)
    assert (code, document["a"], document["b"]) == (0, *RUNS)


def test_a_file_that_is_no_run_s_is_named_in_the_list_and_never_the_latest(
    state: Path, ask: Callable[..., tuple[int, Any, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    (state / "evidence" / "zzz.dsse.json").write_text("garbage")
    assert ask("report", "latest")[1]["run"] == RUNS[1]
    assert main(["evidence", "list"]) == 4
    assert "zzz.dsse.json" in capsys.readouterr().out


def test_an_unknown_run_names_the_nearest(state: Path, ask: Callable[..., tuple[int, Any, str]]) -> None:
    code, document, _ = ask("report", "20261123T041500Z-7f3b")
    assert code == 2
    assert document["error"]["what"] == "there is no evidence of run '20261123T041500Z-7f3b'"
    assert document["error"]["fix"] == f"did you mean '{RUNS[1]}'? use one of: {RUNS[0]}, {RUNS[1]}"
    assert ask("drill", "history", "shop-latst")[0] == 2


@pytest.mark.parametrize(
    "words",
    [
        ["evidence", "verify", "--key", "missing.pub"],
        ["evidence", "verify", "missing.dsse.json"],
        ["evidence", "verify", "missing-folder"],
        ["evidence", "show", "latest", "--key", "missing.pub"],
        ["evidence", "show", "./missing.dsse.json"],
        ["report", "latest", "--key", "missing.pub"],
        ["report", "latest", "-o", "drills"],
        ["report", "latest", "-o", "stormproof.toml/report.html"],
        ["report", "./drills"],
        ["evidence", "export", "stormproof.toml/new"],
        ["init", "stormproof.toml/new"],
        ["drill", "list", "-C", "stormproof.toml"],
        ["drill", "check", "--inventory", "missing.yaml"],
        ["infra", "check", "--preview", "missing.json"],
        ["infra", "check", "--state", "missing.json"],
        ["infra", "costs", "--config", "missing.yaml"],
        ["evidence", "verify", "--key", "~no-such-user-here/evidence.pub"],
    ],
)
def test_a_file_that_was_named_and_cannot_be_meant_is_refused(
    words: list[str], state: Path, ask: Callable[..., tuple[int, Any, str]]
) -> None:
    code, document, _ = ask(*words)
    assert (code, document["exit_code"]) == (2, 2)
    said = document["error"] if "error" in document else document["problems"][0]
    assert said["what"]
    assert said["fix"]


def test_what_was_exported_verifies_with_the_public_key_alone(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Callable[..., tuple[int, Any, str]]
) -> None:
    target = tmp_path / "auditor"
    code, document, _ = ask("evidence", "export", str(target))
    assert (code, document["records"]) == (0, 4)
    monkeypatch.chdir(target)
    monkeypatch.setenv("STORMPROOF_HOME", "/nowhere")
    words = ["evidence", "verify", ".", "--key", "evidence.pub", "--anchor", document["anchor"]]
    assert ask(*words)[0] == 0
    assert document["anchor"] in (target / "README").read_text()
    assert ask("evidence", "export", str(target))[0] == 2
    (target / f"{RUNS[1]}.dsse.json").unlink()
    assert ask(*words)[0] == 3


@pytest.mark.parametrize("copied", [0, 1, 4])
def test_an_export_is_whole_or_not_there(
    copied: int, state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Callable[..., tuple[int, Any, str]]
) -> None:
    target, really_copy, left = tmp_path / "auditor", shutil.copyfile, [copied]

    def copy_while_there_is_room(source: Path, place: Path) -> None:
        assert not target.exists()
        if not left[0]:
            raise OSError(errno.ENOSPC, "No space left on device", str(place))
        left[0] -= 1
        really_copy(source, place)

    before = sorted(tmp_path.iterdir())
    monkeypatch.setattr(shutil, "copyfile", copy_while_there_is_room)
    assert ask("evidence", "export", str(target))[0] == 69
    assert sorted(tmp_path.iterdir()) == before


def test_of_two_that_export_into_one_folder_at_once_one_has_made_it_whole(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Callable[..., tuple[int, Any, str]]
) -> None:
    target, really_copy, process = tmp_path / "auditor", shutil.copyfile, os.getpid()

    def be_overtaken(source: Path, place: Path) -> None:
        monkeypatch.setattr(shutil, "copyfile", really_copy)
        monkeypatch.setattr(os, "getpid", lambda: process + 1)
        assert ask("evidence", "export", str(target))[0] == 0
        monkeypatch.setattr(os, "getpid", lambda: process)
        really_copy(source, place)

    before = sorted(tmp_path.iterdir())
    monkeypatch.setattr(shutil, "copyfile", be_overtaken)
    assert ask("evidence", "export", str(target))[0] == 69
    assert sorted(tmp_path.iterdir()) == sorted([*before, target])
    assert len(list(target.iterdir())) == 4 + 2


def test_keygen_leaves_a_key_that_is_there(state: Path, ask: Callable[..., tuple[int, Any, str]]) -> None:
    code, document, _ = ask("evidence", "keygen")
    assert (code, document["created"]) == (0, False)
    assert document["public_pem"] == public_key_path(state / "keys").read_text()
