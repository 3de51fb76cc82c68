"""What the lab's content asks of a host of the lab: the lab's own hand, not the way that a runner takes (that is SSH).

The foundation hands out objects of this shape. `run` and `check` mean the same as in `core.ports.Host`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from stormproof.core.ports import Completed

_RESOURCES = Path(__file__).parent / "resources"

# Where the lab's scripts stand inside a host: written with its root, owned by root, so that nobody there can change them.
LAB_FOLDER = "/etc/stormproof"


class Machine(Protocol):
    """One host of the lab, acted on as the user `postgres`."""

    @property
    def name(self) -> str: ...

    @property
    def address(self) -> str: ...

    def run(
        self, script: str, *, env: Mapping[str, str] | None = None, stdin: str = "", timeout_seconds: float = 30.0
    ) -> Completed: ...

    def check(
        self, script: str, *, env: Mapping[str, str] | None = None, stdin: str = "", timeout_seconds: float = 30.0
    ) -> str: ...

    def put(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a file whole (new name, then rename), making its folder."""

    def keep_running(self, name: str, script: str, *, env: Mapping[str, str] | None = None) -> None:
        """Start a long-lived process in a session of its own; it ends with the host. One per name: a running one stays."""

    def stop_running(self, name: str) -> None:
        """End what `keep_running` started under this name, with its children; nothing to end is fine."""


def resource(name: str) -> str:
    """The text of a file that ships beside this module (SQL, shell). Raises FileNotFoundError for our own mistake."""
    return (_RESOURCES / name).read_text(encoding="utf-8")
