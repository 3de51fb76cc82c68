"""The operators' pages in docs/runbooks are made from the runbooks, and are what the runbooks say today."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from repository_files import ROOT

PAGES = sorted(path.stem for path in (ROOT / "docs" / "runbooks").glob("*.md"))


def test_each_restore_has_its_page():
    assert sorted(path.stem for path in (ROOT / "runbooks").glob("restore_*.py")) == PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_its_runbook_says_today(name: str, tmp_path: Path):
    """To renew one: `stormproof runbook doc NAME -o docs/runbooks/NAME.md`."""
    page = tmp_path / "page.md"
    command = [sys.executable, "-m", "stormproof.cli", "-C", str(ROOT), "runbook", "doc", name, "-o", str(page)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    assert page.read_text() == (ROOT / "docs" / "runbooks" / f"{name}.md").read_text()
