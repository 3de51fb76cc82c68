"""Help and plans answer before a hand leaves the keyboard: they import nothing that they do not need. No clock is asked here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stormproof.cli.main import main

HEAVY = {
    "paramiko", "cryptography", "nacl", "bcrypt", "psycopg", "pydantic", "pydantic_settings", "rich", "tenacity", "yaml",
    "asyncio", "http", "email", "ssl", "sqlite3",
}  # fmt: skip
# A plan reads settings, an inventory and runbooks, and connects to nothing. YAML only where there is an inventory to read.
NO_PART_OF_A_PLAN = HEAVY - {"pydantic", "email"} | {"stormproof.drill", "stormproof.report"}
NO_PART_OF_A_PLAN |= {
    f"stormproof.core.{name}" for name in ("check_spec", "drill_spec", "drill_result", "infra", "isolation")
}
NO_PART_OF_A_PLAN |= {f"stormproof.lab.{name}" for name in ("certificates", "lab", "machine", "scram", "state")}
PROGRAM = """
import json, sys
from stormproof.cli.main import main
try:
    main()
except SystemExit:
    pass
print("\\n" + json.dumps(sorted(sys.modules)))
"""


def said_and_imported(*arguments: str, home: Path | None = None) -> tuple[str, set[str]]:
    """What the command said, and the names of every module that its process imported."""
    environment = os.environ | ({"STORMPROOF_HOME": str(home)} if home else {})
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        env=environment, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout, set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [["--help"], ["drill", "--help"], ["drill", "run", "--help"], ["lab", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]):
    said, imported = said_and_imported(*arguments)
    assert imported & HEAVY == set()
    assert "usage" in said.lower()


def test_a_plan_before_there_is_a_lab_imports_no_more_than_it_needs(tmp_path: Path):
    assert main(["init", str(tmp_path / "project"), "-q"]) == 0
    said, imported = said_and_imported(
        "-C", str(tmp_path / "project"), "runbook", "plan", "restore_shop", home=tmp_path
    )
    assert imported & NO_PART_OF_A_PLAN == set()
    assert "Restore the base backup" in said


def test_importing_the_package_imports_nothing_else_of_ours():
    program = "import sys, stormproof; print([name for name in sys.modules if name.startswith('stormproof.')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_a_program_that_calls_main_keeps_its_own_ways_with_garbage():
    """Ours are for a process that ends with the command. In a process of its own: what another test froze may go at any time."""
    look = "print(json.dumps([gc.get_threshold(), gc.get_freeze_count()]), file=sys.stderr)"
    program = (
        f"import gc, json, sys\nfrom stormproof.cli.main import main\n{look}\nassert main(['--help']) == 0\n{look}"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    before, after = done.stderr.splitlines()
    assert after == before
