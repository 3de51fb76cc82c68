"""The forced command: what it refuses, word for word. (What it lets through is tested with the real tool.)"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from stormproof.lab import machine

GATE = Path(machine.__file__).parent / "resources" / "pgbackrest_gate.sh"
GOOD = "pgbackrest --exec-id=1-a --log-level-console=off --log-level-file=off --log-level-stderr=error --process=0"


def refusal(role: str, request: str | None) -> str:
    environment = {"PATH": os.defpath, "HOME": "/nonexistent"}
    if request is not None:
        environment["SSH_ORIGINAL_COMMAND"] = request
    done = subprocess.run(["bash", str(GATE), role], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 77, done
    assert done.stdout == ""
    return done.stderr.strip().partition(": refused: ")[2]


@pytest.mark.parametrize(
    ("role", "request_text", "why"),
    [
        ("read", None, "a shell; this key runs pgBackRest only"),
        ("read", "", "a shell; this key runs pgBackRest only"),
        ("read", "id", "the command 'id'; this key runs pgBackRest only"),
        ("read", "/tmp/pgbackrest info:remote", "the command '/tmp/pgbackrest'; this key runs pgBackRest only"),
        ("read", "pgbackrest info:remote; id", "a character that no pgBackRest request contains"),
        ("read", "pgbackrest info:remote\nid", "a character that no pgBackRest request contains"),
        ("read", "pgbackrest $(id)", "a character that no pgBackRest request contains"),
        ("read", "pgbackrest info:remote > /tmp/x", "a character that no pgBackRest request contains"),
        ("read", f"{GOOD} --stanza=main --remote-type=repo archive-push:remote", "the command 'archive-push'"),
        ("read", f"{GOOD} --stanza=main --remote-type=repo repo-put:remote", "the command 'repo-put'"),
        ("read", f"{GOOD} --stanza=main --remote-type=repo stanza-delete:remote", "the command 'stanza-delete'"),
        ("read", f"{GOOD} --stanza=main --remote-type=repo backup", "the command 'backup'"),
        ("read", f"{GOOD} --stanza=main --remote-type=repo", "the command 'none'"),
        ("read", f"{GOOD} --stanza=main --remote-type=repo info:remote restore:remote", "more than one command"),
        ("read", f"{GOOD} --stanza=main --config=/tmp/c --remote-type=repo info:remote", "the option '--config'"),
        ("read", f"{GOOD} --stanza=main --repo1-path=/ --remote-type=repo info:remote", "the option '--repo1-path'"),
        ("read", f"{GOOD} --stanza=other --remote-type=repo info:remote", "the option '--stanza'"),
        ("read", f"{GOOD} --stanza=main --log-level-file=info --remote-type=repo info:remote", "the option '--log-level-file'"),
        ("read", f"{GOOD} --stanza=main --remote-type=pg info:remote", "the option '--remote-type'"),
        ("read", f"{GOOD} --stanza=main info:remote", "a request that is not for the repo side"),
        ("push", f"{GOOD} --stanza=main --remote-type=repo restore:remote", "the command 'restore'"),
        ("cluster", f"{GOOD} --stanza=main --remote-type=pg restore:remote", "the command 'restore'"),
        ("cluster", f"{GOOD} --stanza=main --remote-type=repo backup:remote", "the option '--remote-type'"),
        ("anything", f"{GOOD} --stanza=main --remote-type=repo info:remote", "this gate knows no role 'anything'"),
    ],
)  # fmt: skip
def test_the_gate_refuses(role, request_text, why):
    assert refusal(role, request_text) == why


def test_the_gate_writes_down_who_asked_for_what_where_there_is_a_file_for_it(tmp_path: Path) -> None:
    log = tmp_path / "gate.log"
    environment = {"PATH": os.defpath, "HOME": "/nonexistent", "STORMPROOF_GATE_LOG": str(log)}
    environment |= {"SSH_CONNECTION": "10.0.20.5 50000 10.0.30.5 22", "SSH_ORIGINAL_COMMAND": "id"}
    command = ["bash", str(GATE), "read"]
    subprocess.run(command, env=environment, capture_output=True, check=False)
    assert not log.exists()
    log.touch()
    subprocess.run(command, env=environment, capture_output=True, check=False)
    assert " read 10.0.20.5 refused: the command 'id'" in log.read_text()
