"""The list of what was not shown: JSON lines in the file named by STORMPROOF_PROVIDER_REPORT."""

from __future__ import annotations

import datetime
import json
import threading
from pathlib import Path
from typing import Literal, TypeAlias

VARIABLE = "STORMPROOF_PROVIDER_REPORT"
Entry: TypeAlias = Literal[
    "not emulated", "not read back", "replacement unknown", "finished after the engine had gone", "engine gone"
]


class Listing:
    """Writes each (entry, type, property) once; without a file it keeps them in memory alone."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._said: set[tuple[str, str, str]] = set()

    def add(self, entry: Entry, type_: str, property_: str = "*", *, why: str = "", urn: str = "") -> None:
        """`property_` `*` is the type as a whole. Happenings (with a urn) are written each time."""
        key = (entry, type_, property_)
        with self._lock:
            if key in self._said and not urn:
                return
            self._said.add(key)
            if self._path is None:
                return
            now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
            line = {"at": now, "entry": entry, "type": type_, "property": property_, "why": why, "urn": urn}
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({name: value for name, value in line.items() if value}) + "\n")

    def entries(self, entry: Entry) -> set[tuple[str, str]]:
        """(type, property) of everything listed under this entry."""
        with self._lock:
            return {(type_, property_) for said, type_, property_ in self._said if said == entry}
