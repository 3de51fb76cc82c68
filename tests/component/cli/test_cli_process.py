"""The command as a process: what it imports, pipes that break, outputs that are closed or full, signals, JSON."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stormproof.cli.init import starting_files

pytestmark = pytest.mark.component

BOUND_SECONDS = 60


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A clean one, with its state in the test's own folder."""
    keep = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {**keep, "HOME": str(tmp_path), "STORMPROOF_HOME": str(tmp_path / "state"), "COLUMNS": "80"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    for name, text in starting_files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def call(words: list[str], environment: dict[str, str], **options: object) -> subprocess.CompletedProcess[str]:
    settings: dict[str, object] = {"capture_output": True, "cwd": "/", **options}
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-m", "stormproof", *words], env=environment, text=True, timeout=BOUND_SECONDS, check=False,
        **settings,
    )  # fmt: skip


def shell(script: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A line of bash in which `stormproof` is ours."""
    function = f"stormproof() {{ '{sys.executable}' -m stormproof \"$@\"; }}\n"
    return subprocess.run(
        ["bash", "-c", function + script],
        env=environment, capture_output=True, text=True, timeout=BOUND_SECONDS, check=False, cwd="/",
    )  # fmt: skip


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize("words", [["--help"], ["drill", "run", "--help"], ["version"], ["completion", "bash"]])
def test_help_imports_nothing_heavy(words: list[str], environment: dict[str, str]) -> None:
    heavy = ("pydantic", "yaml", "rich", "paramiko", "cryptography", "psycopg", "tenacity", "subprocess", "sqlite3")
    script = (
        "import sys; from stormproof.cli.main import main\n"
        f"code = main({words!r})\n"
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)\nsys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        timeout=BOUND_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "[]\n")


def test_a_new_project_is_sound_and_looking_writes_nothing(tmp_path: Path, environment: dict[str, str]) -> None:
    project = tmp_path / "new"
    done = call(["init", str(project), "--json"], environment)
    assert (done.returncode, set(json.loads(done.stdout)["files"])) == (0, set(starting_files())), done.stderr
    assert files_below(project) >= set(starting_files())
    before = files_below(project.parent)
    looks = [
        ["drill", "check"], ["drill", "list"], ["drill", "plan", "shop-latest"], ["drill", "status"], ["drill", "history"],
        ["runbook", "list"], ["runbook", "plan", "restore_shop"], ["runbook", "doc", "restore_shop"], ["runbook", "status"],
        ["lab", "status"], ["evidence", "list"], ["doctor"], ["version"],
    ]  # fmt: skip
    script = (
        "import contextlib, io, json, sys; from stormproof.cli.main import main\n"
        "for words in json.loads(sys.argv[1]):\n"
        "    said = io.StringIO()\n"
        "    with contextlib.redirect_stdout(said):\n"
        "        code = main([*words, '-C', sys.argv[2], '--json'])\n"
        "    print(json.dumps([words, code, json.loads(said.getvalue())]))\n"
    )
    done = subprocess.run(  # one process for all of them: each look alone would mostly import
        [sys.executable, "-c", script, json.dumps(looks), str(project)],
        env=environment, capture_output=True, text=True, timeout=BOUND_SECONDS, check=False, cwd="/",
    )  # fmt: skip
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [words for words, _, _ in answers] == looks, done.stderr
    for words, code, document in answers:
        assert document.get("exit_code", 0) == code, (words, document)
        assert code == 0 or words == ["doctor"], (words, document)
    assert files_below(project.parent) == before


def test_init_writes_nothing_over(project: Path, environment: dict[str, str]) -> None:
    (project / "drills" / "shop-latest.yaml").unlink()
    before = files_below(project)
    done = call(["init", str(project)], environment)
    assert (done.returncode, files_below(project)) == (2, before)
    assert done.stderr.startswith("error SP122: stormproof.toml is there already and ")


def test_check_tells_every_mistake_of_every_file_and_touches_nothing(
    project: Path, environment: dict[str, str]
) -> None:
    drill = project / "drills" / "shop-latest.yaml"
    drill.write_text(drill.read_text().replace("rto: 5m", "rto: 300").replace("title:", "titel:"))
    (project / "runbooks" / "broken.py").write_text("def oops(:\n")
    (project / "drills" / "second.yaml").write_text("drill: second\n")
    done = call(["drill", "check", "-C", str(project)], environment)
    assert (done.returncode, done.stdout) == (2, "")
    for line in (
        "error SP101: targets.rto: '300' has no unit",
        "error SP101: unknown key 'titel'",
        "  where: drills/second.yaml:1",
        "broken.py:1",
    ):
        assert line in done.stderr
    assert not (project.parent / "state").exists()


def test_a_reader_that_leaves_is_no_error(project: Path, environment: dict[str, str]) -> None:
    done = shell(f"stormproof runbook doc restore_shop -C {project} | head -n 1; echo ${{PIPESTATUS[0]}}", environment)
    assert (done.stdout.splitlines()[-1], done.stderr) == ("0", "")
    done = shell("stormproof --help | true; echo ${PIPESTATUS[0]}", environment)
    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&-"])
def test_closed_streams_change_no_exit_code(closed: str, project: Path, environment: dict[str, str]) -> None:
    done = shell(f"(stormproof drill list -C {project} {closed}); exit $?", environment)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    done = shell(f"(stormproof drill list -C / {closed}); exit $?", environment)
    assert done.returncode == 2


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_answer_that_was_cut_is_no_success(unbuffered: str, project: Path, environment: dict[str, str]) -> None:
    environment = {**environment, "PYTHONUNBUFFERED": unbuffered}
    done = shell(f"stormproof drill list --json -C {project} >/dev/full", environment)
    assert done.returncode == 69
    assert done.stderr == (
        "error SP129: the answer could not be written: [Errno 28] No space left on device\n"
        "  where: standard output\n"
        "  fix:   make room where it goes, then ask again\n"
    )


def test_colour_is_for_terminals_only(project: Path, environment: dict[str, str]) -> None:
    done = call(["drill", "plan", "shop-latest", "-C", str(project)], environment)
    assert "\x1b" not in done.stdout + done.stderr
    assert max(len(line) for line in done.stdout.splitlines()) <= 80


def test_a_terminal_that_is_narrow_is_kept_to(project: Path, environment: dict[str, str]) -> None:
    control, terminal = pty.openpty()
    import fcntl
    import struct
    import termios

    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    done = call(["drill", "list", "-C", str(project)], environment, capture_output=False, stdout=terminal)
    os.close(terminal)
    text = os.read(control, 65536).decode()
    os.close(control)
    assert done.returncode == 0
    assert max(len(line) for line in text.splitlines()) <= 60


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_with_its_code_and_no_traceback(
    number: signal.Signals, code: int, project: Path, environment: dict[str, str]
) -> None:
    (project / "runbooks" / "waits.py").write_text("import time\nprint('here', flush=True)\ntime.sleep(60)\n")
    running = subprocess.Popen(
        [sys.executable, "-m", "stormproof", "runbook", "list", "-C", str(project)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert running.stdout is not None
    assert running.stdout.readline() == "here\n"
    running.send_signal(number)
    _, told = running.communicate(timeout=BOUND_SECONDS)
    assert (running.returncode, "Traceback" in told) == (code, False)
    assert told.startswith("error SP1")


def test_completion_scripts_are_sound_and_offer_the_projects_drills(project: Path, environment: dict[str, str]) -> None:
    offered = shell(
        f"""cd {project}; eval "$(stormproof completion bash)"
        COMP_WORDS=(stormproof drill run shop); COMP_CWORD=3; _stormproof; echo "${{COMPREPLY[*]}}"
        COMP_WORDS=(stormproof lab up --profile ""); COMP_CWORD=4; _stormproof; echo "${{COMPREPLY[*]}}"
        COMP_WORDS=(stormproof --json dr); COMP_CWORD=2; _stormproof; echo "${{COMPREPLY[*]}}"
        """,
        environment,
    )
    assert (offered.stdout, offered.stderr) == ("shop-latest shop-pitr\narchive async stream\ndrill\n", "")


def test_doctor_names_the_line_that_brings_what_is_missing(environment: dict[str, str], tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("bash", "apt-get"):
        (tools / name).symlink_to(shutil.which(name) or "/bin/false")
    done = call(["doctor", "--json"], {**environment, "PATH": str(tools)})
    document = json.loads(done.stdout)
    assert done.returncode == 69 if document["missing_packages"] else 0
    missing = {tool["package"] for tool in document["tools"] if tool["path"] is None and tool["needed"]}
    assert set(document["missing_packages"]) == missing
    assert {"pgbackrest", "restic"} <= missing
    assert document["install"].endswith("apt-get install -y --no-install-recommends " + " ".join(sorted(missing)))
    assert "stormproof drill check" in document["works_without_lab"]


def test_version_knows_every_outside_tool_found(environment: dict[str, str]) -> None:
    document = json.loads(call(["version", "--json"], environment).stdout)
    for tool in ("postgres", "pgbackrest", "restic", "sshd", "nft"):
        assert document["tools"][tool], tool


def test_evidence_is_verified_without_a_project(environment: dict[str, str], tmp_path: Path) -> None:
    done = call(["evidence", "verify", str(tmp_path / "nothing.dsse.json"), "--json"], environment, cwd=str(tmp_path))
    assert (done.returncode, json.loads(done.stdout)["error"]["fix"]) == (
        2,
        "give --key PUBLIC; `stormproof evidence keygen` says where it is",
    )


@pytest.mark.parametrize(
    "words",
    [
        ["drill", "resume", "20261123T041500Z-7f3a"],
        ["runbook", "resume", "20261123T041500Z-7f3a"],
        ["drill", "sweep", "shop-latest"],  # a drill's name, where a run's id belongs
    ],
)
def test_no_lab_is_brought_up_for_a_run_that_there_is_not(
    words: list[str], project: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    done = call([*words, "--json"], environment, cwd=str(project))
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (2, "SP260")
    assert done.stderr.startswith("error SP260: ")
    assert not (tmp_path / "state").exists()
