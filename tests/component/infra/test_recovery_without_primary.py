"""The recovery layer on the real engine while the primary's region is out of reach: it previews, and it comes up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
import yaml
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from region_out_of_reach import Way, out_of_reach
from repository_files import ROOT

from stormproof.lab.aws.emulator import emulator
from stormproof.lab.aws.engine import Engine, engine_environment, stand_in
from stormproof.lab.aws.engine_folder import shadow_project

pytestmark = pytest.mark.component

PRIMARY, RECOVERY = "eu-central-1", "eu-west-1"  # as Pulumi.lab.yaml has them
STACK = "lab"


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    log = tmp_path_factory.mktemp("emulator") / "emulator.log"
    with emulator(log) as here, out_of_reach(here.endpoint, [PRIMARY]) as found:
        yield found


@pytest.fixture
def engine(way: Way, tmp_path: Path) -> Engine:
    """The lab's stack with the recovery layer alone, as somebody has it whose own tools ask no dead region by default."""
    shadow = shadow_project(ROOT, tmp_path)
    settings = shadow / f"Pulumi.{STACK}.yaml"
    document = yaml.safe_load(settings.read_text())
    document["config"]["stormproof:layer"] = "recovery"
    settings.write_text(yaml.safe_dump(document))
    environment = dict(
        engine_environment(os.environ, tmp_path, endpoint=way.endpoint, provider=stand_in(tmp_path))
    ) | {"AWS_REGION": RECOVERY, "AWS_DEFAULT_REGION": RECOVERY}  # fmt: skip
    made = Engine(str(ROOT / "scripts" / "pulumi"), tmp_path, shadow, STACK, environment, ROOT / "infra" / "policy")
    made.start_stack()
    return made


def _topics(way: Way, region: str) -> object:
    once = Config(retries={"max_attempts": 0}, connect_timeout=5, read_timeout=20)
    keys = {"aws_access_key_id": "emulator", "aws_secret_access_key": "emulator"}
    return boto3.client("sns", region_name=region, endpoint_url=way.endpoint, config=once, **keys).list_topics()


def test_the_primary_s_region_refuses_and_the_other_answers(way: Way):
    """Without this the next test would prove nothing."""
    with pytest.raises(BotoCoreError):
        _topics(way, PRIMARY)
    assert (PRIMARY, "sns") in way.refused
    assert "Topics" in _topics(way, RECOVERY)  # type: ignore[operator]


def test_recovery_previews_and_comes_up_while_the_primary_s_region_refuses(way: Way, engine: Engine):
    way.refused.clear()
    way.asked.clear()
    preview = engine.operation("preview")
    assert preview.status == 0, preview.output
    up = engine.operation("up")
    assert up.status == 0, up.output
    again = engine.operation("preview", "--expect-no-changes")
    assert again.status == 0, again.output
    assert way.refused == []
    assert {region for region, _ in way.asked} <= {RECOVERY, "us-east-1", ""}  # IAM signs for us-east-1
    assert (RECOVERY, "backup") in way.asked
    down = engine.operation("destroy")
    assert down.status == 0, down.output
