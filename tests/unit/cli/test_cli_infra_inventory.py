"""`infra inventory`: dated copies for their owner alone; a pull that fails leaves the last one as it was."""

from __future__ import annotations

import io
import json
import shutil
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from stormproof.adapters.infra_inventory import InventoryCopies
from stormproof.cli.main import main
from stormproof.cli.settings import state_name
from stormproof.core.infra.recovery_inventory import InventoryCopy

ROOT = Path(__file__).resolve().parents[3]
OUTPUTS = {"vpcId": "vpc-1", "subnets": {"data": ["subnet-1", "subnet-2"]}}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with our stacks, and no Pulumi on PATH but the one that a test puts there."""
    monkeypatch.setattr("stormproof.cli.main._listen_for_ends", lambda: None)
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("stormproof.toml", "Pulumi.yaml", *(path.name for path in ROOT.glob("Pulumi.*.yaml"))):
        shutil.copy(ROOT / name, folder)
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("STORMPROOF_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(folder)
    return folder


def _pulumi(tmp_path: Path, body: str) -> None:
    path = tmp_path / "bin" / "pulumi"
    path.write_text(f'#!/bin/sh\necho "$*" >>{tmp_path}/asked\n{body}\n')
    path.chmod(0o755)


def _answers(tmp_path: Path, outputs: object) -> None:
    _pulumi(tmp_path, f"cat <<'END'\n{json.dumps(outputs)}\nEND")


def _run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any], str]:
    code = main(["infra", "inventory", *words, "--json"])
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert document["exit_code"] == code
    return code, document, said.err


def test_it_asks_for_the_stacks_that_recovery_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _answers(tmp_path, OUTPUTS)
    code, document, _ = _run(capsys, "pull")
    assert code == 0
    assert [one["stack"] for one in document["pulled"]] == ["prod-primary", "prod-recovery", "prod-vault"]
    asked = (tmp_path / "asked").read_text().splitlines()
    assert len(asked) == 3
    assert all(line.startswith("stack output --json --stack prod-") and "--non-interactive" in line for line in asked)
    assert not any("--show-secrets" in line for line in asked)


def test_a_copy_is_its_owner_s_alone_and_the_newest_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _answers(tmp_path, OUTPUTS)
    _, document, _ = _run(capsys, "pull", "--stack", "prod-primary")
    path = Path(document["pulled"][0]["path"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert (path.parent / "newest.json").resolve() == path.resolve()
    assert path.is_relative_to(tmp_path / "state")
    assert not [one for one in path.parent.iterdir() if one.name.startswith(".")]


def test_history_is_kept_and_a_change_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for outputs in (OUTPUTS, OUTPUTS, OUTPUTS | {"vpcId": "vpc-2"}):
        _answers(tmp_path, outputs)
        told.append(_run(capsys, "pull", "--stack", "prod-primary")[1]["pulled"][0]["changed"])
    assert told == [None, False, True]
    _, document, _ = _run(capsys, "show", "--stack", "prod-primary")
    (stack,) = document["stacks"]
    assert stack["copies"] == 3
    assert stack["outputs"]["vpcId"] == "vpc-2"


@pytest.mark.parametrize(
    ("body", "code", "what"),
    [
        ("echo 'error: failed to read state: connection refused' >&2; exit 255", 4, "connection refused"),
        ("echo '{}'", 4, "has no outputs"),
        ('echo \'{"key": "[secret]"}\'', 2, "is marked secret"),
        ("echo 'not json'", 2, "not JSON"),
    ],
)
def test_a_pull_that_fails_leaves_the_last_copy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], body: str, code: int, what: str
) -> None:
    _answers(tmp_path, OUTPUTS)
    _, first, _ = _run(capsys, "pull", "--stack", "prod-primary")
    _pulumi(tmp_path, body)
    ended, document, said = _run(capsys, "pull", "--stack", "prod-primary")
    assert ended == code
    assert what in document["failed"][0]["error"]["what"]
    assert document["failed"][0]["last"] == first["pulled"][0]["path"]
    assert "stays" in said
    _, shown, _ = _run(capsys, "show", "--stack", "prod-primary")
    assert shown["stacks"][0]["outputs"] == OUTPUTS
    assert shown["stacks"][0]["copies"] == 1


def test_one_stack_out_of_reach_does_not_keep_the_others_from_being_pulled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _pulumi(
        tmp_path, f"case \"$*\" in *prod-primary*) echo 'no route' >&2; exit 1;; esac; echo '{json.dumps(OUTPUTS)}'"
    )
    code, document, _ = _run(capsys, "pull")
    assert code == 4
    assert [one["stack"] for one in document["pulled"]] == ["prod-recovery", "prod-vault"]
    assert [one["stack"] for one in document["failed"]] == ["prod-primary"]
    assert document["failed"][0]["last"] is None


def test_a_full_disk_leaves_the_last_copy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _answers(tmp_path, OUTPUTS)
    _run(capsys, "pull", "--stack", "prod-primary")

    def full(path: Path, text: str) -> None:
        path.write_text(text[:10])
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("stormproof.adapters.infra_inventory._write", full)
    code, document, _ = _run(capsys, "pull", "--stack", "prod-primary")
    assert (code, document["failed"][0]["error"]["code"]) == (69, "SP908")
    _, shown, _ = _run(capsys, "show", "--stack", "prod-primary")
    assert (shown["stacks"][0]["outputs"], shown["stacks"][0]["copies"]) == (OUTPUTS, 1)


def test_outputs_can_be_given_as_a_file_or_on_standard_input(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "outputs.json").write_text(json.dumps(OUTPUTS))
    code, document, _ = _run(capsys, "pull", "--stack", "prod-vault", "--from", "outputs.json")
    assert (code, document["pulled"][0]["outputs"]) == (0, 2)
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(OUTPUTS)))
    assert _run(capsys, "pull", "--stack", "prod-vault", "--from", "-")[0] == 0


def test_a_file_says_nothing_of_several_stacks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["infra", "inventory", "pull", "--from", "outputs.json"]) == 2
    assert "say which: --stack" in capsys.readouterr().err


def test_a_stack_may_be_named_with_its_organisation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _answers(tmp_path, OUTPUTS)
    _, document, _ = _run(capsys, "pull", "--stack", "acme/stormproof/prod-vault")
    assert document["pulled"][0]["stack"] == "prod-vault"
    assert "--stack acme/stormproof/prod-vault" in (tmp_path / "asked").read_text()


def test_without_pulumi_it_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["infra", "inventory", "pull", "--stack", "prod-vault"]) == 69
    assert capsys.readouterr().out == ""
    code, document, _ = _run(capsys, "pull", "--stack", "prod-vault")
    assert code == 69
    assert "--from FILE" in document["failed"][0]["error"]["fix"]


def test_the_project_s_own_script_is_used_where_path_has_none(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "scripts").mkdir()
    script = project / "scripts" / "pulumi"
    script.write_text(f"#!/bin/sh\necho '{json.dumps(OUTPUTS)}'\n")
    script.chmod(0o755)
    assert _run(capsys, "pull", "--stack", "prod-vault")[0] == 0


@pytest.mark.parametrize(("longest", "code"), [("7d", 0), ("1h", 4)])
def test_an_old_copy_ends_with_4(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], longest: str, code: int
) -> None:
    at = datetime.now(UTC) - timedelta(hours=2, minutes=5)
    state = tmp_path / "state" / state_name(project)
    InventoryCopies(state / "infra" / "inventory").keep(InventoryCopy("prod-vault", at, "test", {"vpcId": "vpc-1"}))
    ended, document, _ = _run(capsys, "show", "--stack", "prod-vault", "--max-age", longest)
    assert ended == code
    assert document["stacks"][0]["too_old"] is (code == 4)
    main(["infra", "inventory", "show", "--stack", "prod-vault", "--max-age", longest])
    shown = capsys.readouterr().out
    assert "2 h 5 min" in shown
    assert "vpc-1" in shown
    assert ("too old" in shown) is (code == 4)


def test_what_was_never_pulled_ends_with_4(capsys: pytest.CaptureFixture[str]) -> None:
    code, document, _ = _run(capsys, "show")
    assert code == 4
    assert [one["why"] for one in document["missing"]] == ["was never pulled"] * 3


def test_a_damaged_copy_ends_with_4_and_the_next_pull_mends_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _answers(tmp_path, OUTPUTS)
    _, document, _ = _run(capsys, "pull", "--stack", "prod-vault")
    Path(document["pulled"][0]["path"]).write_text("{")
    code, shown, _ = _run(capsys, "show", "--stack", "prod-vault")
    assert code == 4
    assert "damaged" in shown["missing"][0]["why"]
    assert _run(capsys, "pull", "--stack", "prod-vault")[0] == 0
    assert _run(capsys, "show", "--stack", "prod-vault")[0] == 0


@pytest.mark.parametrize(
    ("words", "fix"),
    [
        (["pull", "--max-age", "7d"], "use it with `show`"),
        (["show", "--from", "x"], "use it with `pull`"),
        (["show", "--max-age", "7"], "7s"),
        (["show", "--stack", "prod-primry"], "did you mean 'prod-primary'?"),
    ],
)
def test_mistakes_on_the_command_line_have_a_fix(
    words: list[str], fix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["infra", "inventory", *words]) == 2
    assert fix in capsys.readouterr().err
