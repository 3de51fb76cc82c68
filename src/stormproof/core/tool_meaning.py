"""What the end of an outside tool means: its status and its words, looked up in one table (tool_meaning_rows.py).

The table is data, so that one test can hold every row against words that the real tool said. Nobody else decides what an
exit status means, and an end that no row knows is told as such, with the tool's own words: never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

SAID_CHARACTERS_MAX = 400  # of a tool's own words in a message; restic was seen to say 3,680 lines about one full disk
LINES_MAX = 4


class Tool(StrEnum):
    PGBACKREST = "pgBackRest"
    RESTIC = "restic"
    POSTGRES = "PostgreSQL"


@dataclass(frozen=True, slots=True)
class ToolMeaning:
    """One row: what an end means.

    Args:
        id: a slug; the sample that the row was tried with has this name.
        statuses: exit statuses that it can come with; empty: any. A server's log comes without one.
        text: regular expression, found anywhere in the output, whatever the case; "" fits every output.
        since, before: versions it holds for, as the tool says them ("2.45"); "" is no bound. A version that nobody
            could tell fits every row.
        transient: trying again may help. Everything else is final and is never tried again.
    """

    id: str
    tool: Tool
    code: str
    what: str
    fix: str
    statuses: tuple[int, ...] = ()
    text: str = ""
    since: str = ""
    before: str = ""
    transient: bool = False

    def fits(self, status: int | None, output: str, version: str = "") -> bool:
        if self.statuses and status not in self.statuses:
            return False
        if version and not (
            _at_least(version, self.since) and (not self.before or not _at_least(version, self.before))
        ):
            return False
        return re.search(self.text, output, re.IGNORECASE | re.MULTILINE) is not None


@dataclass(frozen=True, slots=True)
class ToolEnd:
    """How a tool ended, in words for people. `said`: its own last words, one line, printable, bounded; may be ""."""

    code: str
    what: str
    fix: str
    transient: bool
    said: str
    row: str | None  # None: no row knows it

    @property
    def sentence(self) -> str:
        return f"{self.what}{': ' + self.said if self.said else ''}"


def meaning_of(
    rows: Iterable[ToolMeaning], tool: Tool, status: int | None, output: str, version: str = ""
) -> ToolMeaning | None:
    """The first row of that tool that fits; None for none, and for status 0, which is no failure whatever was said."""
    if status == 0:
        return None
    return next((row for row in rows if row.tool is tool and row.fits(status, output, version)), None)


def ended(
    rows: Iterable[ToolMeaning], tool: Tool, status: int | None, output: str, version: str = "", *, unknown_code: str
) -> ToolEnd:
    """What a failed end means. One that no row knows is told by its status and the tool's own words, as final.

    Args:
        status: as the tool or the shell gave it; None for a server, whose log is the output.
        unknown_code: of an end that no row knows.
    """
    said = own_words(output)
    row = meaning_of(rows, tool, status, output, version)
    if row is not None:
        return ToolEnd(row.code, row.what, row.fix, row.transient, said, row.id)
    how = "ended" if status is None else f"ended with status {status}"
    what = f"{tool.value} {how}" + ("" if said else " and said nothing")
    return ToolEnd(unknown_code, what, "read its own words; they are not known here", False, said, None)


_WEIGHTY = re.compile(r"\b(?:ERROR|FATAL|PANIC)\b|^Fatal:|^ignoring error", re.MULTILINE)
# What differs between lines that say the same: a time in front, a process's number, the name of the one file.
_PASSING = re.compile(r"^\S+ \S+ (?:UTC|GMT|[+-]\d+) \[\d+\] ")


def own_words(output: str) -> str:
    """A tool's last words on one line: what it calls an error first, else its last lines. Printable and bounded."""
    lines = [_PASSING.sub("", printable(line)).strip() for line in output.splitlines()]
    lines = list(dict.fromkeys(line for line in lines if line))
    weighty = [line for line in lines if _WEIGHTY.search(line)]
    chosen = weighty[-LINES_MAX:] or lines[-LINES_MAX:]
    text = " | ".join(" ".join(line.split()) for line in chosen)
    if len(text) <= SAID_CHARACTERS_MAX:
        return text
    half = (SAID_CHARACTERS_MAX - 3) // 2
    return f"{text[:half]} … {text[-half:]}"


def printable(text: str) -> str:
    """Every character that a terminal would act on, or not show, as `?`. pgBackRest was seen to print raw key bytes."""
    return "".join(c if c.isprintable() or c in "\n\t" else "?" for c in text.replace("\r\n", "\n"))


def _at_least(version: str, bound: str) -> bool:
    """Whether a version is the bound or later, by its leading numbers; one without numbers is."""
    numbers, least = _numbers(version), _numbers(bound)
    return not numbers or not least or numbers >= least


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"\D*(\d+(?:\.\d+)*)", version)
    return tuple(int(part) for part in found[1].split(".")) if found else ()
