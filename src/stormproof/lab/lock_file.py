"""A lock that is a file only while it is held: whoever gives it up removes it, without a race.

The file is unlinked while its lock is still held. Who waited for that very file holds a lock on nothing then, notices it
by the inode, and tries again with the file that the name stands for now. The kernel lets go when a holder dies; its
file stays until the next one takes and removes it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path


def try_lock(path: Path) -> int | None:
    """A descriptor that holds the lock, or None while somebody else does. Raises OSError."""
    while True:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        if _is_named(path, descriptor):
            return descriptor
        os.close(descriptor)


def unlock(path: Path, descriptor: int) -> None:
    """Give the lock up, and leave no file behind."""
    with contextlib.suppress(OSError):  # its folder is gone, or may not be written any more: the lock goes all the same
        path.unlink()
    os.close(descriptor)


def _is_named(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
