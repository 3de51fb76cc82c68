"""Paths that a person named: `~` written out, and what cannot be meant refused before anything is written."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stormproof.core.errors import Refused

if TYPE_CHECKING:
    from stormproof.adapters.signing import Ed25519Verifier


def named_path(text: str | os.PathLike[str], *, where: str = "") -> Path:
    """The path with `~` and `~user` written out; a shell leaves `~user` as it is where there is no such user.

    Args:
        where: the setting, variable or flag that names it; default: the path itself.

    Raises Refused: there is no such home folder.
    """
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise Refused(
            f"there is no home folder behind '{Path(text).parts[0]}'",
            where=where or str(text),
            fix="write the path in full, or ./~… for a file of that name",
            code="SP122",
        ) from None


def no_folder_in(path: Path) -> Path | None:
    """What of a path that should be a folder is a file: the path itself, or the first one above it. None: nothing is."""
    return next((part for part in (*reversed(path.parents), path) if part.exists() and not part.is_dir()), None)


def refuse_files_in(folder: Path) -> None:
    """Raises Refused: a folder is to be made there, and a part of its path is a file."""
    if blocking := no_folder_in(folder.absolute()):
        raise Refused("this is no folder", where=str(blocking), fix="name a folder, or a new one", code="SP122")


def output_file(text: str) -> Path:
    """Where `-o` says. Raises Refused: that is a folder, or lies below a file, so nothing can be written there."""
    path = named_path(text)
    if text == "-" or path.is_dir():
        raise Refused(
            "this names no file to write",
            where=f"-o {text}",
            fix="leave -o out: it then goes to standard output" if text == "-" else f"name a file: -o {path}/NAME",
            code="SP122",
        )
    refuse_files_in(path.parent)
    return path


def named_verifier(keys: Sequence[str]) -> Ed25519Verifier:
    """Of the keys that `--key` names. Raises Refused: one is missing or none, which is a mistake on the command line."""
    from stormproof.adapters.signing import KeyUnusable, load_verifier

    try:
        return load_verifier(*(named_path(key) for key in keys))
    except KeyUnusable as error:
        raise Refused(
            error.what, where=f"--key: {error.where}", fix="name the public key: a PEM file that this user may read; "
            "`stormproof evidence keygen` says where the project's own is", code="SP126",
        ) from error  # fmt: skip
