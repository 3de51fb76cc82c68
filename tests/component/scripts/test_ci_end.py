"""How CI ends: with 0 when every part passed, whatever the last lines had to look for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from repository_files import ROOT

pytestmark = pytest.mark.component

PASSED = "===== 2404 passed in 836.49s (0:13:56) ====="
FAILED = "== 2 failed, 3 passed, 1 error in 3.02s =="


@pytest.mark.parametrize(
    ("closing", "failed", "status", "last"),
    [
        (PASSED, "failed=()", 0, "2404 passed, 0 failed"),
        (FAILED, "failed=(tests)", 1, "3 passed, 3 failed"),
        ("", "failed=(tests)", 1, "FAILED: tests"),
        ("", "failed=()", 0, "every part passed"),
    ],
)
def test_ci_ends_with_what_its_parts_said(closing: str, failed: str, status: int, last: str, tmp_path: Path) -> None:
    text = (ROOT / ".ci" / "run").read_text()
    end = text[text.index("printf '\\n=== all of it") :]
    (tmp_path / "tests.txt").write_text(f"{closing}\n")
    script = f"set -euo pipefail\nwork={tmp_path}\n{failed}\n{end}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip().splitlines()[-1]) == (status, last)
