"""From a check of the spec to its answer: look at the copy, then let the core decide."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from stormproof.adapters.capture import capture_files
from stormproof.adapters.check_runner_integrity import amcheck, ask_integrity
from stormproof.adapters.check_runner_looks import Looks
from stormproof.adapters.check_runner_query import ask_query, expectation, newest_of
from stormproof.core import checks as decisions
from stormproof.core import file_checks, integrity_checks
from stormproof.core.check_spec import (
    Check,
    CrossStoreCheck,
    FilesCheck,
    FreshnessCheck,
    IntegrityCheck,
    QueryCheck,
    SettingsCheck,
    StructureCheck,
    VolumeCheck,
)
from stormproof.core.checks import Decided, decide, joined, unknown
from stormproof.core.errors import StormproofError, Unverified
from stormproof.core.finding import Finding, Severity
from stormproof.core.reference import DatabaseReference, PostgresReference
from stormproof.core.reference_compare import compare_shapes
from stormproof.core.settings_parity import compare_settings


def ask_check(check: Check, looks: Looks) -> Decided:
    """The answer of one check. Raises typed errors for what could not be looked at; the runner makes them `unknown`."""
    ask = _ASKS[type(check)]
    return ask(check, looks)


def _structure(check: StructureCheck, looks: Looks) -> Decided:
    reference, copy = looks.reference, looks.shape().reference
    ignored = _Ignored(check.ignore)
    findings = compare_shapes(
        ignored.without(reference),
        ignored.without(copy),
        disarmed=looks.context.disarmed,
        is_older=(older := looks.context.is_older_than(reference)),
    )
    for name, before in reference.databases.items():
        after = copy.databases.get(name)
        findings += decisions.emptied_tables(after.rows, before.rows, before.objects) if after else []
    objects = sum(len(database.objects) for database in copy.databases.values())
    facts = {"objects": objects, "databases": len(copy.databases), "roles": len(copy.roles)}
    return decide(findings, {**facts, "older_than_reference": older})


class _Ignored:
    """Objects that the user leaves out, by a whole key (`index public.x`) or by the name in it (`public.x`)."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = frozenset(names)

    def without(self, shape: PostgresReference) -> PostgresReference:
        if not self._names:
            return shape
        databases = {name: self._database(found) for name, found in shape.databases.items()}
        return shape.model_copy(update={"databases": databases, "roles": self._kept(shape.roles)})

    def _database(self, found: DatabaseReference) -> DatabaseReference:
        fields = ("objects", "grants", "extensions", "collation_versions", "materialised_views")
        return found.model_copy(update={field: self._kept(getattr(found, field)) for field in fields})

    def _kept(self, entries: Mapping[str, Any]) -> dict[str, Any]:
        return {
            key: text
            for key, text in entries.items()
            if key not in self._names and re.sub(r"^[a-z ]+ ", "", key) not in self._names
        }


def _volume(check: VolumeCheck, looks: Looks) -> Decided:
    copy, reference = looks.database()
    return decisions.volume(
        check.table,
        copy.rows,
        reference.rows if reference else None,
        rows_min=check.rows.min,
        rows_max=check.rows.max,
        max_drop_percent=check.rows.max_drop_percent,
    )


def _query(check: QueryCheck, looks: Looks) -> Decided:
    reader = looks.reader()
    bound = check.timeout.total_seconds()
    answer = ask_query(
        looks.context.host, looks.place, reader, check.sql, check.expect, database=check.database, bound_seconds=bound
    )
    return decisions.query(check.name, answer, expectation(check.expect))


def _freshness(check: FreshnessCheck, looks: Looks) -> Decided:
    mark = check.watermark
    newest = newest_of(
        looks.context.host,
        looks.place,
        looks.reader(),
        mark.table,
        mark.column,
        bound_seconds=check.timeout.total_seconds(),
    )
    held = looks.context.reference.postgres if looks.context.reference else None
    own = held.databases.get(looks.place.database) if held else None
    same = looks.context.heartbeat_table == mark.table
    return decisions.freshness(
        newest,
        looks.context.instant,
        max_age_seconds=check.max_age.total_seconds(),
        where=f"{mark.table}.{mark.column}",
        quiet=same and looks.context.heartbeat_quiet,
        reference_newest=own.heartbeat_at if held and own and same and not looks.context.is_older_than(held) else None,
    )


