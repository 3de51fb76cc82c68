"""Which of a drill's enabled checks could see a kind of fault, and the line that would: pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from stormproof.core.check_spec import (
    AnyCheck,
    FreshnessCheck,
    IntegrityCheck,
    QueryCheck,
    SettingsCheck,
    StructureCheck,
    VolumeCheck,
)
from stormproof.core.checks import resolve_table
from stormproof.core.negative_control import Facts, Watcher, WouldSee, names
from stormproof.core.table_name import BadName, parse_table

T = TypeVar("T")
_PLAIN = re.compile(r"[A-Za-z_][\w.$]*", re.ASCII)

STRUCTURE = WouldSee("structure", "- structure: {}")
SETTINGS = WouldSee("settings", "- settings: {}")
AMCHECK = WouldSee("integrity", "- integrity: {amcheck: true}")
CHECKSUMS = WouldSee("integrity", "- integrity: {checksums: if-enabled}")
SEQUENCES = WouldSee("integrity", "- integrity: {sequences: true}")
FILES = WouldSee("files", "- files: {}")
CROSS_STORE = WouldSee("cross_store", "- cross_store: {}")


def structure(facts: Facts, *keys: str) -> tuple[Watcher, ...]:
    """Structure checks that leave none of these objects out; a key is as in a reference, `constraint public.a.b`."""
    found = []
    for check in _of(facts, StructureCheck):
        ignored = {*check.ignore}
        if not any(key in ignored or key.split(" ", 1)[-1] in ignored for key in keys):
            found.append(watcher(check))
    return tuple(found)


def settings(facts: Facts, name: str) -> tuple[Watcher, ...]:
    return tuple(watcher(check) for check in _of(facts, SettingsCheck) if name not in check.ignore)


def integrity(facts: Facts, part: str) -> tuple[Watcher, ...]:
    """Integrity checks that ask this part (`amcheck`, `checksums`, `foreign_keys`, `sequences`), narrowed to it."""
    off: dict[str, Any] = {"amcheck": False, "checksums": "off", "foreign_keys": False, "sequences": False}
    found = []
    for check in _of(facts, IntegrityCheck):
        asked = getattr(check, part)
        if asked and asked != "off":
            narrowed = check.model_copy(update={**off, part: asked})
            found.append(Watcher(check.title, check.tag, narrowed))
    return tuple(found)


def volumes(facts: Facts, table: str, rows_left: int) -> tuple[Watcher, ...]:
    """Volume checks that must say something of a table that has only so many rows left."""
    rows = facts.copy.rows if facts.copy is not None else {}
    before = facts.before.rows.get(table) if facts.before is not None else None
    found = []
    for check in _of(facts, VolumeCheck):
        if resolve_table(check.table, rows) != table:
            continue
        too_few = check.rows.min is not None and rows_left < check.rows.min
        lost = 100.0 * (before - rows_left) / before if before else 0.0
        dropped = check.rows.max_drop_percent is not None and lost > check.rows.max_drop_percent
        if too_few or dropped:
            found.append(watcher(check))
    return tuple(found)


def queries(facts: Facts, table: str) -> tuple[Watcher, ...]:
    """A user's own questions in which the table stands: they may see it, and name it by asking of it."""
    bare = _bare(table)
    return tuple(
        Watcher(check.title, check.tag, check, sure=False, named_by=(check.name,), codes=frozenset({"SP414"}))
        for check in _of(facts, QueryCheck)
        if check.database in (None, facts.database)
        and (names(check.sql, table) or names(check.sql.lower(), bare.lower()))
    )


def keys_to(facts: Facts, table: str) -> tuple[Watcher, ...]:
    """Foreign keys that point to a table name it too when its rows are gone: their rows lose their parents."""
    objects = facts.copy.objects if facts.copy is not None else {}
    pointing = tuple(
        key.removeprefix("constraint ")
        for key, text in objects.items()
        if key.startswith("constraint ") and f"REFERENCES {table}(" in text
    )
    if not pointing:
        return ()
    codes = frozenset({"SP434"})
    return tuple(
        Watcher(one.name, one.kind, one.check, sure=False, named_by=pointing, codes=codes)
        for one in integrity(facts, "foreign_keys")
    )


def freshness(facts: Facts, table: str, column: str) -> tuple[Watcher, ...]:
    return tuple(
        watcher(check)
        for check in _of(facts, FreshnessCheck)
        if (check.watermark.table, check.watermark.column) == (table, column)
    )


def in_yaml(text: str) -> str:
    """A name as one value of a line of YAML: quoted where it would be read as something else, as `"Orders"` or `null` would."""
    if _PLAIN.fullmatch(text) and text not in ("true", "false", "null"):
        return text
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    shown = (char if char.isprintable() and char not in '"\\' else f"\\U{ord(char):08x}" for char in text)
    return '"' + "".join(shown) + '"'


def merged(*groups: Sequence[Watcher]) -> tuple[Watcher, ...]:
    return tuple(one for group in groups for one in group)


def watcher(check: AnyCheck) -> Watcher:
    return Watcher(check.title, check.tag, check)


def _of(facts: Facts, kind: type[T]) -> Iterable[T]:
    return (check for check in facts.checks if isinstance(check, kind))


def _bare(table: str) -> str:
    try:
        return parse_table(table)[1]
    except BadName:
        return table
