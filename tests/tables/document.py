"""Writes docs/faults.md from the rows and from what their tests saw: PYTHONPATH=tests python -m tables.document"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tables.index import SECTIONS, all_rows
from tables.row import Row
from tables.seen import read

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"

INTRODUCTION = """\
# What happens when

Each line was made to happen by a test, with the real parts, and watched to its end. The page is made from the tests'
own table and from what they saw (`PYTHONPATH=tests python -m tables.document`); a test holds that it is true.

* **ends** is the drill's verdict and the command's [exit code](exit-codes.md). After every line nothing was left over.
* **told as** are the codes of what is reported; `stormproof` prints each with what, where and how to mend it.
* **took** is the whole command as it was last recorded, on two shared cores: an order of magnitude, not a promise.
"""


def page() -> str:
    """The whole page. KeyError: a row that no test has seen."""
    parts = [INTRODUCTION]
    for section, title in SECTIONS.items():
        seen = read(section)
        parts += [f"\n## {title}\n", "| what happens | ends | told as | took |", "|---|---|---|---|"]
        parts += [_line(row, seen[row.id]) for row in all_rows(section)]
    return "\n".join(parts) + "\n"


def _line(row: Row, seen: dict[str, Any]) -> str:
    ends = " ".join(str(part) for part in (seen["verdict"], seen["exit_code"]) if part is not None)
    codes = ", ".join(seen["codes"]) or "–"
    took = "–" if seen["seconds"] is None else f"{seen['seconds']:g} s"
    what = row.what + (f" ({seen['note']})" if seen["note"] else "") + (" *(nightly)*" if row.nightly else "")
    return f"| {what} | {ends} | {codes} | {took} |"


if __name__ == "__main__":
    PAGE.write_text(page())
    print(f"wrote {PAGE}")
