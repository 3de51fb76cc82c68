"""Reads a stack's configuration out of its file, `Pulumi.NAME.yaml`, as Pulumi hands it to a program."""

from __future__ import annotations

import json
import re
from typing import Any

from stormproof.core.spec_text import SpecText

NAMESPACE = "stormproof"


def configuration(text: SpecText) -> dict[str, str]:
    """`NAMESPACE:KEY` -> text, where an object or a list is JSON.

    Raises: SpecInvalid: the text is no stack's file, or one of our settings is encrypted: then it cannot be read here.
    """
    text.raise_if_wrong()
    config = text.get("config")
    if not isinstance(config, dict):
        text.problem((), "this stack has no configuration", fix="write keys below `config:`, as docs/infra.md shows")
        text.raise_if_wrong()
        return {}
    found = {}
    for key, value in config.items():
        if isinstance(value, dict) and set(value) == {"secure"}:
            if key.startswith(f"{NAMESPACE}:"):
                text.problem(("config", key), f"'{key}' is encrypted", fix="write it plainly: it is no secret")
            continue
        found[key] = as_text(value)
    text.raise_if_wrong()
    return found


def as_text(value: Any) -> str:
    """One value: text as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), sort_keys=True)


def steps(key: str) -> tuple[str | int, ...]:
    """`stormproof:network.zones[0]` as the path in the file: `stormproof:network`, `zones`, 0."""
    space, _, path = key.partition(":")
    parts: list[str | int] = [int(one) if one.isdecimal() else one for one in re.findall(r"[^.\[\]]+", path)]
    return (f"{space}:{parts[0]}", *parts[1:]) if parts else (space,)
