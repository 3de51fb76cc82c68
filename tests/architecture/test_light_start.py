"""`stormproof --help` answers before a hand leaves the keyboard: it imports nothing heavy. No clock is asked here."""

from __future__ import annotations

import gc
import json
import subprocess
import sys

import pytest

from stormproof.cli.main import main

HEAVY = {
    "paramiko", "cryptography", "nacl", "bcrypt", "psycopg", "pydantic", "pydantic_settings", "rich", "tenacity", "yaml",
    "asyncio", "http", "email", "ssl", "sqlite3",
}  # fmt: skip
PROGRAM = """
import json, sys
from stormproof.cli.main import main
try:
    main()
except SystemExit:
    pass
print("\\n" + json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""


@pytest.mark.parametrize("arguments", [["--help"], ["drill", "--help"], ["drill", "run", "--help"], ["lab", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    imported = set(json.loads(done.stdout.splitlines()[-1]))
    assert imported & HEAVY == set()
    assert "usage" in done.stdout.lower()


def test_importing_the_package_imports_nothing_else_of_ours():
    program = "import sys, stormproof; print([name for name in sys.modules if name.startswith('stormproof.')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_a_program_that_calls_main_keeps_its_own_ways_with_garbage():
    """Ours are for a process that ends with the command."""
    before = (gc.get_threshold(), gc.get_freeze_count())
    assert main(["--help"]) == 0
    assert (gc.get_threshold(), gc.get_freeze_count()) == before
