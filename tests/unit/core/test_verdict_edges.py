"""The exit codes are an interface: which there are, what each verdict ends with, and their order."""

from __future__ import annotations

from stormproof.core.verdict import EXIT_CODES, LEFTOVERS_EXIT_CODE, WORST_FIRST, Verdict


def test_each_verdict_ends_with_the_code_that_people_and_pipelines_know() -> None:
    assert EXIT_CODES == {
        Verdict.MET: 0,
        Verdict.MISSED: 1,
        Verdict.REFUSED: 2,
        Verdict.FAILED: 3,
        Verdict.UNVERIFIED: 4,
        Verdict.STOPPED: 6,
    }
    assert LEFTOVERS_EXIT_CODE == 5


def test_the_order_of_codes_is_the_documented_one() -> None:
    """Signals (128 + number), our own mistake, no set-up, half-way, leftovers; then failed before unverified."""
    assert WORST_FIRST == (143, 130, 129, 70, 69, 6, 5, 3, 4, 2, 1, 0)
    assert set(EXIT_CODES.values()) | {LEFTOVERS_EXIT_CODE} <= set(WORST_FIRST)
