"""Whoever reads a run's progress may leave: the run goes on, and ends as it would have."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from stormproof.report.lasting_stream import LastingStream
from stormproof.report.terminal import LiveDrill

PROGRAM = """
import sys
from stormproof.report.terminal import LiveDrill
with LiveDrill(sys.stderr, color=False, live=False) as watch:
    for number in range(2000):  # more than a pipe holds
        watch({"kind": "message", "text": f"line {number} " + "x" * 100})
print("ended")
"""
EVENTS: list[Any] = [
    {"kind": "run-started", "run": "r", "drill": "d", "rto_s": 60.0},
    {"kind": "stopwatch-started"},
    {"kind": "step-started", "step": "s", "title": "S", "phase": "restore"},
    {"kind": "step-done", "step": "s", "seconds": 1.0},
    {"kind": "run-done", "verdict": "met"},
]


@pytest.fixture
def unread() -> Iterator[IO[str]]:
    """A pipe that nobody reads any more."""
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w", buffering=1)
    yield stream
    with contextlib.suppress(OSError):  # what could not be written
        stream.close()


@pytest.mark.parametrize("live", [False, True])
def test_a_run_is_watched_although_nobody_reads(unread: IO[str], live: bool) -> None:
    with LiveDrill(unread, color=False, live=live) as watch:
        for event in EVENTS:
            watch(event)


def test_a_full_disk_and_a_closed_stream_swallow_too() -> None:
    full = Path("/dev/full").open("w", buffering=1)  # noqa: SIM115 - it cannot be closed in peace
    lasting = LastingStream(full)
    assert lasting.write("words\n") == 6
    lasting.flush()
    with contextlib.suppress(OSError):
        full.close()
    lasting = LastingStream(full)
    assert lasting.write("words\n") == 6


def test_a_reader_that_leaves_in_the_middle_changes_neither_the_answer_nor_the_exit_code() -> None:
    started = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )  # fmt: skip
    assert started.stdout is not None
    assert started.stderr is not None
    with started:
        assert "line 0" in started.stderr.readline()
        started.stderr.close()
        answer = started.stdout.read()
    assert (answer, started.returncode) == ("ended\n", 0)
