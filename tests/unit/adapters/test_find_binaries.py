"""Where a host's PostgreSQL programs are looked for, by real folders on this machine."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from stormproof.adapters.restored_postgres import find_binaries
from stormproof.core.errors import RunFailed
from stormproof.core.ports import Completed


class ThisMachine:
    name = "here"

    def run(
        self, script: str, *, env: Mapping[str, str] | None = None, stdin: str = "", timeout_seconds: float = 30
    ) -> Completed:
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False)
        return Completed(done.returncode, done.stdout, done.stderr, 0.0)


def programs(folder: Path, version: str) -> str:
    folder.mkdir(parents=True)
    (folder / "postgres").write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
    (folder / "postgres").chmod(0o755)
    return str(folder)


def test_the_folder_that_the_inventory_names_comes_first(tmp_path: Path) -> None:
    named = programs(tmp_path / "a folder's" / "bin", "77.3")
    assert find_binaries(ThisMachine(), "77", named) == named  # type: ignore[arg-type]


def test_a_named_folder_of_another_major_version_is_not_taken(tmp_path: Path) -> None:
    named = programs(tmp_path / "bin", "7.77")
    with pytest.raises(RunFailed) as caught:
        find_binaries(ThisMachine(), "77", named)  # type: ignore[arg-type]
    assert caught.value.code == "SP271"
    assert caught.value.fix.endswith("or name their folder as `binaries`")
