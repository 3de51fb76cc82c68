"""Files and rows: what is failure, what is loss, what is neither."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from stormproof.core.file_checks import (
    FilesAgainstRows,
    cross_store,
    file_bounds,
    files_against_reference,
    files_against_rows,
)
from stormproof.core.finding import Severity
from stormproof.core.reference import FilesReference
from stormproof.core.verdict import CheckResult

T = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
SEEN = FilesAgainstRows(100, 100, 0, 0, 0, 0, 0, 0, None, None)
HELD = FilesReference(captured_at=T, snapshot=None, files=10, bytes=1000, digest="a", until=T)


@pytest.mark.parametrize(
    ("change", "files", "both"),
    [
        ({}, CheckResult.PASSED, CheckResult.PASSED),
        ({"without_row": 3}, CheckResult.PASSED, CheckResult.PASSED),
        ({"unreadable_names": 3}, CheckResult.PASSED, CheckResult.PASSED),
        ({"missing_late": 3, "dangling_from": T}, CheckResult.PASSED, CheckResult.PASSED),
        ({"missing_early": 1, "dangling_from": T}, CheckResult.FAILED, CheckResult.FAILED),
        ({"differing_early": 1, "dangling_from": T}, CheckResult.FAILED, CheckResult.FAILED),
    ],
)
def test_rows_before_the_snapshot_must_fit_and_rows_after_it_are_loss(
    change: dict[str, int], files: CheckResult, both: CheckResult
) -> None:
    seen = replace(SEEN, **change)  # type: ignore[arg-type]
    assert files_against_rows(seen, snapshot_known=True).result is files
    assert cross_store(seen, snapshot_at=T, instant=T + timedelta(seconds=60)).result is both


def test_without_the_snapshots_instant_loss_and_failure_cannot_be_told_apart() -> None:
    assert files_against_rows(replace(SEEN, missing_early=1), snapshot_known=False).result is CheckResult.UNKNOWN
    assert files_against_rows(SEEN, snapshot_known=False).result is CheckResult.PASSED
    assert cross_store(SEEN, snapshot_at=None, instant=T).result is CheckResult.UNKNOWN


def test_both_stores_agree_up_to_the_first_row_without_its_file() -> None:
    decided = cross_store(
        replace(SEEN, missing_late=2, dangling_from=T), snapshot_at=T, instant=T + timedelta(seconds=40)
    )
    assert decided.facts["consistent_until"] == T.isoformat()
    assert (
        decided.findings[0].what
        == "2 rows from after the snapshot have no file: both stores agree up to 40.0 s before the failure"
    )


@pytest.mark.parametrize(
    ("change", "result"),
    [
        ({}, CheckResult.PASSED),
        ({"files": 9, "digest": "b"}, CheckResult.FAILED),
        ({"files": 10, "digest": "b"}, CheckResult.FAILED),
        ({"files": 11, "digest": "b"}, CheckResult.UNKNOWN),
    ],
)
def test_a_folder_is_held_against_its_references_digest(change: dict[str, object], result: CheckResult) -> None:
    assert files_against_reference(HELD, HELD.model_copy(update=change)).result is result


@pytest.mark.parametrize(("files", "size", "count"), [(10, 1000, 0), (11, 1000, 1), (10, 1001, 1), (None, None, 0)])
def test_fixed_bounds_are_inclusive(files: int | None, size: int | None, count: int) -> None:
    loud = [f for f in file_bounds(HELD, min_files=files, min_bytes=size).findings if f.severity is not Severity.INFO]
    assert len(loud) == count
