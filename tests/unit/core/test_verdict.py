"""What a run ends in, and which exit code outranks which."""

from __future__ import annotations

import itertools

import pytest

from stormproof.core.verdict import WORST_FIRST, Verdict, verdict_of_run, worst_exit_code


@pytest.mark.parametrize("flags", list(itertools.product([False, True], repeat=4)))
def test_stopped_outranks_failed_outranks_unverified_outranks_missed(flags: tuple[bool, ...]) -> None:
    stopped, failed, unknown, missed = flags
    ranked = [Verdict.STOPPED, Verdict.FAILED, Verdict.UNVERIFIED, Verdict.MISSED, Verdict.MET]
    first = [*flags, True].index(True)
    verdict = verdict_of_run(stopped=stopped, failed=failed, unknown=unknown, missed=missed)
    assert verdict is ranked[first]


@pytest.mark.parametrize(("better", "worse"), [(b, a) for a, b in itertools.pairwise(WORST_FIRST)])
def test_of_two_exit_codes_the_worse_one_counts_in_either_order(better: int, worse: int) -> None:
    assert worst_exit_code([better, worse]) == worst_exit_code([worse, better]) == worse


def test_no_runs_at_all_are_a_success_and_a_code_that_nobody_owns_is_our_own_mistake() -> None:
    assert worst_exit_code([]) == 0
    assert worst_exit_code([0]) == 0
    assert worst_exit_code([0, 42]) == 70
    assert worst_exit_code([143, 42]) == 143
