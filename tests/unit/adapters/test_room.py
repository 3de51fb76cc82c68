"""How much room is left on a host is asked and told in one way, whichever script failed: the table of meanings reads it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from stormproof.adapters.resource import resource
from stormproof.adapters.tool_failure import script_that_says_why
from stormproof.core.tool_meaning import Tool, ended
from stormproof.core.tool_meaning_rows import MEANINGS

SRC = Path(__file__).parents[3] / "src"
HEADER = "Avail IFree Inodes"


def run(script: str, tmp_path: Path, df: str) -> subprocess.CompletedProcess[str]:
    """Run bash where `df` says this; one that says nothing fails, as for a folder that is not there."""
    stub = tmp_path / "df"
    stub.write_text(f"#!/bin/sh\nprintf '{df}'\n{'exit 1' if not df else ''}\n")
    stub.chmod(0o755)
    return subprocess.run(
        ["bash", "-s"], input=script, env={"PATH": f"{tmp_path}:/usr/bin:/bin", "RUN_DIR": str(tmp_path)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("df", "told"),
    [
        (f"{HEADER}\\n5000000 900 1000\\n", "room: 5000000 bytes and 900 inodes are free\n"),
        (f"{HEADER}\\n5000000 0 1000\\n", "room: 5000000 bytes and 0 inodes are free\n"),
        (f"{HEADER}\\n0 0 0\\n", "room: 0 bytes and any inodes are free\n"),  # btrfs
        (f"{HEADER}\\n0 - -\\n", "room: 0 bytes and any inodes are free\n"),  # vfat: df has no figure
        ("", ""),
    ],
)
def test_the_line_that_tells_how_much_room_is_left(df: str, told: str, tmp_path: Path) -> None:
    done = run(f"{resource('room.sh')}room /w", tmp_path, df)
    assert (done.returncode, done.stdout, done.stderr) == (0, told, "")


@pytest.mark.parametrize(("df", "code"), [("5000000 0 1000", "SP285"), ("0 900 1000", "SP284")])
def test_a_restore_that_failed_tells_the_room_so_that_the_table_knows_it(df: str, code: str, tmp_path: Path) -> None:
    done = run(script_that_says_why("/w", "failed 82 'it said'"), tmp_path, f"{HEADER}\\n{df}\\n")
    assert (done.returncode, done.stderr.splitlines()[0]) == (82, "it said")
    assert ended(MEANINGS, Tool.PGBACKREST, 82, done.stderr, unknown_code="SP210").code == code


@pytest.mark.parametrize("name", ["pg_wait_ready.sh", "wal_fetch.sh"])
def test_a_script_that_tells_the_room_brings_the_function_along(name: str) -> None:
    text = resource(name)
    assert resource("room.sh").rstrip("\n") in text
    assert "# with:" not in text
    assert subprocess.run(["bash", "-n"], input=text, text=True, check=False).returncode == 0


def test_the_room_is_told_in_one_place() -> None:
    texts = [*SRC.rglob("*.py"), *SRC.rglob("*.sh")]
    assert [path.name for path in texts if "room: %s bytes" in path.read_text()] == ["room.sh"]
    assert [path.name for path in texts if "--output=avail,iavail" in path.read_text()] == ["room.sh"]
