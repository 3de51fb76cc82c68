"""The repository's own files, for tests that hold its shape. Works in a clone, an sdist and a plain copy."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Written by tools or runs, never by us.
_NOT_OURS = {"__pycache__", "dist", "build", "node_modules"}
_HIDDEN_BUT_OURS = {".ci", ".github", ".gitignore"}


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in _NOT_OURS or path.name.endswith(".egg-info"):
            continue
        if path.name.startswith(".") and path.name not in _HIDDEN_BUT_OURS:
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)
        elif path.is_file():
            yield path


@cache
def text_files() -> dict[str, str]:
    """Path relative to the root -> text, for every file that is text."""
    found: dict[str, str] = {}
    for path in _walk(ROOT):
        try:
            found[str(path.relative_to(ROOT))] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
    return found


def python_files(*folders: str) -> dict[str, ast.Module]:
    """Parsed modules below these folders of the root."""
    return {
        name: ast.parse(text, filename=name)
        for name, text in text_files().items()
        if name.endswith(".py") and name.startswith(tuple(f"{folder}/" for folder in folders))
    }


def imported_by(tree: ast.Module) -> set[str]:
    """Full names of all modules that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names
