"""Files on a host's disk, written from outside without ever following a link that the host may have planted."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path, PurePosixPath

from stormproof.core.errors import Refused
from stormproof.lab.host_root import Owner
from stormproof.lab.topology import PERSISTENT


def prepare_disk(disk: Path, owner: Owner) -> None:
    """Make the persistent directories that are missing, the user's own."""
    for path in PERSISTENT:
        place = disk / path.lstrip("/")
        if not place.exists():
            place.mkdir(parents=True)
            os.chown(place, owner.uid, owner.gid)


def write_file(disk: Path, path: str, content: str, *, owner: Owner, mode: int = 0o644) -> None:
    """Write a file as the host's user would, in one step, making parent directories as needed (mode 0755).

    Args:
        path: absolute, as the host sees it, below one of its persistent directories.

    Raises:
        Refused: the path is not below a persistent directory, a part of it is a link or no directory, or the disk
            is full.
    """
    parts = below_persistent(disk, path)
    folder = open_folder(disk, parts[:-1], owner)
    temporary = f".{parts[-1]}.new"
    try:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(temporary, flags, 0o600, dir_fd=folder)
        with os.fdopen(descriptor, "w") as file:
            file.write(content)
            os.fchown(descriptor, owner.uid, owner.gid)
            os.fchmod(descriptor, mode)
        os.rename(temporary, parts[-1], src_dir_fd=folder, dst_dir_fd=folder)
    except OSError as error:
        raise Refused(
            f"{path} cannot be written: {error.strerror}",
            where=str(disk),
            fix="look what the host put there; `stormproof lab destroy` makes a new disk",
            code="SP610",
        ) from error
    finally:
        os.close(folder)


def make_directory(disk: Path, path: str, *, owner: Owner, mode: int | None = None) -> None:
    """Make a directory and its parents where they are missing (mode 0755). Raises Refused like write_file.

    Args:
        mode: set it anew, also on a directory that was there.
    """
    folder = open_folder(disk, below_persistent(disk, path), owner)
    try:
        if mode is not None:
            os.fchmod(folder, mode)
    finally:
        os.close(folder)


def below_persistent(disk: Path, path: str) -> tuple[str, ...]:
    """The path's parts below the root."""
    pure = PurePosixPath(path)
    if ".." in pure.parts or not any(pure != PurePosixPath(kept) and pure.is_relative_to(kept) for kept in PERSISTENT):
        raise Refused(
            f"{path} is not on the host's disk",
            where=str(disk),
            fix=f"choose a path below one of {', '.join(PERSISTENT)}",
            code="SP610",
        )
    return pure.parts[1:]


def open_folder(disk: Path, parts: tuple[str, ...], owner: Owner) -> int:
    """A descriptor of a directory, reached step by step, made where it is missing.

    Raises:
        Refused: a step on the way is a link or no directory.
    """
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    folder = os.open(disk, flags)
    for part in parts:
        try:
            try:
                deeper = os.open(part, flags, dir_fd=folder)
            except FileNotFoundError:
                os.mkdir(part, 0o755, dir_fd=folder)
                deeper = os.open(part, flags, dir_fd=folder)
                os.fchown(deeper, owner.uid, owner.gid)
        except NotADirectoryError as error:  # what O_NOFOLLOW with O_DIRECTORY says about a link, too
            raise Refused(
                f"'{part}' in /{'/'.join(parts)} is a link or no directory",
                where=str(disk),
                fix="look what the host put there; `stormproof lab destroy` makes a new disk",
                code="SP610",
            ) from error
        finally:
            os.close(folder)
        folder = deeper
    return folder
