"""Joins a row to the function that makes it happen.

Modules of the component tests register with `@plants("row-id")`; the test of a section calls `planter(row)`. What a
planter is handed and answers is each section's own affair.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from tables.row import Row

Planter = TypeVar("Planter", bound=Callable[..., Any])
_PLANTERS: dict[str, Callable[..., Any]] = {}


def plants(*ids: str) -> Callable[[Planter], Planter]:
    """Register a function for these rows. Two functions for one row are a mistake."""

    def register(function: Planter) -> Planter:
        for row_id in ids:
            known = _PLANTERS.get(row_id)
            same = known is not None and (known.__module__, known.__qualname__) == (
                function.__module__,
                function.__qualname__,
            )
            if known is not None and not same:
                raise ValueError(f"two planters for the row {row_id}")
            _PLANTERS[row_id] = function
        return function

    return register


def planter(row: Row) -> Callable[..., Any]:
    """What makes this row happen. KeyError: nobody registered."""
    return _PLANTERS[row.id]


def planted() -> frozenset[str]:
    return frozenset(_PLANTERS)
