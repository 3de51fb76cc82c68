"""A bring-up that was killed half-way, and what is left of a lab after it is destroyed."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from lab_support import wait_until_nothing_sees

from stormproof.lab.lab import Lab

pytestmark = pytest.mark.component

PROGRAM = """
import sys
from pathlib import Path
from stormproof.lab.lab import Lab
Lab(Path(sys.argv[1]), Path(sys.argv[1]) / "state", say=lambda line: print(line, flush=True)).up(size_mb=0)
"""


@pytest.mark.parametrize("lines_before_the_kill", [1, 2, 4])
def test_a_killed_bring_up_is_begun_anew(tmp_path, lines_before_the_kill):
    lab = Lab(tmp_path, tmp_path / "state")
    with (tmp_path / "said").open("w") as said:
        child = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(tmp_path)], stdout=subprocess.PIPE, stderr=said, text=True
        )
    assert child.stdout is not None
    try:
        for _ in range(lines_before_the_kill):
            assert child.stdout.readline(), (tmp_path / "said").read_text()
        time.sleep(0.2)
        child.kill()
        child.wait(60)
        assert lab.up(size_mb=0)["state"] == "up"
        assert lab.status()["content"]["ready"] is True
    finally:
        child.kill()
        lab.destroy()
    assert not (tmp_path / "state" / "lab").exists()
    assert wait_until_nothing_sees(tmp_path) == []