def _settings(check: SettingsCheck, looks: Looks) -> Decided:
    findings = compare_settings(
        looks.reference.settings,
        looks.shape().settings,
        ignore=check.ignore,
        drill_settings=looks.context.drill_settings,
    )
    return decide(
        findings,
        {"settings": len(looks.reference.settings), "differ": sum(f.severity is not Severity.INFO for f in findings)},
    )


def _integrity(check: IntegrityCheck, looks: Looks) -> Decided:
    """The part that a running server answers; page checksums come last, when it is stopped."""
    host, place, bound = looks.context.host, looks.place, check.timeout.total_seconds()
    parts: list[Decided] = []
    if check.amcheck:
        parts.append(_part(lambda: decide(*amcheck(host, place, bound_seconds=bound))))
    if check.foreign_keys or check.sequences:
        parts.append(_part(lambda: _rules(check, looks, bound)))
    return joined(parts)


def _rules(check: IntegrityCheck, looks: Looks, bound: float) -> Decided:
    keys, uses, cycling = ask_integrity(
        looks.context.host,
        looks.place,
        looks.reader(),
        foreign_keys=check.foreign_keys,
        sequences=check.sequences,
        bound_seconds=bound,
    )
    copy, reference = looks.database()
    findings: list[Finding] = []
    if check.foreign_keys:
        findings += integrity_checks.foreign_keys(keys, reference.objects if reference else None)
    if check.sequences:
        # A copy of an earlier moment than the reference may stand before it.
        held = looks.context.reference.postgres if looks.context.reference else None
        newer = held is not None and not looks.context.is_older_than(held)
        findings += integrity_checks.sequences(
            uses,
            copy.sequences,
            reference.sequences if reference and newer else None,
            cycling,
            free=integrity_checks.not_ascending(copy.objects),
            behind_at_source=frozenset(reference.sequences_behind) if reference else frozenset(),
        )
    as_at_source = integrity_checks.not_in_force_at_source(keys, reference.objects if reference else None)
    more = {"not_in_force_as_at_source": as_at_source} if check.foreign_keys and as_at_source else {}
    return decide(findings, {"foreign_keys": len(keys), "sequences": len(uses), **more})


def _part(look: Callable[[], Decided]) -> Decided:
    """One of several looks of a check: what it cannot see must not hide what the others saw."""
    try:
        return look()
    except StormproofError as error:
        if getattr(error, "damaged", False):
            return decide([decisions.damaged(error.what, error.where)])
        return unknown(error.what, where=error.where, fix=error.fix, code=error.code or "SP490")


def _files(check: FilesCheck, looks: Looks) -> Decided:
    context = looks.context
    held = context.reference.files if context.reference else None
    parts: list[Decided] = []
    if context.rows_sql is not None and context.postgres is not None:
        known = context.files_snapshot_at is not None
        parts.append(_part(lambda: file_checks.files_against_rows(looks.files(), snapshot_known=known)))
    if context.files_root is None:
        raise Unverified("no files were restored", where="this drill", fix="take the check off, or restore them")
    root = context.files_root
    copy = capture_files(
        context.host,
        root,
        until=held.until if held else None,
        is_copy=True,
        timeout_seconds=check.timeout.total_seconds(),
    )
    if held is not None and (
        held.until is None or context.files_snapshot_at is None or held.until <= context.files_snapshot_at
    ):
        parts.append(file_checks.files_against_reference(held, copy))
    bounds = file_checks.file_bounds(copy, min_files=check.min_files, min_bytes=check.min_bytes)
    parts.append(bounds)
    if len(parts) == 1 and check.min_files is None and check.min_bytes is None:
        raise Unverified(
            "there is neither a reference of the files nor a row that names them",
            where="this drill",
            fix="capture a reference at each snapshot, or give `rows` in the inventory",
            code="SP493",
        )
    return joined(parts)


def _cross_store(check: CrossStoreCheck, looks: Looks) -> Decided:
    return file_checks.cross_store(
        looks.files(), snapshot_at=looks.context.files_snapshot_at, instant=looks.context.instant
    )


_ASKS: Mapping[type[Check], Callable[[Any, Looks], Decided]] = {
    StructureCheck: _structure,
    VolumeCheck: _volume,
    QueryCheck: _query,
    FreshnessCheck: _freshness,
    SettingsCheck: _settings,
    IntegrityCheck: _integrity,
    FilesCheck: _files,
    CrossStoreCheck: _cross_store,
}
