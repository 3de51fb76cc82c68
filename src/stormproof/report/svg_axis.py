"""Scales for the report's pictures: round steps, and texts that fit."""

from __future__ import annotations

import math
import unicodedata

_STEPS_SECONDS = (
    0.1,
    0.2,
    0.5,
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    14400,
    21600,
    43200,
    86400,
)
_CHARACTER_WIDTH = 0.56  # of the font's size, for a usual sans-serif; wide letters are few


def ticks(limit: float, wanted: int) -> list[float]:
    """From 0 to `limit` (seconds) in round steps, about `wanted` of them."""
    if limit <= 0:
        return [0.0]
    ideal = limit / max(1, wanted)
    step = next((s for s in _STEPS_SECONDS if s >= ideal), 86400.0 * math.ceil(ideal / 86400))
    return [index * step for index in range(int(limit / step + 1e-9) + 1)]


def tick_text(value: float) -> str:
    """0, 0.5 s, 10 s, 2 min, 1:30 min, 2 h."""
    if value == 0:
        return "0"
    if value < 60:
        return f"{value:g} s"
    if value < 3600:
        return f"{value / 60:g} min" if value % 60 == 0 else f"{value // 60:.0f}:{value % 60:02.0f} min"
    return f"{value / 3600:g} h" if value < 86400 * 2 else f"{value / 86400:g} d"


def width_of(text: str, size: float = 13) -> float:
    """About how wide a text is, in pixels at a font size. East Asian wide characters count twice."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text) * size * _CHARACTER_WIDTH


def fitted(text: str, room: float, size: float = 13) -> str:
    """The text, shortened with an ellipsis to what fits into `room` pixels."""
    if width_of(text, size) <= room:
        return text
    while text and width_of(text + "…", size) > room:
        text = text[:-1]
    return text.rstrip() + "…"
