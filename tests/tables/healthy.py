"""Rows of docs/faults.md, section healthy."""

from __future__ import annotations

from tables.row import Expect, Row

__all__ = ["ROWS", "Expect"]

ROWS: list[Row] = []
