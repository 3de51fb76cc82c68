"""The provider as a process: one line of output, the protocol over gRPC, and gone when the engine is gone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from provider_world import REGION, moto_server, urn
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from stormproof.lab.aws.provider import wire

pytestmark = pytest.mark.component

ROOT = Path(__file__).parents[3]
PLUGIN = ROOT / "scripts/engine/bin/pulumi-resource-aws"
BUCKET = "aws:s3/bucket:Bucket"
# A stand-in for the engine: starts the provider, tells its port and pid, and waits to be killed.
ENGINE = """
import subprocess, sys, time
child = subprocess.Popen([sys.argv[1], "127.0.0.1:1"], stdout=subprocess.PIPE, text=True)
print(child.stdout.readline().strip(), child.pid, flush=True)
time.sleep(600)
"""
PATIENCE_S = 60


class Running:
    def __init__(self, report: Path) -> None:
        self.report = report
        environment = {
            **os.environ, "STORMPROOF_PROVIDER_REPORT": str(report), "AWS_PROFILE": "nobody-has-this",
            "AWS_REGION": REGION,
        }  # fmt: skip
        self.engine = subprocess.Popen(
            [sys.executable, "-c", ENGINE, str(PLUGIN)], stdout=subprocess.PIPE, text=True, env=environment
        )
        assert self.engine.stdout is not None
        self.port, self.pid = map(int, self.engine.stdout.readline().split())
        self.stub = provider_pb2_grpc.ResourceProviderStub(grpc.insecure_channel(f"127.0.0.1:{self.port}"))

    def lives(self) -> bool:
        try:
            status = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8")
        except FileNotFoundError:
            return False
        return status.rpartition(")")[2].split()[0] != "Z"  # an orphan nobody has buried yet

    def wait_until_gone(self) -> bool:
        until = time.monotonic() + PATIENCE_S
        while self.lives() and time.monotonic() < until:
            time.sleep(0.05)
        return not self.lives()

    def happenings(self) -> list[str]:
        return [json.loads(line)["entry"] for line in self.report.read_text(encoding="utf-8").splitlines()]

    def create(self, name: str) -> provider_pb2.CreateRequest:
        return provider_pb2.CreateRequest(urn=urn(BUCKET, name), properties=wire.to_struct({"bucket": name}))


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto_server() as address:
        yield address


@pytest.fixture
def running(endpoint: str, tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path / "report.jsonl")
    try:
        yield made
    finally:
        for pid in (made.engine.pid, made.pid):
            if pid == made.engine.pid or made.lives():
                os.kill(pid, signal.SIGKILL)
        made.engine.wait(PATIENCE_S)


def test_it_answers_as_the_engine_asks(running: Running):
    stub = running.stub
    assert stub.Handshake(provider_pb2.ProviderHandshakeRequest()).accept_secrets
    assert stub.GetPluginInfo(wire_empty()).version == "7.51.1"
    assert json.loads(stub.GetSchema(provider_pb2.GetSchemaRequest()).schema)["name"] == "aws"
    checked = stub.CheckConfig(provider_pb2.CheckRequest(news=wire.to_struct({"region": REGION, "regoin": "x"})))
    assert [failure.property for failure in checked.failures] == ["regoin"]
    configured = stub.Configure(provider_pb2.ConfigureRequest(args=wire.to_struct({})))  # AWS_REGION is the last resort
    assert configured.supportsPreview
    made = stub.Create(running.create("process-a"))
    assert made.id == "process-a"
    assert wire.from_struct(made.properties)["region"] == REGION


def test_a_preview_touches_nothing_and_knows_no_id(running: Running):
    running.stub.Configure(provider_pb2.ConfigureRequest(args=wire.to_struct({"region": REGION})))
    request = running.create("process-preview")
    request.preview = True
    answer = running.stub.Create(request)
    assert answer.id == ""
    assert "arn" not in wire.from_struct(answer.properties)
    assert wire.from_struct(answer.properties)["bucket"] == "process-preview"


def test_a_function_that_is_not_emulated_is_named(running: Running):
    running.stub.Configure(provider_pb2.ConfigureRequest(args=wire.to_struct({"region": REGION})))
    answer = running.stub.Invoke(provider_pb2.InvokeRequest(tok="aws:ec2/getAmi:getAmi"))
    assert "aws:ec2/getAmi:getAmi" in answer.failures[0].reason
    identity = running.stub.Invoke(provider_pb2.InvokeRequest(tok="aws:index/getCallerIdentity:getCallerIdentity"))
    assert wire.from_struct(getattr(identity, "return"))["accountId"] == "123456789012"


def test_without_an_emulator_it_refuses_to_be_configured(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("STORMPROOF_AWS_ENDPOINT", "https://s3.eu-central-1.amazonaws.com")
    made = Running(tmp_path / "report.jsonl")
    try:
        with pytest.raises(grpc.RpcError) as refused:
            made.stub.Configure(provider_pb2.ConfigureRequest(args=wire.to_struct({"region": REGION})))
        assert "not an emulator on loopback" in refused.value.details()
    finally:
        made.engine.kill()
        made.engine.wait(PATIENCE_S)
    assert made.wait_until_gone()


def test_killed_with_its_engine_it_is_gone_and_says_so(running: Running):
    running.stub.Configure(provider_pb2.ConfigureRequest(args=wire.to_struct({"region": REGION})))
    running.engine.kill()
    assert running.wait_until_gone()
    assert running.happenings() == ["engine gone"]


def test_it_ends_at_once_when_the_engine_asks(running: Running):
    os.kill(running.pid, signal.SIGINT)
    assert running.wait_until_gone()


def test_a_create_in_flight_is_finished_and_written_down(running: Running, monkeypatch: pytest.MonkeyPatch):
    """The emulator is made to take its time; the engine is killed meanwhile."""
    import threading

    from moto.s3.models import S3Backend

    asked, go_on = threading.Event(), threading.Event()
    honest = S3Backend.create_bucket

    def slow(self: S3Backend, *arguments: object, **more: object) -> object:
        asked.set()
        go_on.wait(PATIENCE_S)
        return honest(self, *arguments, **more)

    monkeypatch.setattr(S3Backend, "create_bucket", slow)
    running.stub.Configure(provider_pb2.ConfigureRequest(args=wire.to_struct({"region": REGION})))
    call = running.stub.Create.future(running.create("process-late"))
    assert asked.wait(PATIENCE_S)
    running.engine.kill()
    until = time.monotonic() + PATIENCE_S
    while not running.report.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert running.lives()
    go_on.set()
    assert running.wait_until_gone()
    assert running.happenings() == ["engine gone", "finished after the engine had gone"]
    call.cancel()


def wire_empty() -> object:
    from google.protobuf import empty_pb2

    return empty_pb2.Empty()
