"""Bounded waits of the lab's own."""

from __future__ import annotations

import time
from collections.abc import Callable

from stormproof.core.errors import CommandFailed, TimedOut


def wait_until(
    question: Callable[[], bool],
    *,
    what: str,
    where: str,
    fix: str,
    timeout_seconds: float,
    poll_seconds: float = 0.1,
) -> None:
    """Ask until the answer is yes. A question whose command fails (a server that is just starting) counts as no.

    Raises:
        TimedOut: no yes within `timeout_seconds`; it names what was waited for and the last failure.
    """
    deadline = time.monotonic() + timeout_seconds
    failure: CommandFailed | None = None
    while True:
        try:
            if question():
                return
            failure = None
        except CommandFailed as error:
            failure = error
        if time.monotonic() >= deadline:
            saw = f"; last answer: {failure.output.strip()[-300:]}" if failure else ""
            raise TimedOut(f"waited {timeout_seconds:g} s for {what}{saw}", where=where, fix=fix, code="SP692")
        time.sleep(poll_seconds)
