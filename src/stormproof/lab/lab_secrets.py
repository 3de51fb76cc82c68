"""The lab's third place: passphrases and passwords in a folder that neither production nor the vault can see."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from stormproof.core.errors import SetupFailed
from stormproof.lab.kept_file import Damaged, expect, read_kept

# The first three stand in the inventory's `secrets`; the last is between the lab's vault and production only.
_VALUE = re.compile(r"[!-~]+")  # printable, without a space: it becomes a line of a file, or a variable
NAMES = ("pgbackrest-cipher", "restic-password", "shop_app", "wal_receiver")


@dataclass(frozen=True, slots=True, repr=False)
class LabSecrets:
    """Values in memory. No repr: a value must not reach a log by way of one."""

    pgbackrest_cipher: str
    restic_password: str
    shop_app: str
    wal_receiver: str

    def __repr__(self) -> str:
        return "LabSecrets(…)"


def read_or_make(folder: Path) -> LabSecrets:
    """Read the lab's secrets from `folder`; make those that are missing (mode 0600, 256 bits each).

    Raises:
        SetupFailed: one of them can be read by others, is empty, or is no word.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return LabSecrets(*(_read_or_make(folder / name) for name in NAMES))


def _read_or_make(path: Path) -> str:
    if not path.exists():
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
        fresh.rename(path)
    if path.stat().st_mode & 0o077:
        raise SetupFailed(
            f"the lab's secret '{path.name}' can be read by others",
            where=str(path),
            fix=f"chmod 600 {path}",
            code="SP690",
        )
    try:
        value = (read_kept(path) or "").strip()
        expect(_VALUE.fullmatch(value) is not None, "it is no word" if value else "it is empty")
    except Damaged as error:
        raise SetupFailed(
            f"the lab's secret '{path.name}' cannot be read: {error}",
            where=str(path),
            fix="run `stormproof lab destroy`",
            code="SP690",
        ) from error
    return value
