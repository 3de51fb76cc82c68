"""The folder of inventory copies: one folder for each stack, one dated file for each pull, never written over."""

from __future__ import annotations

import contextlib
import os
from datetime import UTC
from pathlib import Path

from stormproof.core.errors import SetupFailed, Unverified
from stormproof.core.infra.recovery_inventory import InventoryCopy, read_copy

NEWEST = "newest.json"  # a link, for people and scripts
_NAME = "%Y%m%dT%H%M%S.%fZ"


class InventoryCopies:
    """Keeps copies below `folder`; its files are for their owner alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, copy: InventoryCopy) -> Path:
        """Adds a copy: whole or not at all, and only then is it the newest. Raises SetupFailed."""
        folder = self._folder / copy.stack
        path = folder / f"{copy.pulled_at.astimezone(UTC).strftime(_NAME)}.json"
        candidate = folder / f".{path.name}.{os.getpid()}"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                _write(candidate, copy.as_text())
                os.link(candidate, path)  # unlike a rename, refuses to write over
            finally:
                candidate.unlink(missing_ok=True)
            self._point_to_newest(folder)
            _sync(folder)
        except OSError as error:
            raise SetupFailed(
                f"the copy of the inventory cannot be written ({error.strerror}); older copies are as they were",
                where=str(error.filename or path),
                fix="make room, and let this user write there",
                code="SP908",
            ) from error
        return path

    def _point_to_newest(self, folder: Path) -> None:
        """Looked at again behind each change: of several that keep a copy at once, whoever comes last sees every copy."""
        place, link = folder / NEWEST, folder / f".{NEWEST}.{os.getpid()}"
        while (files := self.files(folder.name)) and not (
            place.is_symlink() and str(place.readlink()) == files[0].name
        ):
            link.unlink(missing_ok=True)  # of a process of the same number that was killed
            link.symlink_to(files[0].name)
            link.replace(place)

    def files(self, stack: str) -> list[Path]:
        """Every copy of one stack, newest first."""
        folder = self._folder / stack
        found: list[Path] = []
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            found = [one for one in folder.iterdir() if one.suffix == ".json" and one.name[0].isdecimal()]
        return sorted(found, reverse=True)

    def newest(self, stack: str) -> tuple[InventoryCopy, Path] | None:
        """The newest copy; None when there is none. Raises Unverified: it cannot be read."""
        files = self.files(stack)
        if not files:
            return None
        try:
            text = files[0].read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Unverified(
                f"this copy of the inventory cannot be read ({error})",
                where=str(files[0]),
                fix="let this user read it, or pull it again; older copies lie beside it",
                code="SP907",
            ) from error
        return read_copy(text, file=str(files[0])), files[0]


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
