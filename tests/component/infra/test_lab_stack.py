"""`scripts/infra` on the real engine: what it calls well, what it refuses, and that nothing of it is left."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from infra_command import SMALL, InfraCommand, project_of

pytestmark = [pytest.mark.component, pytest.mark.engine]

TOPIC = 'aws.sns.Topic("told", name="told")'
SLEEPING = (
    f"import time\n{TOPIC}.arn.apply(lambda _: time.sleep(600))"  # unknown at preview, so it sleeps at `up` alone
)
PACK = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

def named(args, report):
    if args.resource_type == "aws:sns/topic:Topic":
        report("a topic must not be called told; call it something else")

PolicyPack("tried", policies=[
    ResourceValidationPolicy("topic-name", "names", named, enforcement_level=EnforcementLevel.MANDATORY)
])
"""


def test_a_stack_goes_through_its_whole_life_and_leaves_nothing(tmp_path: Path):
    before = {path.name: path.read_bytes() for path in SMALL.iterdir() if path.is_file()}
    infra = InfraCommand(tmp_path / "home", SMALL)
    document = infra.json()
    assert document["exit_code"] == 0, document
    (stack,) = document["stacks"]
    phases = {phase["name"]: phase for phase in stack["phases"]}
    assert list(phases) == ["preview", "up", "second preview", "refresh", "destroy", "left"]
    assert phases["up"]["changes"]["create"] == 6
    assert phases["second preview"]["changes"] == {"same": 6}
    assert phases["left"]["left"] == []
    assert set(phases["left"]["services_asked"]) >= {"ec2", "kms", "s3"}
    assert infra.running() == {}
    assert list((tmp_path / "home" / "infra").iterdir()) == []
    assert {path.name: path.read_bytes() for path in SMALL.iterdir() if path.is_file()} == before


def test_what_the_policy_refuses_is_never_made(tmp_path: Path):
    project = project_of(tmp_path / "project", TOPIC)
    pack = project / "infra" / "policy"
    pack.mkdir(parents=True)
    (pack / "PulumiPolicy.yaml").write_text("runtime: python\n")
    (pack / "__main__.py").write_text(PACK)
    done = InfraCommand(tmp_path / "home", project).run()
    assert done.returncode == 3
    assert "SP948" in done.stderr
    assert "topic-name: aws:sns/topic:Topic told" in done.stderr
    assert "call it something else" in done.stderr
    assert " up " not in done.stdout


def test_a_second_preview_that_is_not_empty_names_what_would_change(tmp_path: Path):
    project = project_of(tmp_path / "project", 'import time\naws.sns.Topic("told", name=f"told-{time.time_ns()}")')
    done = InfraCommand(tmp_path / "home", project).run("up")
    assert done.returncode == 3
    assert "second preview: " in done.stderr
    assert "aws:sns/topic:Topic told name" in done.stderr


def test_what_destroy_leaves_behind_is_named(tmp_path: Path):
    """Made beside the stack, as a resource would be whose deletion happens in the state only."""
    beside = (
        f"import boto3, os\n{TOPIC}\nif not pulumi.runtime.is_dry_run():\n"
        "    boto3.client('sns', region_name='eu-central-1').create_topic(Name='forgotten')"
    )
    done = InfraCommand(tmp_path / "home", project_of(tmp_path / "project", beside)).run("destroy")
    assert done.returncode == 3
    assert "SP951" in done.stderr
    assert "arn:aws:sns:eu-central-1:123456789012:forgotten" in done.stderr
    assert ":told" not in done.stderr


def test_every_stack_is_previewed_even_when_one_before_it_fails(tmp_path: Path):
    program = f"if pulumi.get_stack() == 'a':\n    raise ValueError('a is wrong')\n{TOPIC}"
    project = project_of(tmp_path / "project", program, stacks=("a", "b"))
    document = InfraCommand(tmp_path / "home", project).json("preview", "--every")
    assert document["exit_code"] == 3
    said = {stack["stack"]: stack["phases"][0] for stack in document["stacks"]}
    assert any("a is wrong" in error for error in said["a"]["errors"])
    assert said["b"]["changes"] == {"create": 2}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_told_to_stop_it_ends_everything_that_it_began(number: signal.Signals, code: int, tmp_path: Path):
    infra = InfraCommand(tmp_path / "home", project_of(tmp_path / "project", SLEEPING))
    process = infra.start("up")
    infra.wait_until_running("--dry_run false")
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == code, said
    infra.wait_until_nothing_runs()
    assert list((tmp_path / "home" / "infra").iterdir()) == []


def test_killed_it_leaves_nothing_that_runs_and_the_next_one_tidies_up(tmp_path: Path):
    infra = InfraCommand(tmp_path / "home", project_of(tmp_path / "project", SLEEPING))
    process = infra.start("up")
    infra.wait_until_running("--dry_run false")
    process.kill()
    process.communicate(timeout=60)
    infra.wait_until_nothing_runs()
    assert infra.run("preview").returncode == 0
    assert list((tmp_path / "home" / "infra").iterdir()) == []


def test_a_killed_engine_takes_program_host_and_provider_with_it(tmp_path: Path):
    infra = InfraCommand(tmp_path / "home", project_of(tmp_path / "project", SLEEPING))
    process = infra.start("up")
    executor = infra.wait_until_running("--dry_run false")
    provider = infra.wait_until_running("stormproof.lab.aws.provider")
    engine = infra.wait_until_running("pulumi up ")
    os.kill(engine, signal.SIGKILL)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 3, said
    infra.wait_until_nothing_runs()
    assert not {executor, provider} & set(infra.running())
