"""The script that restores a snapshot, run by a real bash with a restic of the test's own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from stormproof.adapters.restic import restore_script


def restore(tmp_path: Path, restic: str, *, paths: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "restic").write_text("#!/bin/bash\n" + restic)
    (programs / "restic").chmod(0o700)
    run = tmp_path / "it's a run"
    script = restore_script(
        repository="sftp:vault:/a b", snapshot="abc", run_dir=str(run), target=f"{run}/files", paths=paths, only=True
    )
    return subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "TARGET": f"{run}/files"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_what_one_full_disk_says_thousands_of_times_is_told_by_its_two_ends(tmp_path: Path) -> None:
    done = restore(
        tmp_path, 'for i in {1..3680}; do echo "ignoring error $i: no space left on device" >&2; done; exit 1'
    )
    lines = done.stderr.splitlines()
    assert done.returncode == 1
    assert lines[0] == "ignoring error 1: no space left on device"
    assert lines[12] == "(3660 lines of 3680 are left out)"
    assert lines[20] == "ignoring error 3680: no space left on device"
    assert lines[21].startswith("room: ")
    assert len(lines) == 22


@pytest.mark.parametrize("count", [0, 1, 12, 13, 20, 21])
def test_few_lines_are_all_told(tmp_path: Path, count: int) -> None:
    done = restore(tmp_path, f"for ((i = 1; i <= {count}; i++)); do echo line $i >&2; done; exit 3")
    told = [line for line in done.stderr.splitlines() if line.startswith("line ")]
    assert done.returncode == 3
    assert told == [f"line {i}" for i in range(1, count + 1) if count <= 20 or i <= 12 or i > count - 8]


def test_waiting_for_what_will_not_come_is_given_up(tmp_path: Path) -> None:
    retry = "echo 'Load(<data/66e1>, 1, 0) returned error, retrying after 552ms: file does not exist' >&2"
    done = restore(tmp_path, f"{retry}; for i in {{1..500}}; do {retry}; sleep 0.1; done")
    assert done.returncode != 0
    assert done.stderr.count("file does not exist") == 1
    assert "stormproof: given up" in done.stderr


def test_a_snapshot_without_what_was_asked_for_is_a_failure_although_restic_ends_with_0(tmp_path: Path) -> None:
    done = restore(tmp_path, 'mkdir -p "$TARGET/etc/here"', paths=("/etc/here", "/etc/it's not"))
    assert done.returncode == 66
    assert "stormproof: not in the snapshot: /etc/it's not" in done.stderr


def test_a_snapshot_that_holds_it_all_is_restored_without_a_word(tmp_path: Path) -> None:
    done = restore(tmp_path, 'mkdir -p "$TARGET/etc/here"; echo restoring', paths=("/etc/here",))
    assert (done.returncode, done.stderr) == (0, "")
