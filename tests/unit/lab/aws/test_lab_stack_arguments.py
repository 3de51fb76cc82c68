"""What `scripts/infra` takes and refuses before anything is started."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stormproof.lab.aws.lab_stack import main


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("stormproof.lab.aws.lab_stack._hear_ends", lambda: None)
    for name in ("Pulumi.yaml", "Pulumi.lab.yaml", "Pulumi.prod-vault.yaml"):
        (tmp_path / name).write_text("name: shop\n")
    return tmp_path


@pytest.mark.parametrize("words", [["up", "--stack", "prod-vault"], ["--every"], ["destroy", "--every"]])
def test_only_the_lab_stack_is_ever_made(words: list[str], project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--project", str(project)]) == 2
    assert "error SP952" in capsys.readouterr().err


def test_a_stack_that_is_not_there_is_refused_with_those_that_are(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["preview", "--stack", "prod", "--project", str(project)]) == 2
    assert "choose one of: lab prod-vault" in capsys.readouterr().err


def test_without_an_engine_it_ends_with_69_and_one_document(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "--project", str(project)]) == 69
    document = json.loads(capsys.readouterr().out)
    assert document["exit_code"] == 69
    assert document["error"]["code"] == "SP947"
    assert document["stacks"] == []


BROKEN = """
import sys, stormproof.lab.aws.lab_stack as infra
infra._stacks = lambda args, project: 1 // 0
sys.argv = ["infra"]
sys.excepthook = infra._mistake
infra.main([])
"""


def test_a_mistake_of_ours_ends_with_70_and_a_report_instead_of_a_traceback(tmp_path: Path) -> None:
    environment = {**os.environ, "STORMPROOF_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", BROKEN], env=environment, capture_output=True, text=True, timeout=60)
    (report,) = (tmp_path / "infra").glob("mistake-*.txt")
    assert done.returncode == 70
    assert "Traceback" not in done.stderr
    assert "error SP950: this is a mistake of ours: ZeroDivisionError" in done.stderr
    assert f"where: {report}" in done.stderr
    assert "ZeroDivisionError" in report.read_text()
    assert report.stat().st_mode & 0o77 == 0
