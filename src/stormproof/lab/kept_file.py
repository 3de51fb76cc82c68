"""What the lab keeps for itself between commands: read again as it was written, or said to be damaged; never half of it.

A digest over the content stands in each file. A flipped digit would else be another process, another address, a
disaster that was healed.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

BYTES_MAX = 4 * 1024**2  # fifty times the largest, which holds the hosts' scripts
DIGEST = "digest"


class Damaged(ValueError):
    """A file of the lab's own that cannot be what the lab wrote; says why."""


def sealed(document: Mapping[str, Any]) -> str:
    """The document as text, with its digest in it."""
    return json.dumps({**document, DIGEST: _digest(document)}, indent=1) + "\n"


def read_sealed(path: Path) -> Any:
    """What stands in the file, without its digest; None where there is none. One without a digest is of an earlier version.

    Raises Damaged, OSError with the file's name.
    """
    text = read_kept(path)
    if text is None:
        return None
    try:
        document = json.loads(text)
        json.dumps(document, ensure_ascii=False).encode()  # "\ud800", half of a pair, could be written nowhere
    except (ValueError, RecursionError) as error:
        raise Damaged(f"it is no JSON ({str(error)[:200]})") from error
    if isinstance(document, dict) and DIGEST in document:
        digest = document.pop(DIGEST)
        if digest != _digest(document):
            raise Damaged("it was changed since it was written")
    return document


def read_kept(path: Path) -> str | None:
    """The text of a file, which is UTF-8; None where there is none. Raises Damaged, OSError with the file's name."""
    try:
        # A pipe in its place would wait for a writer for ever.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Damaged("it is no file")
            data = file.read(BYTES_MAX + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        if isinstance(error.filename, os.PathLike | str) and error.errno not in (errno.ELOOP, errno.ENXIO):
            raise  # this machine keeps the file from us, which says nothing of what is in it
        raise Damaged(f"it could not be read ({error.strerror})") from error
    if len(data) > BYTES_MAX:
        raise Damaged(f"it is larger than {BYTES_MAX // 1024**2} MB")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Damaged(f"it is no UTF-8 (byte {error.start})") from error


def expect(right: bool, what: str) -> None:
    """Raises Damaged where something in a file is not as the lab writes it."""
    if not right:
        raise Damaged(what)


def is_number(value: object, least: int, most: int) -> bool:
    """Whether it is a whole number between the two, both included."""
    return type(value) is int and least <= value <= most


def is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def is_named_texts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


def _digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of the document as canonical JSON."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()
