"""`infra check` judges a preview outside Pulumi: four views, three ways to end, and mistakes that are told."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from stormproof.cli.main import main

RULE = "network-data-tier-has-no-way-out"


@pytest.fixture(autouse=True)
def _no_signals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stormproof.cli.main._listen_for_ends", lambda: None)
    monkeypatch.setenv("STORMPROOF_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


def _state(kind: str, name: str, inputs: dict[str, Any], **depends: list[str]) -> dict[str, Any]:
    urns = {key: [f"urn:pulumi:prod::acme::{one}" for one in names] for key, names in depends.items()}
    return {"urn": f"urn:pulumi:prod::acme::{name}", "type": kind, "inputs": inputs, "propertyDependencies": urns}


SUBNET = _state("aws:ec2/subnet:Subnet", "data", {"tags": {"tier": "data"}})
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
JOINED = _state(
    "aws:ec2/routeTableAssociation:RouteTableAssociation", "joined", {"subnetId": UNKNOWN, "routeTableId": UNKNOWN},
    subnetId=["data"], routeTableId=["table"],
)  # fmt: skip
TABLE = _state("aws:ec2/routeTable:RouteTable", "table", {"routes": []})
OPEN_TABLE = _state(
    "aws:ec2/routeTable:RouteTable", "table", {"routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}]}
)
GOOD, BAD, UNSURE = (SUBNET, JOINED, TABLE), (SUBNET, JOINED, OPEN_TABLE), (SUBNET,)


def _preview(states: tuple[dict[str, Any], ...]) -> str:
    return json.dumps({"config": {}, "steps": [{"op": "create", "newState": one} for one in states]})


def _about_rule(document: dict[str, Any]) -> dict[str, Any]:
    return next(one for one in document["answers"] if one["rule"] == RULE and one["name"] == "data")


@pytest.mark.parametrize(("states", "verdict"), [(GOOD, "passed"), (BAD, "failed"), (UNSURE, "unknown")])
def test_a_preview_is_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], states: tuple[dict[str, Any], ...], verdict: str
) -> None:
    (tmp_path / "p.json").write_text(_preview(states))
    code = main(["infra", "check", "--preview", "p.json", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert _about_rule(document)["verdict"] == verdict
    assert document["exit_code"] == code
    assert code in {"passed": (0, 3, 4), "failed": (3,), "unknown": (3, 4)}[verdict]


def test_an_exported_state_is_judged_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps({"deployment": {"resources": list(BAD)}})))
    assert main(["infra", "check", "--state", "-"]) == 3
    said = capsys.readouterr().out
    assert f"FAILED    critical {RULE}" in said
    assert "Subnet 'data'" in said
    assert "fix:" in said


def test_junit_counts_failures_and_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "p.json").write_text(_preview(BAD))
    main(["infra", "check", "--preview", "p.json", "--format", "junit"])
    suite = ElementTree.fromstring(capsys.readouterr().out.encode())
    case = next(one for one in suite if one.get("classname") == RULE)
    assert [child.tag for child in case] == ["failure"]
    assert int(suite.get("failures", "0")) >= 1


def test_sarif_names_the_program_the_rule_and_the_resource(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "p.json").write_text(_preview(BAD))
    main(["infra", "check", "--preview", "p.json", "--format", "sarif", "-o", "out.sarif"])
    assert "out.sarif" in capsys.readouterr().out
    run = json.loads((tmp_path / "out.sarif").read_text())["runs"][0]
    found = next(one for one in run["results"] if one["ruleId"] == RULE)
    assert found["level"] == "error"
    assert found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "p.json"
    assert found["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].endswith("::data")
    assert RULE in {rule["id"] for rule in run["tool"]["driver"]["rules"]}


def _exceptions(tmp_path: Path, expires: str) -> None:
    (tmp_path / "e.yaml").write_text(
        f"exceptions:\n  - rule: {RULE}\n    resource: data\n    owner: sam@example.com\n"
        f"    reason: it moves to a tier of its own in April\n    expires: {expires}\n"
    )


def test_an_exception_is_taken_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "p.json").write_text(_preview(BAD))
    _exceptions(tmp_path, f"{datetime.now(UTC).date() + timedelta(days=30)}")
    main(["infra", "check", "--preview", "p.json", "--exceptions", "e.yaml", "--json"])
    answer = _about_rule(json.loads(capsys.readouterr().out))
    assert (answer["refuses"], answer["excepted"]["owner"]) == (False, "sam@example.com")


def test_an_exception_that_is_over_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "p.json").write_text(_preview(GOOD))
    _exceptions(tmp_path, "2026-01-01")
    assert main(["infra", "check", "--preview", "p.json", "--exceptions", "e.yaml"]) == 3
    assert "EXPIRED" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("expires", "said"), [("2099-01-01", "lasts longer than 90 days"), ("tomorrow", "is no day"), ("5", "is no day")]
)
def test_an_exception_without_an_end_in_sight_is_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], expires: str, said: str
) -> None:
    (tmp_path / "p.json").write_text(_preview(GOOD))
    _exceptions(tmp_path, expires)
    assert main(["infra", "check", "--preview", "p.json", "--exceptions", "e.yaml"]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "e.yaml:6" in told


@pytest.mark.parametrize("words", [[], ["--preview", "p.json", "--state", "s.json"]])
def test_one_thing_to_check_has_to_be_given(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["infra", "check", *words]) == 2
    assert "SP900" in capsys.readouterr().err


def test_a_file_that_is_no_preview_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "p.json").write_text("{}")
    assert main(["infra", "check", "--preview", "p.json"]) == 2
    assert "pulumi preview --json" in capsys.readouterr().err


def test_every_rule_is_listed_with_what_it_proves(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["infra", "rules", "--json"]) == 0
    rules = {one["rule"]: one for one in json.loads(capsys.readouterr().out)["rules"]}
    assert rules[RULE]["statements"] == ["3.1-b", "1-a"]


@pytest.mark.parametrize("layer", ["account", "vault", "all"])
def test_a_layer_is_asked_for_by_its_name(tmp_path: Path, layer: str) -> None:
    (tmp_path / "p.json").write_text(_preview(GOOD))
    assert main(["infra", "check", "--preview", "p.json", "--layer", layer, "--json"]) in (0, 3, 4)


def test_a_layer_that_there_is_not_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its rules would not be asked, which would look like a pass."""
    (tmp_path / "p.json").write_text(_preview(GOOD))
    assert main(["infra", "check", "--preview", "p.json", "--layer", "acount", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["what"], error["where"]) == ("there is no layer 'acount'", "--layer")
    assert error["fix"].startswith("did you mean 'account'?")
