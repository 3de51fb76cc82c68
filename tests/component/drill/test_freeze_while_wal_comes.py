"""What the vault's own script lists of a stream that goes on meanwhile: segments are completed, and tidied away."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from stormproof.adapters.resource import resource

pytestmark = pytest.mark.component
FIRST, SECOND = "00000001000000000000000B", "00000001000000000000000C"
WRITTEN = b"\x01" * 40 + b"what the application wrote"


def frozen(folder: Path, tool: str, act: str) -> list[str]:
    """The lines about the stream; `act` happens right before the script's first use of that tool goes on."""
    tools = folder.with_name("tools")
    tools.mkdir()
    real = subprocess.run(["bash", "-c", f"type -P {tool}"], capture_output=True, text=True, check=True).stdout.strip()
    (tools / tool).write_text(f'#!/bin/bash\n{{ {act}; }} 2>/dev/null\nexec {real} "$@"\n')
    (tools / tool).chmod(0o755)
    done = subprocess.run(
        ["bash", "-c", resource("freeze.sh")],
        env={"PATH": f"{tools}:/usr/bin:/bin", "STANZA": "", "STREAM_DIR": str(folder), "SNAPSHOT_DIRS": ""},
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return [line for line in done.stdout.splitlines() if line.split()[0] in ("stream", "unreadable")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "stream"
    made.mkdir()
    (made / FIRST).write_bytes(b"\x02" * 64)
    (made / f"{SECOND}.partial").write_bytes(WRITTEN + bytes(100))
    return made


def lengths(lines: list[str]) -> dict[str, int]:
    assert all(line.startswith("stream ") for line in lines), lines
    return {line.split()[1]: int(line.split()[2]) for line in lines}


def test_a_segment_that_is_completed_while_it_is_read_is_listed_as_it_was(folder: Path) -> None:
    lines = frozen(folder, "perl", f"mv {folder / SECOND}.partial {folder / SECOND}")
    assert lengths(lines) == {FIRST: 64, SECOND: len(WRITTEN)}
    assert lines[1].split()[3] == hashlib.sha1(WRITTEN).hexdigest()


def test_a_segment_that_was_completed_after_the_folder_was_listed_is_listed_whole(folder: Path) -> None:
    lines = frozen(folder, "sha1sum", f"mv {folder / SECOND}.partial {folder / SECOND}")
    assert lengths(lines) == {FIRST: 64, SECOND: len(WRITTEN) + 100}
    assert lines[1].split()[3] == hashlib.sha1(WRITTEN + bytes(100)).hexdigest()


def test_a_segment_that_is_tidied_away_while_it_is_read_keeps_its_line(folder: Path) -> None:
    lines = frozen(folder, "stat", f"rm {folder / FIRST}")
    assert lengths(lines) == {FIRST: 64, SECOND: len(WRITTEN)}


def test_what_cannot_be_found_under_either_name_is_told(folder: Path) -> None:
    lines = frozen(folder, "sha1sum", f"rm {folder / SECOND}.partial")
    assert lines[1:] == [f"unreadable {folder / SECOND}.partial"]
