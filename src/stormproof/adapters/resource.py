"""The text of a script that ships beside this package."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def resource(name: str) -> str:
    """Read adapters/resources/NAME."""
    return files("stormproof.adapters.resources").joinpath(name).read_text(encoding="utf-8")
