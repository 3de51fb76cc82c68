"""What a run, a check and a look can end in. A thing that could not be looked at is never a pass."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class CheckResult(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"  # denied, unreachable, timed out: never counted as passed, never shown as failed


class Verdict(StrEnum):
    MET = "met"
    MISSED = "missed"
    FAILED = "failed"
    UNVERIFIED = "unverified"
    REFUSED = "refused"
    STOPPED = "stopped"


EXIT_CODES: dict[Verdict, int] = {
    Verdict.MET: 0,
    Verdict.MISSED: 1,
    Verdict.REFUSED: 2,
    Verdict.FAILED: 3,
    Verdict.UNVERIFIED: 4,
    Verdict.STOPPED: 6,
}
LEFTOVERS_EXIT_CODE = 5

# INTERFACE: with several drills the code is the worst, in this order. Interruptions outrank all: nobody waited for the rest.
WORST_FIRST = (143, 130, 129, 70, 69, 6, 5, 3, 4, 2, 1, 0)


def verdict_of_run(*, stopped: bool, failed: bool, unknown: bool, missed: bool) -> Verdict:
    """Within a run: stopped, then failed, unverified, missed (DESIGN.md, exit codes)."""
    if stopped:
        return Verdict.STOPPED
    if failed:
        return Verdict.FAILED
    if unknown:
        return Verdict.UNVERIFIED
    return Verdict.MISSED if missed else Verdict.MET


def worst_exit_code(codes: Iterable[int]) -> int:
    """The worst of several runs' codes; a code that nobody owns counts as our own mistake (70)."""
    seen = {code if code in WORST_FIRST else 70 for code in codes}
    return next((code for code in WORST_FIRST if code in seen), 0)
