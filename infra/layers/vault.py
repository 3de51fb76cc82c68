"""The layer `vault`."""

from __future__ import annotations

from typing import Any

from infra.context import Context


def declare(context: Context) -> dict[str, Any]:
    """Declares the layer; returns its stack outputs."""
    return {}
