"""The engine as a process: ended in order where we are asked to end, and gone where we are killed."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1  # prctl(2)
ORDERLY_SECONDS = 20.0  # for the calls in flight, after which its state is written
TELL_SECONDS = 10.0

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Ended:
    """`output` is what it said on both streams."""

    status: int
    output: str


def run_engine(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    log: Path,
    tell: Callable[[], None] = lambda: None,
) -> Ended:
    """Run one command of the engine; `tell` is called every 10 s. Call it from the main thread.

    When an exception (Ctrl-C, SIGTERM) interrupts the wait, the engine is asked once to stop, as by Ctrl-C, and killed
    when it has not within 20 s or when a second one comes. It has a session of its own, so that the terminal's Ctrl-C
    reaches it once, through us.
    """
    starter = os.getpid()
    with log.open("wb") as said:
        process = subprocess.Popen(
            list(command), cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL, stdout=said,
            stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=lambda: _end_with(starter),
        )  # fmt: skip
    try:
        while True:
            try:
                status = process.wait(TELL_SECONDS)
                break
            except subprocess.TimeoutExpired:
                tell()
    except BaseException:  # Ctrl-C, SIGTERM, whatever `tell` raises: an engine must not go on without who waits for it
        _stop(process)
        raise
    return Ended(status, log.read_text(encoding="utf-8", errors="replace"))


def _end_with(starter: int) -> None:
    """In the child, before it becomes the engine: it is killed when our main thread, and so we, have ended."""
    if sys.platform == "linux":
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != starter:  # ended in between
        os._exit(1)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(ORDERLY_SECONDS)
    except subprocess.TimeoutExpired:
        pass  # it had its time
    finally:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
