"""Pulumi's assets and archives as bytes: what a Lambda function's code is sent as."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from stormproof.core.errors import Refused

# Every file of an archive gets this time, or the same code would have another digest each day.
_SAME_DAY = (2020, 1, 1, 0, 0, 0)


def zip_bytes(value: Mapping[str, Any]) -> bytes:
    """A zip file of an archive; an asset's own bytes. Files are read where the engine runs the program."""
    if "assets" in value:
        return _zip(_members(value["assets"], ""))
    if "path" in value:
        path = Path(value["path"])
        return _zip(_folder(path)) if path.is_dir() else path.read_bytes()
    if "text" in value:
        return str(value["text"]).encode()
    raise Refused(
        "an asset from the network cannot be used with the emulator",
        where=str(value.get("uri", "asset")),
        fix="use a file, a folder or a text of the project",
    )


def _members(assets: Mapping[str, Any], under: str) -> Iterator[tuple[str, bytes]]:
    for name, asset in assets.items():
        where = f"{under}{name}"
        if "assets" in asset:
            yield from _members(asset["assets"], f"{where}/")
        elif "path" in asset and Path(asset["path"]).is_dir():
            yield from ((f"{where}/{inner}", content) for inner, content in _folder(Path(asset["path"])))
        else:
            yield where, zip_bytes(asset)


def _folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield str(path.relative_to(folder)), path.read_bytes()


def _zip(members: Iterator[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name, _SAME_DAY), content)
    return buffer.getvalue()
