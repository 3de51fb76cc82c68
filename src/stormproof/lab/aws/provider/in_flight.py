"""What is being done to the emulator right now, and what happens to it when the engine goes away."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from stormproof.lab.aws.engine_watch import when_gone
from stormproof.lab.aws.provider.listing import Listing

# Longer than the longest call of the emulator (clients.py: 60 s to read an answer).
_PATIENCE_S = 90.0


class InFlight:
    """Counts operations under way. Once the engine has gone, each one that ends is written down."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._changed = threading.Condition()
        self._open = 0
        self.engine_gone = threading.Event()

    @contextmanager
    def operation(self, verb: str, type_: str, urn: str) -> Iterator[None]:
        with self._changed:
            self._open += 1
        try:
            yield
        finally:
            if self.engine_gone.is_set():
                self._listing.add("finished after the engine had gone", type_, verb, urn=urn)
            with self._changed:
                self._open -= 1
                self._changed.notify_all()

    def wait_until_none(self, seconds: float = _PATIENCE_S) -> bool:
        """Whether every operation ended in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._open == 0, timeout=seconds)


def leave_with_engine(flights: InFlight, listing: Listing, leave: Callable[[], None]) -> None:
    """Ends this process once its parent (the engine) has gone, even by kill -9; what is under way is finished first."""
    parent = os.getppid()

    def gone() -> None:
        flights.engine_gone.set()
        listing.add("engine gone", "aws", urn="-", why=f"process {parent} ended without a word")
        flights.wait_until_none()
        leave()

    when_gone(parent, gone)
