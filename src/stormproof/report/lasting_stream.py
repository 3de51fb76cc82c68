"""A stream whose reader may leave or whose disk may fill: what is told of a run must never be what ends it."""

from __future__ import annotations

from typing import IO, Any


class LastingStream:
    """Hands on what is written until that fails once; from then on it is for nobody.

    `stormproof drill run … 2>&1 | head` closes the stream in the middle of a recovery, and rich leaves the process then.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream, self._gone = stream, False

    def write(self, text: str) -> int:
        if not self._gone:
            try:
                self._stream.write(text)
            except (OSError, ValueError):  # ValueError: closed
                self._gone = True
        return len(text)

    def flush(self) -> None:
        if not self._gone:
            try:
                self._stream.flush()
            except (OSError, ValueError):
                self._gone = True

    def __getattr__(self, name: str) -> Any:
        """Whether it is a terminal, its encoding, its descriptor."""
        return getattr(self._stream, name)
