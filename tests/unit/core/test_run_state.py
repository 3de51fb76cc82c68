"""The tables of moves are closed: what is not in them is a bug."""

from __future__ import annotations

import itertools

import pytest

from stormproof.core.run_state import IllegalTransition, RunState, StepState, check_run_move, check_step_move

STEP_MOVES = {
    ("pending", "started"),
    ("pending", "skipped"),
    ("started", "done"),
    ("started", "failed"),
    ("started", "unknown"),
    ("done", "undoing"),
    ("failed", "started"),
    ("failed", "done"),
    ("failed", "undoing"),
    ("unknown", "started"),
    ("unknown", "done"),
    ("unknown", "undoing"),
    ("undoing", "undoing"),
    ("undoing", "undone"),
    ("undoing", "undo-failed"),
    ("undo-failed", "undoing"),
}


@pytest.mark.parametrize(("before", "after"), list(itertools.product(StepState, StepState)))
def test_a_step_moves_only_by_the_table(before: StepState, after: StepState) -> None:
    if (before.value, after.value) in STEP_MOVES:
        check_step_move("a", before, after)
        return
    with pytest.raises(IllegalTransition) as bug:
        check_step_move("a", before, after)
    assert str(bug.value) == f"step 'a' cannot go from {before} to {after}"


def test_nothing_follows_on_a_run_that_ended() -> None:
    for ended, after in itertools.product((RunState.DONE, RunState.UNDONE), RunState):
        with pytest.raises(IllegalTransition):
            check_run_move("r", ended, after)


def test_a_run_that_undoes_never_goes_forward_again() -> None:
    for after in (RunState.RUNNING, RunState.DONE, RunState.FAILED, RunState.CANCELLED):
        with pytest.raises(IllegalTransition):
            check_run_move("r", RunState.UNDOING, after)
