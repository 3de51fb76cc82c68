"""What a call names that there is not is refused by the plan and by the verb itself, before a lab is brought up for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stormproof.cli.main import main

RUN = "20261123T041500Z-7f3a"  # well formed


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STORMPROOF_HOME", str(tmp_path / "home"))
    assert main(["init", str(tmp_path / "project"), "-q"]) == 0
    return tmp_path / "project"


def said(project: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, object]]:
    capsys.readouterr()
    code = main(["-C", str(project), *words, "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("procedure=nope", "'nope' is no procedure (fix: write defaults, ssh, tls, or leave it out for the service's own)"),
        ("point=oldst", "'oldst' chooses no backup (fix: write one of: newest, oldest, random)"),
        ("target=yesterday", "'yesterday' is no instant with a zone (fix: write it as 2026-01-31T14:05:00Z, or with an "
         "offset such as +01:00)"),
        ("target=2026-01-31T14:05:00", "'2026-01-31T14:05:00' is no instant with a zone (fix: write it as "
         "2026-01-31T14:05:00Z, or with an offset such as +01:00)"),
    ],
)  # fmt: skip
def test_a_plan_refuses_a_value_that_the_run_would_refuse(
    project: Path, capsys: pytest.CaptureFixture[str], given: str, problem: str
) -> None:
    code, plan = said(project, capsys, "runbook", "plan", "restore_shop", "--parameter", given)
    assert code == plan["exit_code"] == 2
    problems = plan["problems"]
    assert isinstance(problems, list)
    assert f"postgres.choose_point: {problem}" in problems


@pytest.mark.parametrize("given", ["procedure=tls", "point=oldest", "target=2026-01-31T14:05:00+01:00"])
def test_a_plan_takes_a_value_that_there_is(project: Path, capsys: pytest.CaptureFixture[str], given: str) -> None:
    code, plan = said(project, capsys, "runbook", "plan", "restore_shop", "--parameter", given)
    assert (code, plan["problems"]) == (0, [])


def test_no_lab_is_brought_up_to_sweep_a_run_that_nobody_knows(
    project: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, answer = said(project, capsys, "drill", "sweep", RUN)
    assert (code, answer["error"]["code"]) == (2, "SP260")  # type: ignore[index]
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(("flag", "value"), [("--rounds", "5"), ("--rounds", "0"), ("--from", "ssh")])
def test_comparing_two_runs_takes_nothing_that_belongs_to_a_remedy(
    project: Path, capsys: pytest.CaptureFixture[str], flag: str, value: str
) -> None:
    code, answer = said(project, capsys, "drill", "compare", RUN, RUN, flag, value)
    assert (code, answer["error"]) == (
        2,
        {
            "code": "SP814",
            "what": f"{flag} says how a drill is run with a remedy, and none is named",
            "where": "stormproof drill compare",
            "fix": f"add --apply REMEDY, or leave {flag} out to compare two runs that are there",
        },
    )
