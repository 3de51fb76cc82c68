"""Many files are looked at in a process for each core: the same answer as by one, whatever becomes of such a process."""

from __future__ import annotations

import fcntl
import os
import select
import signal
from pathlib import Path
from typing import Any, NoReturn

import pytest

from stormproof.adapters import evidence_reader
from stormproof.adapters.evidence_reader import verify_folder
from stormproof.adapters.signing import load_or_create_signer
from stormproof.core import dsse
from stormproof.core.evidence import Head, digest, file_name, start_statement

RUNS = 130  # three batches


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("many")
    signer = load_or_create_signer(base / "keys")
    head: Head | None = None
    for number in range(RUNS):
        data = dsse.sign(start_statement(f"run-{number:04}", {"drill": "x"}, head), signer)
        head = Head(file_name(f"run-{number:04}", "start"), number + 1, digest(data))
        (base / head.file).write_bytes(data)
    (base / file_name("run-0070", "start")).write_bytes(b"{}")
    return base


def report(folder: Path) -> dict[str, object]:
    return verify_folder(folder, load_or_create_signer(folder / "keys").verifier()).as_json()


@pytest.fixture
def alone(folder: Path) -> dict[str, object]:
    return report(folder)


@pytest.fixture
def by_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_reader, "BATCHES_WORTH_A_PROCESS", 1)
    monkeypatch.setattr(evidence_reader, "cores", lambda: 2)


def test_many_processes_find_what_one_finds(folder: Path, alone: dict[str, object], by_many: None) -> None:
    found = report(folder)
    assert found == alone
    assert (found["files"], found["ok"]) == (RUNS, False)


def test_a_process_that_is_killed_leaves_nothing_unlooked_at(
    folder: Path, alone: dict[str, object], by_many: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ourselves, real = os.getpid(), evidence_reader._look

    def dies_elsewhere(*arguments: Any, **more: Any) -> Any:
        if os.getpid() != ourselves:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **more)

    monkeypatch.setattr(evidence_reader, "_look", dies_elsewhere)
    assert report(folder) == alone


def test_a_verifier_that_is_killed_leaves_no_process_and_no_lock(
    folder: Path, by_many: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lock = tmp_path / "lock"
    lock.touch()
    working_read, working_write = os.pipe()

    def works_for_ever(*_: Any, **__: Any) -> NoReturn:
        os.write(working_write, b"%d\n" % os.getpid())
        while True:
            signal.pause()

    monkeypatch.setattr(evidence_reader, "_look", works_for_ever)
    child = os.fork()
    if child == 0:
        fcntl.flock(os.open(lock, os.O_RDONLY), fcntl.LOCK_EX)
        report(folder)
        os._exit(0)
    os.close(working_write)
    told = b""
    while told.count(b"\n") < 2:
        told += os.read(working_read, 100)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    # The pipe's end comes when the last process that could write to it has ended; then nobody holds the lock either.
    live_on = not select.select([working_read], [], [], 60)[0]
    os.close(working_read)
    if live_on:
        for process in told.split():
            os.kill(int(process), signal.SIGKILL)
        pytest.fail("processes of the killed verifier live on")
    with lock.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
