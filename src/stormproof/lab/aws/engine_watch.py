"""Go away together with the engine: a plugin that outlives a killed engine would go on changing what it was told to."""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable

POLL_SECONDS = 0.25


def when_gone(pid: int, then: Callable[[], None]) -> threading.Thread:
    """Call `then` in a thread of its own once our parent `pid` has ended, however it ended (`kill -9` too).

    Not PR_SET_PDEATHSIG: that means the thread that started us, and the engine's threads come and go (prctl(2)).
    """
    thread = threading.Thread(target=_watch, args=(pid, then), name="engine-watch", daemon=True)
    thread.start()
    return thread


def _watch(pid: int, then: Callable[[], None]) -> None:
    try:
        descriptor = os.pidfd_open(pid)
    except (AttributeError, OSError):  # not Linux, an old kernel, or gone already
        descriptor = -1
    if os.getppid() != pid:  # asked after opening: the number may have gone to another process before
        then()
        return
    if descriptor < 0:
        while os.getppid() == pid:
            time.sleep(POLL_SECONDS)
    else:
        ready = select.poll()
        ready.register(descriptor, select.POLLIN)
        ready.poll()
        os.close(descriptor)
    then()
