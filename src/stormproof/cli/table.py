"""Plain tables for a terminal of any width. The last column gives way; nothing is coloured, so nothing is lost without it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

GAP = 2
LAST_MIN = 20  # columns; with less, the last column stands on lines of its own
BELOW = 4


def table(heads: Sequence[str], rows: Sequence[Sequence[object]], *, width: int) -> list[str]:
    """Lines of a table; the last column is wrapped to what is left of `width`, or stands below where little is left."""
    texts = [[_plain(cell) for cell in row] for row in rows]
    widths = [max([len(head), *(len(row[number]) for row in texts)]) for number, head in enumerate(heads)]
    before = sum(widths[:-1]) + GAP * (len(heads) - 1)
    is_narrow = width - before < min(LAST_MIN, widths[-1])
    margin = BELOW if is_narrow else before
    lines = [_line(heads[:-1] if is_narrow else heads, widths)] if any(heads) else []
    for row in texts:
        hang = " " * (len(row[-1]) - len(row[-1].lstrip(" -")))  # an item's further lines stand below its words
        parts = textwrap.wrap(row[-1], max(1, width - margin), subsequent_indent=hang) or [""]
        if is_narrow:
            lines.append(_line(row[:-1], widths))
        else:
            lines.append(_line([*row[:-1], parts.pop(0)], widths))
        lines += [" " * margin + part for part in parts if part]
    return lines


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    last = len(cells) - 1
    return "".join(
        cell if number == last else cell.ljust(widths[number] + GAP) for number, cell in enumerate(cells)
    ).rstrip()


def _plain(cell: object) -> str:
    """Without control characters: a name out of a file must not move a terminal's cursor."""
    return "".join(char if char.isprintable() else "�" for char in str(cell))
