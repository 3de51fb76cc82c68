"""One drill at a time in one lab: a drill kills the lab's primary and heals it, which another must not meet half-way."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from stormproof.core.errors import Refused

WAIT_SECONDS_MAX = 3600.0  # for the drill before, which is bounded itself
POLL_SECONDS = 0.2


@contextlib.contextmanager
def lab_in_use(state: Path, say: Callable[[str], None], *, wait_seconds: float = WAIT_SECONDS_MAX) -> Iterator[None]:
    """Have the project's lab for oneself. The kernel lets go of it when its holder dies, so a killed drill blocks nobody.

    Args:
        state: the project's state folder, which is there.
        wait_seconds: how long to wait for a drill that has it; 0 does not wait.

    Raises Refused: somebody else had it for all of that time.
    """
    path = state / "lab-in-use"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(handle, path, say, wait_seconds)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)  # and with it the lock


def _take(handle: int, path: Path, say: Callable[[str], None], wait_seconds: float) -> None:
    until = time.monotonic() + wait_seconds
    told = False
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 32, 0).decode(errors="replace").strip() or "unknown"
            if time.monotonic() >= until:
                raise Refused(
                    f"the lab is in use by process {holder}",
                    where=str(path),
                    fix="wait for that drill to end, or end it; then try again",
                    code="SP133",
                ) from None
            if not told:
                say(f"the lab is in use by process {holder}; waiting for it")
                told = True
            time.sleep(POLL_SECONDS)
        else:
            return
