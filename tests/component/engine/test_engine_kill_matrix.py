"""kill -9 at every instant of a toy runbook, then resume: as if nothing had happened."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.component

TOY = Path(__file__).parents[2] / "support" / "kill_toy.py"


@pytest.fixture
def in_memory() -> Iterator[Path]:
    """A folder in memory: kill -9 loses no page cache, so thousands of waits for a disk would show nothing more."""
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="sp-kill-") as folder:
        yield Path(folder)


def matrix(folder: Path, book: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, str(TOY), str(folder), book], capture_output=True, text=True, timeout=240, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def died(case: dict[str, Any]) -> bool:
    return -9 in [-end for end in case["ends"]]


def test_a_killed_runner_is_followed_by_one_that_ends_as_if_nothing_had_happened(in_memory: Path) -> None:
    calm, *killed = matrix(in_memory, "sound")
    assert calm["ends"] == [0]
    expected = {key: calm[key] for key in ("run", "world", "steps", "outputs")}
    assert expected["run"] == "done"
    assert expected["world"] == {"beside": 1, "once": 1, "promote": 1}
    assert len([case for case in killed if died(case)]) > 40
    for case in killed:
        assert case["ends"][-1] == 0, case
        assert {key: case[key] for key in expected} == expected, case


def test_a_runner_killed_while_it_fails_or_undoes_is_followed_by_one_that_leaves_nothing(in_memory: Path) -> None:
    calm, *killed = matrix(in_memory, "failing")
    assert (calm["run"], calm["world"]) == ("undone", {})
    assert len([case for case in killed if died(case)]) > 50
    for case in killed:
        assert case["ends"][-1] == 0, case
        assert (case["run"], case["world"]) == ("undone", {}), case
