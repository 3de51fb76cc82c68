"""What each check decides from the answers that a restored database gave. Pure: counts and names in, verdict out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from stormproof.core.finding import Finding, Severity
from stormproof.core.table_name import BadName, parse_table
from stormproof.core.verdict import CheckResult

NAMES_SHOWN = 5
# As postgres_shape.sql writes a partition's definition.
_PARTITION_OF = re.compile(r" partition (?:FOR VALUES|DEFAULT).* of (.+?) owner ", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Decided:
    """A check's answer. `facts` holds counts, digests and instants, never a row."""

    result: CheckResult
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def decide(findings: Sequence[Finding], facts: Mapping[str, Any] | None = None) -> Decided:
    """Failed when one finding is more than information, else passed."""
    failed = any(finding.severity is not Severity.INFO for finding in findings)
    return Decided(CheckResult.FAILED if failed else CheckResult.PASSED, tuple(findings), facts or {})


def unknown(what: str, *, where: str, fix: str, code: str = "SP490", facts: Mapping[str, Any] | None = None) -> Decided:
    """It could not be looked at: never a pass."""
    finding = Finding(code=code, severity=Severity.HIGH, what=what, where=where, fix=fix)
    return Decided(CheckResult.UNKNOWN, (finding,), facts or {})


def joined(parts: Sequence[Decided]) -> Decided:
    """Several looks of one check: failed outranks unknown, unknown outranks passed."""
    results = {part.result for part in parts}
    result = next((r for r in (CheckResult.FAILED, CheckResult.UNKNOWN) if r in results), CheckResult.PASSED)
    facts = {key: value for part in parts for key, value in part.facts.items()}
    return Decided(result, tuple(finding for part in parts for finding in part.findings), facts)


def resolve_table(name: str, rows: Mapping[str, int]) -> str | None:
    """The name under which the counts know a table that a person wrote: as written, in `public`, or the only one so named.

    Raises nothing: None when there is no such table, or several.
    """
    try:
        schema, table = parse_table(name)
    except BadName:
        return None
    known = {parse_table(key): key for key in rows}
    if schema is not None:
        return known.get((schema, table))
    if ("public", table) in known:
        return known[("public", table)]
    same = [key for (_, other), key in known.items() if other == table]
    return same[0] if len(same) == 1 else None


def volume(
    table: str,
    copy: Mapping[str, int],
    reference: Mapping[str, int] | None,
    *,
    rows_min: int | None = None,
    rows_max: int | None = None,
    max_drop_percent: float | None = None,
    max_drop_rows: int | None = None,
) -> Decided:
    """A table's rows against fixed bounds and against the reference. All bounds are inclusive: 20 % off is allowed at 20.

    A table that is not there failed; a drop that cannot be computed, for want of a reference, is unknown.
    """
    name = resolve_table(table, copy)
    if name is None:
        what = f"table {table} is not in the restored database, or its name is not unique"
        return decide([_finding("SP413", Severity.CRITICAL, what, table, "write it as schema.table; was it dropped?")])
    rows = copy[name]
    facts: dict[str, Any] = {"table": name, "rows": rows}
    findings: list[Finding] = []
    if rows_min is not None and rows < rows_min:
        findings.append(
            _finding(
                "SP411",
                Severity.CRITICAL,
                f"{rows:,} rows, at least {rows_min:,} are expected",
                name,
                "compare with the source; is the copy whole?",
            )
        )
    if rows_max is not None and rows > rows_max:
        findings.append(
            _finding(
                "SP411",
                Severity.HIGH,
                f"{rows:,} rows, at most {rows_max:,} are expected",
                name,
                "compare with the source",
            )
        )
    if max_drop_percent is not None or max_drop_rows is not None:
        before = (reference or {}).get(name)
        if before is None:
            if findings:
                return decide(findings, facts)
            return unknown(
                "there is no reference count to compare with",
                where=name,
                fix="capture a reference at the backup",
                code="SP493",
                facts=facts,
            )
        facts["reference_rows"] = before
        lost = before - rows
        percent = 100.0 * lost / before if before else 0.0
        if (max_drop_percent is not None and percent > max_drop_percent) or (
            max_drop_rows is not None and lost > max_drop_rows
        ):
            allowed = f"{max_drop_percent:g} %" if max_drop_percent is not None else f"{max_drop_rows:,} rows"
            what = (
                f"{rows:,} rows, the reference had {before:,}: {lost:,} fewer ({percent:.1f} %), allowed are {allowed}"
            )
            findings.append(
                _finding(
                    "SP412", Severity.CRITICAL, what, name, "compare with the source: rows are missing from the copy"
                )
            )
    return decide(findings, facts)


def emptied_tables(
    copy: Mapping[str, int], reference: Mapping[str, int], objects: Mapping[str, str] | None = None
) -> list[Finding]:
    """Tables that had rows at the backup and have none now: information, since a queue may well be empty.

    Args:
        objects: the reference's definitions. Unlogged tables are empty after every recovery, and so left out.
    """
    unlogged = unlogged_tables(objects or {})
    names = [name for name, rows in sorted(reference.items()) if rows and copy.get(name) == 0 and name not in unlogged]
    if not names:
        return []
    what = f"{len(names)} tables had rows at the backup and are empty now: {some(names)}"
    return [
        _finding(
            "SP412",
            Severity.INFO,
            what,
            "the restored database",
            "if one must never be empty, add a `volume` check for it",
        )
    ]


