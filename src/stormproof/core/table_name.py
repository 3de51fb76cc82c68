"""Names of tables and columns in specs: checked when read, quoted when used, so that no spec can smuggle SQL through a name."""

from __future__ import annotations

import re

NAME_BYTES_MAX = 63  # PostgreSQL cuts longer names (NAMEDATALEN - 1) and would then look at another table

_PART = re.compile(r'[^\W\d][\w$]*|"(?:[^"\x00]|"")+"')
_WHOLE = re.compile(rf"({_PART.pattern})(?:\.({_PART.pattern}))?")


class BadName(ValueError):
    """A text that names no table or column."""


def parse_table(text: str) -> tuple[str | None, str]:
    """Schema (None when it is left to the search path) and table of `orders`, `stormproof.heartbeat` or `"größen"`.

    As in SQL an unquoted name is folded to lower case. Raises BadName.
    """
    match = _WHOLE.fullmatch(text)
    if match is None:
        raise BadName(f"'{text}' is no name of a table")
    parts = [_part(part) for part in match.groups() if part is not None]
    return (parts[0], parts[1]) if len(parts) == 2 else (None, parts[0])


def parse_column(text: str) -> str:
    """One unqualified name. Raises BadName."""
    if _PART.fullmatch(text) is None:
        raise BadName(f"'{text}' is no name of a column")
    return _part(text)


def quoted(*parts: str | None) -> str:
    """Parts as parsed, for SQL: `"stormproof"."heartbeat"`."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts if part is not None)


def table_sql(text: str) -> str:
    """A table's name as a person wrote it, quoted for SQL. Raises BadName."""
    return quoted(*parse_table(text))


def _part(text: str) -> str:
    name = text[1:-1].replace('""', '"') if text.startswith('"') else text.lower()
    if len(name.encode()) > NAME_BYTES_MAX:
        raise BadName(f"'{name}' is longer than {NAME_BYTES_MAX} bytes, which PostgreSQL would cut")
    return name
