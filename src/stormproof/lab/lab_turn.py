"""Whose turn it is to change a lab's content: making it, breaking it, healing it, backing it up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from stormproof.core.errors import SetupFailed
from stormproof.lab.lock_file import try_lock, unlock

TURN_SECONDS_MAX = 600.0  # a first bring-up with some gigabytes takes minutes


@contextmanager
def turn(path: Path, say: Callable[[str], None], *, timeout_seconds: float = TURN_SECONDS_MAX) -> Iterator[None]:
    """Hold the lock file `path` (beside the lab's folder, which may be removed meanwhile). Not for nesting.

    The kernel lets go of it when its holder dies, so a killed bring-up blocks nobody.

    Raises:
        SetupFailed: another process held it for all of `timeout_seconds`.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    deadline = time.monotonic() + timeout_seconds
    told = False
    while (descriptor := try_lock(path)) is None:
        if time.monotonic() >= deadline:
            raise SetupFailed(
                f"another process was changing this lab for {timeout_seconds:g} s",
                where=str(path),
                fix="wait for it to end, or end it; then try again",
                code="SP696",
            )
        if not told:
            say("another process is changing this lab; waiting for it")
            told = True
        time.sleep(0.1)
    try:
        yield
    finally:
        unlock(path, descriptor)
