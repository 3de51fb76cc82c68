"""`infra costs`: a stack by switch, a project by stack; offline, from settings alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from infra.costs.model import Cost
from infra.spec.settings import Layer
from stormproof.cli.main import main

ROOT = Path(__file__).resolve().parents[3]
LINES = (
    Cost(
        switch="network.zones", type="aws:ec2/natGateway:NatGateway", monthly_usd=40, unit="gateway in a zone",
        buys="a way out that survives a zone", fallback="one for all zones", layers=(Layer.PRIMARY,), beside="0.05 a GB",
    ),
    Cost(
        switch="", type="aws:kms/key:Key", monthly_usd=1, unit="key", buys="a key", fallback="none",
        layers=(Layer.PRIMARY, Layer.VAULT),
    ),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project with three of our stacks, and a table of two lines."""
    monkeypatch.setattr("stormproof.cli.main._listen_for_ends", lambda: None)
    monkeypatch.setattr("infra.costs.total.table", lambda: LINES)
    monkeypatch.setenv("STORMPROOF_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    for name in (
        "stormproof.toml",
        "Pulumi.yaml",
        "Pulumi.lab.yaml",
        "Pulumi.prod-primary.yaml",
        "Pulumi.prod-vault.yaml",
    ):
        shutil.copy(ROOT / name, tmp_path)


def _document(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, object]:
    assert main(["infra", "costs", *words, "--json"]) == code
    document: dict[str, object] = json.loads(capsys.readouterr().out)
    return document


def test_one_stack_is_told_by_switch(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["infra", "costs", "--stack", "prod-primary"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for part in (
        "120.00",
        "3 × gateway in a zone",
        "network.zones",
        "cheaper: one for all zones",
        "total: US$ 121.00 a month",
    ):
        assert part in shown
    assert "not in it: traffic, storage by the GB" in shown
    assert "network.zones: 0.05 a GB" in shown


def test_a_project_is_told_by_stack_and_added_up_by_environment(capsys: pytest.CaptureFixture[str]) -> None:
    document = _document(capsys)
    assert document["monthly_usd"] == {"lab": 82, "prod": 122}
    assert main(["infra", "costs"]) == 0
    shown = capsys.readouterr().out
    assert "prod: US$ 122.00 a month" in shown
    assert "network.zones 120" in shown
    assert "Pulumi.yaml" not in shown


def test_the_document_holds_every_line(capsys: pytest.CaptureFixture[str]) -> None:
    (stack,) = _document(capsys, "--stack", "prod-vault")["stacks"]  # type: ignore[misc]
    assert stack["lines"] == [
        {
            "switch": None, "type": "aws:kms/key:Key", "layer": "vault", "units": 1, "unit": "key", "unit_usd": 1,
            "monthly_usd": 1, "buys": "a key", "fallback": "none", "by_use": None,
        }
    ]  # fmt: skip


def test_a_stack_s_file_needs_no_project(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    (stack,) = _document(capsys, "--config", str(tmp_path / "Pulumi.prod-vault.yaml"))["stacks"]  # type: ignore[misc]
    assert (stack["stack"], stack["monthly_usd"]) == ("prod-vault", 1)


def test_an_unknown_stack_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    error = _document(capsys, "--stack", "prod-primry", code=2)["error"]
    assert error["code"] == "SP902"  # type: ignore[index]
    assert "did you mean 'prod-primary'?" in error["fix"]  # type: ignore[index]


def test_a_stack_and_a_file_are_one_too_many(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["infra", "costs", "--stack", "lab", "--config", "Pulumi.lab.yaml"]) == 2
    assert "give one of them" in capsys.readouterr().err


def test_a_project_without_stacks_is_told_where_to_get_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in tmp_path.glob("Pulumi.*.yaml"):
        path.unlink()
    assert main(["infra", "costs"]) == 2
    assert "stormproof init" in capsys.readouterr().err


def test_a_mistake_is_shown_with_file_line_and_fix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "Pulumi.prod-vault.yaml"
    path.write_text(path.read_text().replace("stormproof:owner", "stormproof:oner"))
    assert main(["infra", "costs", "--stack", "prod-vault"]) == 2
    said = capsys.readouterr().err
    assert "stormproof:oner: is no setting; did you mean owner?" in said
    assert "stormproof:owner: is missing" in said
    line = path.read_text().splitlines().index("  stormproof:oner: platform@example.com") + 1
    assert f"Pulumi.prod-vault.yaml:{line}" in said


def test_an_encrypted_setting_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "Pulumi.prod-vault.yaml"
    path.write_text(path.read_text().replace("owner: platform@example.com", "owner: {secure: v1:abc}"))
    assert main(["infra", "costs", "--stack", "prod-vault"]) == 2
    assert "is encrypted" in capsys.readouterr().err
