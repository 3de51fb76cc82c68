"""What is decided of a restored database's own rules: its foreign keys and its sequences. Pure.

What was wrong at the source as well comes back wrong, and that is right: it says nothing of the restore.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from stormproof.core.checks import ForeignKey, SequenceUse, some
from stormproof.core.finding import Finding, Severity

# As postgres_shape.sql writes a sequence that counts down or starts over.
_NOT_ASCENDING = re.compile(r" by -\d| cycle(?: |$)")


def foreign_keys(keys: Sequence[ForeignKey], reference: Mapping[str, str] | None) -> list[Finding]:
    """Orphans fail whatever the catalogue claims; a key that is not enforced fails unless it was so at the source.

    A key that was not in force at the source either says nothing of the restore: its orphans may be the source's own.
    """
    accepted = {*not_in_force_at_source(keys, reference)}
    keys = [key for key in keys if key.name not in accepted]
    findings = [
        _finding(
            "SP434",
            Severity.CRITICAL,
            f"{key.orphans:,} rows have no parent",
            f"foreign key {key.name}",
            "rows of the parent are missing from the copy",
        )
        for key in keys
        if key.orphans
    ]
    for key in keys:
        if key.validated and not key.disabled_triggers:
            continue
        state = "its triggers are disabled" if key.disabled_triggers else "it is not validated"
        findings.append(
            _finding(
                "SP435",
                Severity.HIGH,
                f"not in force: {state}",
                f"foreign key {key.name}",
                "enable and validate it",
            )
        )
    return findings


def not_in_force_at_source(keys: Sequence[ForeignKey], reference: Mapping[str, str] | None) -> list[str]:
    """Names of the keys that are not in force in the copy, for the same reason as at the source."""
    names = []
    for key in keys:
        before = (reference or {}).get(f"constraint {key.name}", "")
        reasons = {"not validated": not key.validated, "not enforced": key.disabled_triggers > 0}
        if any(reasons.values()) and all(words in before for words, so in reasons.items() if so):
            names.append(key.name)
    return names


def sequences(
    uses: Sequence[SequenceUse],
    copy: Mapping[str, int],
    reference: Mapping[str, int] | None,
    cycling: frozenset[str] = frozenset(),
    *,
    free: frozenset[str] = frozenset(),
    behind_at_source: frozenset[str] = frozenset(),
) -> list[Finding]:
    """A sequence behind its column makes the next insert fail; one behind the reference was reset.

    Args:
        free: sequences that need not ascend (`not_ascending`), whether or not they feed a column.
        behind_at_source: columns whose sequence stood before their newest value at the source as well.
    """
    findings: list[Finding] = []
    for use in uses:
        if is_behind(use) and use.sequence not in cycling and use.column not in behind_at_source:
            # A sequence that the source never used: its column is filled by other means, there as here.
            unused = (reference or {}).get(use.sequence) == 0
            what = f"stands at {use.last}, column {use.column} already holds {use.extreme}"
            findings.append(
                _finding(
                    "SP436",
                    Severity.CRITICAL if use.unique and not unused else Severity.INFO,
                    what,
                    f"sequence {use.sequence}",
                    "set it behind the column's newest value, or inserts fail",
                )
            )
    down = {use.sequence for use in uses if use.increment < 0} | cycling | free
    reset = sorted(
        name for name, last in (reference or {}).items() if name in copy and name not in down and copy[name] < last
    )
    if reset:
        what = f"{len(reset)} sequences stand before where they stood at the backup: {some(reset)}"
        findings.append(
            _finding(
                "SP437",
                Severity.CRITICAL,
                what,
                "sequences of the restored database",
                "they were reset: numbers would be given out twice",
            )
        )
    return findings


def is_behind(use: SequenceUse) -> bool:
    """Whether the column already holds a value that the sequence has yet to give out."""
    return use.extreme is not None and (use.last < use.extreme if use.increment > 0 else use.last > use.extreme)


def not_ascending(objects: Mapping[str, str]) -> frozenset[str]:
    """Sequences that count down or start over, by their definitions."""
    return frozenset(
        key.removeprefix("sequence ")
        for key, text in objects.items()
        if key.startswith("sequence ") and _NOT_ASCENDING.search(text)
    )


def _finding(code: str, severity: Severity, what: str, where: str, fix: str) -> Finding:
    return Finding(code=code, severity=severity, what=what, where=where, fix=fix)
