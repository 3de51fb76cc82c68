"""The emulator provider under the real engine: every emulated type up, nothing to do, no difference, and away again."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from provider_samples_more import SAMPLES
from real_engine import RealEngine, real_engine

from stormproof.lab.aws.engine import Engine

pytestmark = pytest.mark.component

HERE = Path(__file__).parent
EVERY_TYPE = f"import sys\n\nsys.path.insert(0, {str(HERE)!r})\nimport provider_program\n\nprovider_program.declare()\n"
MISTAKEN = """
aws.kms.Key("key", description="data")
pulumi.CustomResource("aws:kms/key:Key", "mistaken", {"enableKeyRotation": "yes", "colour": "red"})
"""
SECRET = """
secret = aws.secretsmanager.Secret("s", name="lab/engine", recovery_window_in_days=0)
aws.secretsmanager.SecretVersion("v", secret_id=secret.id, secret_string=pulumi.Output.secret("open sesame"))
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealEngine]:
    with real_engine(tmp_path_factory.mktemp("provider")) as running:
        yield running


def stack(engine: RealEngine, name: str, program: str) -> Engine:
    """Without the policy pack: it would refuse what is left out here."""
    return dataclasses.replace(engine.project(name, program), policy_pack=None)


def test_every_type_comes_up_stays_as_it_is_and_goes_away(engine: RealEngine):
    made = stack(engine, "every-type", EVERY_TYPE)
    up = made.operation("up")
    assert up.status == 0, up.output
    for operation in ("preview", "refresh", "preview"):
        done = made.operation(operation, "--expect-no-changes")
        assert done.status == 0, done.output
    assert len([one for one in made.state() if one["type"].startswith("aws:")]) == len(SAMPLES) + 1
    destroyed = made.operation("destroy")
    assert destroyed.status == 0, destroyed.output
    assert [one for one in made.state() if one["type"].startswith("aws:")] == []
    report = (made.folder / "provider-report.jsonl").read_text(encoding="utf-8").splitlines()
    lacking = {(row["type"], row["property"]) for row in map(json.loads, report) if row["entry"] == "not emulated"}
    assert ("aws:backup/vaultPolicy:VaultPolicy", "*") in lacking


def test_a_mistaken_property_ends_the_preview_with_its_name(engine: RealEngine):
    done = stack(engine, "mistaken", MISTAKEN).operation("preview")
    assert done.status != 0
    assert "enableKeyRotation" in done.output
    assert "must be a boolean, not a string" in done.output
    assert "colour" in done.output


def test_a_secret_reaches_the_emulator_and_stays_hidden_in_the_state(engine: RealEngine):
    made = stack(engine, "secret", SECRET)
    assert made.operation("up").status == 0
    assert "open sesame" not in json.dumps(made.state())
    (version,) = (one for one in made.state() if one["type"] == "aws:secretsmanager/secretVersion:SecretVersion")
    assert "ciphertext" in version["inputs"]["secretString"]
    assert made.operation("preview", "--expect-no-changes").status == 0
    assert made.operation("destroy").status == 0
