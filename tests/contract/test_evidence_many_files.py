"""Many files are looked at in a process for each core: the same answer as by one, whatever becomes of such a process."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

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