def unlogged_tables(objects: Mapping[str, str]) -> frozenset[str]:
    """Tables whose rows no recovery brings back, by their definitions; partitioned ones by their partitions."""
    tables = {key.removeprefix("table "): text for key, text in objects.items() if key.startswith("table ")}
    unlogged = {name for name, text in tables.items() if text.startswith("unlogged")}
    leaves: dict[str, set[str]] = {}
    for name, text in tables.items():
        if found := _PARTITION_OF.search(text):
            leaves.setdefault(found[1], set()).add(name)
    while more := {parent for parent, parts in leaves.items() if parts <= unlogged} - unlogged:
        unlogged |= more
    return frozenset(unlogged)


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """What left the database of a user's query: how many rows (at most 2 are looked at), verdicts, a number if it was one."""

    rows: int
    is_null: bool
    number: float | None
    as_expected: bool | None


def query(name: str, answer: QueryAnswer, expected: str) -> Decided:
    """One row with one value is expected. None, or several, means that nothing was compared: unknown, not failed.

    Args:
        expected: the expectation in words ('equals 0').
    """
    facts: dict[str, Any] = {"expected": expected}
    if answer.number is not None:
        facts["value"] = answer.number
    if answer.rows == 0:
        return unknown(
            "the query returned no row, so nothing was compared",
            where=name,
            fix="let it return one value, such as count(*)",
            code="SP416",
            facts=facts,
        )
    if answer.rows > 1:
        return unknown(
            "the query returned more than one row, so nothing was compared",
            where=name,
            fix="let it return one value, such as count(*)",
            code="SP416",
            facts=facts,
        )
    if answer.as_expected:
        return decide([], facts)
    shown = (
        "null"
        if answer.is_null
        else f"{answer.number:g}"
        if answer.number is not None
        else "another value (kept in the database)"
    )
    return decide(
        [
            _finding(
                "SP414",
                Severity.CRITICAL,
                f"expected {expected}, got {shown}",
                name,
                "look into the kept copy (`drill run --keep`)",
            )
        ],
        facts,
    )


def freshness(
    newest: datetime | None,
    instant: datetime,
    *,
    max_age_seconds: float,
    where: str,
    reference_newest: datetime | None = None,
    quiet: bool = False,
) -> Decided:
    """The age of a watermark at t_fail, or at the target instant. The bound is inclusive.

    Args:
        quiet: the source is known to have written nothing newer: then an old watermark proves nothing.
    """
    if newest is None:
        return decide(
            [
                _finding(
                    "SP442",
                    Severity.CRITICAL,
                    "the watermark is empty",
                    where,
                    "was the table truncated, or is it the wrong one?",
                )
            ]
        )
    age = (instant - newest).total_seconds()
    facts = {"newest": newest.isoformat(), "age_s": round(age, 6)}
    findings: list[Finding] = []
    if age > max_age_seconds and quiet:
        return unknown(
            f"the newest data is {age:.1f} s old, and its writer had written nothing since",
            where=where, fix="find out why the application had stopped writing; then run the drill again", code="SP138",
            facts=facts,
        )  # fmt: skip
    if age > max_age_seconds:
        what = f"the newest data is {age:.1f} s old, allowed are {max_age_seconds:g} s"
        findings.append(
            _finding(
                "SP441",
                Severity.CRITICAL,
                what,
                where,
                "is this a stale copy? look at the recovery point and at the WAL that was replayed",
            )
        )
    if reference_newest is not None and newest < reference_newest <= instant:
        what = (
            f"the newest data ({newest.isoformat()}) is older than the reference's own ({reference_newest.isoformat()})"
        )
        findings.append(
            _finding("SP443", Severity.CRITICAL, what, where, "the wrong backup was restored, or rows were deleted")
        )
    if age < -5.0:
        findings.append(
            _finding(
                "SP444",
                Severity.INFO,
                f"the newest data lies {-age:.1f} s behind that instant",
                where,
                "is it a date in the future, or a clock that is wrong?",
            )
        )
    return decide(findings, facts)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """One foreign key, rechecked: rows of the child without their parent."""

    name: str
    orphans: int
    validated: bool
    disabled_triggers: int


@dataclass(frozen=True, slots=True)
class SequenceUse:
    """One column fed by a sequence. `last` is 0 for one never asked; `extreme` is the column's maximum (minimum if it counts down)."""

    sequence: str
    column: str
    last: int
    increment: int
    extreme: int | None
    unique: bool


def damaged(what: str, where: str) -> Finding:
    """PostgreSQL itself met a broken page or a missing file of its own while it was asked."""
    return _finding(
        "SP417",
        Severity.CRITICAL,
        f"the server met damage: {what}",
        where,
        "restore from another recovery point, and run `pgbackrest verify`",
    )


def some(names: Sequence[str]) -> str:
    """A few names and how many more there are."""
    more = f"; and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return "; ".join(names[:NAMES_SHOWN]) + more


def _finding(code: str, severity: Severity, what: str, where: str, fix: str) -> Finding:
    return Finding(code=code, severity=severity, what=what, where=where, fix=fix)
