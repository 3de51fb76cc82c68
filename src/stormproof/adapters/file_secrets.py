"""Secrets from a folder of files, one each, that only their owner may read."""

from __future__ import annotations

import threading
from pathlib import Path

from stormproof.core.errors import Refused, SetupFailed


class FileSecrets:
    """`file:keys/` of the inventory. A value is read when first asked for and never written anywhere by us."""

    def __init__(self, folder: Path, *, shown_as: str) -> None:
        self._folder, self._shown_as = folder, shown_as
        self._values: dict[str, str] = {}
        self._lock = threading.Lock()

    @property
    def where(self) -> str:
        return self._shown_as

    def get(self, name: str) -> str:
        with self._lock:
            if name not in self._values:
                self._values[name] = self._read(name)
            return self._values[name]

    def names_read(self) -> list[str]:
        with self._lock:
            return sorted(self._values)

    def _read(self, name: str) -> str:
        path = self._folder / name
        if "/" in name or name.startswith("."):
            raise Refused(f"{name!r} is no secret's name", where=self._shown_as, fix="give a plain name", code="SP103")
        try:
            if path.stat().st_mode & 0o077:
                raise Refused(
                    f"the secret {name} is readable by others", where=str(path), fix=f"chmod 600 {path}", code="SP104"
                )
            value = path.read_text(encoding="utf-8").rstrip("\n")
        except OSError as error:
            raise SetupFailed(
                f"the secret {name} cannot be read ({error.strerror})",
                where=str(path),
                fix="put it there with mode 0600, or correct `secrets` in the inventory",
                code="SP105",
            ) from error
        if not value:
            raise SetupFailed(f"the secret {name} is empty", where=str(path), fix="write it again", code="SP105")
        return value
