"""How the language host starts programs and policy packs, and that it leaves with its engine."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import language_pb2 as wire

from stormproof.lab.aws.language_host import Children, interpreter, main, plugin_command, program_command

ROOT = "/srv/project"


def info(program: str = ROOT, entry: str = ".", **options: str) -> wire.ProgramInfo:
    given = Struct()
    given.update(options)
    return wire.ProgramInfo(root_directory=ROOT, program_directory=program, entry_point=entry, options=given)


def test_the_virtual_environment_is_relative_to_the_project_s_file() -> None:
    assert interpreter(info(f"{ROOT}/infra", virtualenv=".venv")) == f"{ROOT}/.venv/bin/python"
    assert interpreter(info(virtualenv="/opt/venv")) == "/opt/venv/bin/python"


def test_without_one_the_host_s_own_python_runs_the_program() -> None:
    assert interpreter(info()) == sys.executable


@pytest.mark.parametrize(("entry", "program"), [(".", "infra"), ("", "infra"), ("other.py", "infra/other.py")])
def test_the_program_is_the_folder_or_the_file_in_it(entry: str, program: str) -> None:
    request = wire.RunRequest(info=info(f"{ROOT}/infra", entry), args=["more"])
    command = program_command(request, executor="/opt/exec", engine="127.0.0.1:1")
    assert command[-2:] == [f"{ROOT}/{program}", "more"]


@pytest.mark.parametrize(("dry", "word"), [(True, "true"), (False, "false")])
def test_the_program_hears_whether_it_is_a_preview(dry: bool, word: str) -> None:
    request = wire.RunRequest(info=info(), dryRun=dry, stack="lab", parallel=8, monitor_address="127.0.0.1:2")
    command = program_command(request, executor="/opt/exec", engine="127.0.0.1:1")
    told = dict(zip(command[3:-1:2], command[4:-1:2], strict=True))
    assert (told["--dry_run"], told["--stack"], told["--parallel"]) == (word, "lab", "8")
    assert (told["--engine"], told["--monitor"]) == ("127.0.0.1:1", "127.0.0.1:2")


def test_a_policy_pack_is_run_by_the_sdk_s_module_and_another_plugin_as_it_is() -> None:
    pack = wire.RunPluginRequest(kind="analyzer", args=["127.0.0.1:1"], info=info("/srv/pack"))
    assert plugin_command(pack) == [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", "/srv/pack"]
    other = wire.RunPluginRequest(kind="resource", args=["127.0.0.1:1"], info=info("/srv/plugin"))
    assert plugin_command(other) == [sys.executable, "-u", "/srv/plugin", "127.0.0.1:1"]


def test_leaving_ends_children_with_all_that_they_started_and_lets_none_start(tmp_path: Path) -> None:
    children = Children()
    script = "sleep 600 & echo $!; wait"
    child = children.start(["sh", "-c", script], str(tmp_path), dict(os.environ), subprocess.PIPE)
    assert child.stdout is not None
    grandchild = os.pidfd_open(int(child.stdout.readline()))
    children.end_all()
    assert children.wait(child) == -signal.SIGKILL
    assert _ended(grandchild)
    with pytest.raises(OSError, match="leaving"):
        children.start(["true"], str(tmp_path), {}, None)


def test_without_an_engine_it_says_how_it_is_started(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 69
    assert "scripts/pulumi" in capsys.readouterr().err


def test_without_the_executor_it_says_so(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert main(["127.0.0.1:1"]) == 69
    assert "pulumi-language-python-exec is not on PATH" in capsys.readouterr().err


WATCHED = """
import os, subprocess, sys
child = "import os, sys; from stormproof.lab.aws.engine_watch import when_gone\\n"
child += "when_gone(os.getppid(), lambda: os._exit(0)); print(os.getpid(), flush=True); sys.stdin.read()"
started = subprocess.Popen([sys.executable, "-c", child], stdin=subprocess.PIPE)
started.wait()
"""


def test_a_plugin_leaves_when_its_engine_was_killed() -> None:
    """Its standard input stays open here: that it ends is the watch's doing alone."""
    keep_read, keep_write = os.pipe()
    program = WATCHED.replace("stdin=subprocess.PIPE", f"stdin={keep_read}, pass_fds=({keep_read},)")
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, pass_fds=(keep_read,)
    ) as engine:
        assert engine.stdout is not None
        plugin = int(engine.stdout.readline())
        assert _state(plugin) not in "ZX"
        descriptor = os.pidfd_open(plugin)
        engine.kill()
        assert _ended(descriptor), "the plugin outlived its engine"
    for number in (keep_read, keep_write):
        os.close(number)


def _ended(descriptor: int) -> bool:
    """Of a pidfd, which is closed."""
    with open(descriptor, "rb", buffering=0) as process:
        return bool(select.select([process], [], [], 30)[0])


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"
