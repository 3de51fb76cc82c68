"""Files against the rows that point to them, and against the reference: what is failure, what is loss, what is neither.

A row created before the files' snapshot began must have its file, unchanged: otherwise the restore is wrong. A row created
after it cannot have one: that is loss, and says how far back both stores agree (docs/measurement.md, RPO consistent).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from stormproof.core.checks import Decided, decide, unknown
from stormproof.core.finding import Finding, Severity
from stormproof.core.reference import FilesReference

WHERE = "restored files"


@dataclass(frozen=True, slots=True)
class FilesAgainstRows:
    """Counts only. `…_early` were created at or before the snapshot's start; `dangling_from` is the first bad row's instant."""

    rows: int
    files: int
    missing_early: int
    missing_late: int
    differing_early: int
    differing_late: int
    without_row: int
    unreadable_names: int
    dangling_from: datetime | None
    first_failure_at: datetime | None
    problems_at: str = ""  # where on the host the names are kept

    @property
    def dangling(self) -> int:
        return self.missing_early + self.missing_late + self.differing_early + self.differing_late


def files_against_rows(seen: FilesAgainstRows, *, snapshot_known: bool) -> Decided:
    """Each file's digest against its row."""
    facts = {
        "rows": seen.rows,
        "files": seen.files,
        "files_without_row": seen.without_row,
        "rows_after_snapshot": seen.missing_late,
    }
    if not snapshot_known and seen.dangling:
        return unknown(
            f"{seen.dangling} rows have no such file, but the snapshot's instant is unknown: loss or failure?",
            where=WHERE,
            fix="give the snapshot's start",
            facts=facts,
        )
    findings: list[Finding] = []
    where = f"{WHERE}; names are in {seen.problems_at} while the copy is kept" if seen.problems_at else WHERE
    if seen.missing_early:
        findings.append(
            _finding(
                "SP451",
                Severity.CRITICAL,
                f"{seen.missing_early:,} files are missing that were there before the snapshot",
                where,
                "run the files' restore again; check the repository's data",
            )
        )
    if seen.differing_early:
        findings.append(
            _finding(
                "SP452",
                Severity.CRITICAL,
                f"{seen.differing_early:,} files hold another content than their rows say",
                where,
                "compare with the source; check the repository's data",
            )
        )
    # Rows newer than the snapshot are loss and no damage: the cross-store check says how much.
    if seen.unreadable_names:
        findings.append(
            _finding(
                "SP455",
                Severity.INFO,
                f"{seen.unreadable_names:,} files have names that are no UTF-8; no row can name them",
                where,
                "nothing",
            )
        )
    return decide(findings, facts)


def cross_store(seen: FilesAgainstRows, *, snapshot_at: datetime | None, instant: datetime) -> Decided:
    """Do both stores fit together, and up to which instant?"""
    facts = {
        "rows": seen.rows,
        "dangling_rows": seen.dangling,
        "files_without_row": seen.without_row,
        "consistent_until": seen.dangling_from.isoformat() if seen.dangling_from else None,
        "snapshot": snapshot_at.isoformat() if snapshot_at else None,
    }
    if snapshot_at is None:
        return unknown(
            "the instant of the files' snapshot is unknown",
            where="both stores",
            fix="give the snapshot's start",
            facts=facts,
        )
    findings: list[Finding] = []
    early = seen.missing_early + seen.differing_early
    if early:
        what = f"{early:,} rows from before the snapshot have no fitting file"
        findings.append(
            _finding(
                "SP461",
                Severity.CRITICAL,
                what,
                "both stores",
                "the stores were restored to different instants, or files are missing",
            )
        )
    late = seen.missing_late + seen.differing_late
    if late and seen.dangling_from:
        age = (instant - seen.dangling_from).total_seconds()
        what = f"{late:,} rows from after the snapshot have no file: both stores agree up to {age:.1f} s before the failure"
        findings.append(
            _finding(
                "SP462",
                Severity.INFO,
                what,
                "both stores",
                "snapshot the files more often; the RPO consistent says what it costs",
            )
        )
    if seen.without_row:
        findings.append(
            _finding(
                "SP455",
                Severity.INFO,
                f"{seen.without_row:,} files have no row",
                "both stores",
                "nothing: a file may be uploaded before its row",
            )
        )
    return decide(findings, facts)


def files_against_reference(reference: FilesReference, copy: FilesReference) -> Decided:
    """A folder without rows: the digest of all files that are as old as the reference, asked with the same cut."""
    facts = {"files": copy.files, "bytes": copy.bytes, "digest": copy.digest, "reference_files": reference.files}
    if copy.digest == reference.digest:
        return decide([], facts)
    if copy.files < reference.files:
        what = (
            f"{copy.files:,} files, the reference had {reference.files:,}: {reference.files - copy.files:,} are missing"
        )
        return decide(
            [
                _finding(
                    "SP453", Severity.CRITICAL, what, WHERE, "run the files' restore again; check the repository's data"
                )
            ],
            facts,
        )
    if copy.files > reference.files:
        what = f"{copy.files:,} files as old as the reference, which had {reference.files:,}: what came with an old date hides a comparison"
        return unknown(
            what, where=WHERE, fix="capture the reference right before the snapshot", code="SP454", facts=facts
        )
    what = f"the same number of files ({copy.files:,}), but another digest: contents or names differ"
    return decide(
        [_finding("SP454", Severity.CRITICAL, what, WHERE, "compare with the source; check the repository's data")],
        facts,
    )


def file_bounds(copy: FilesReference, *, min_files: int | None, min_bytes: int | None) -> Decided:
    """Fixed lower bounds of a folder, inclusive."""
    findings: list[Finding] = []
    if min_files is not None and copy.files < min_files:
        what = f"{copy.files:,} files, at least {min_files:,} are expected"
        findings.append(
            _finding("SP453", Severity.CRITICAL, what, WHERE, "compare with the source; is the copy whole?")
        )
    if min_bytes is not None and copy.bytes < min_bytes:
        what = f"{copy.bytes:,} bytes, at least {min_bytes:,} are expected"
        findings.append(
            _finding("SP453", Severity.CRITICAL, what, WHERE, "compare with the source; is the copy whole?")
        )
    return decide(findings, {"files": copy.files, "bytes": copy.bytes})


def _finding(code: str, severity: Severity, what: str, where: str, fix: str) -> Finding:
    return Finding(code=code, severity=severity, what=what, where=where, fix=fix)
