"""One drill at a time in one lab: a drill kills the lab's primary and heals it, which another must not meet half-way."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from stormproof.core.errors import Refused, SetupFailed
from stormproof.lab.lock_file import try_lock, unlock

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
    handle = _take(path, say, wait_seconds)
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        unlock(path, handle)


def _take(path: Path, say: Callable[[str], None], wait_seconds: float) -> int:
    until = time.monotonic() + wait_seconds
    told = False
    while (handle := _try(path)) is None:
        if time.monotonic() >= until:
            raise Refused(
                f"the lab is in use by process {_holder(path)}",
                where=str(path),
                fix="wait for that drill to end, or end it; then try again",
                code="SP133",
            )
        if not told:
            say(f"the lab is in use by process {_holder(path)}; waiting for it")
            told = True
        time.sleep(POLL_SECONDS)
    return handle


def _try(path: Path) -> int | None:
    try:
        return try_lock(path)
    except OSError as error:
        raise SetupFailed(
            f"the state folder cannot be written ({error.strerror})",
            where=str(path.parent),
            fix="let this user write there, with free space on its disk, or set STORMPROOF_HOME to a folder of its own",
            code="SP128",
        ) from error


def _holder(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()[:32] or "unknown"
    except OSError:
        return "unknown"  # it is just being given up
