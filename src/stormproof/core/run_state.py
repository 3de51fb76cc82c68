"""The closed lists of states of a run and of a step, and every move that is allowed. Any other move is a bug."""

from __future__ import annotations

from enum import StrEnum


class StepState(StrEnum):
    PENDING = "pending"
    STARTED = "started"  # the intent is committed; whether the act happened is not known yet
    DONE = "done"
    FAILED = "failed"  # the act, or its verify, said no
    UNKNOWN = "unknown"  # the intent stands alone: the executor died, or the host was lost while it acted
    SKIPPED = "skipped"  # not part of a drill
    UNDOING = "undoing"
    UNDONE = "undone"
    UNDO_FAILED = "undo-failed"


class RunState(StrEnum):
    CREATED = "created"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # stands as it is; may be resumed or undone
    CANCELLED = "cancelled"  # stands as it is; may be resumed or undone
    STOPPED = "stopped"  # half-way, a person is needed
    UNDOING = "undoing"
    UNDONE = "undone"


class IllegalTransition(AssertionError):
    """A move that is not in the table: our own mistake, never the user's."""


_STEP_MOVES: dict[StepState, frozenset[StepState]] = {
    StepState.PENDING: frozenset({StepState.STARTED, StepState.SKIPPED}),
    StepState.STARTED: frozenset({StepState.DONE, StepState.FAILED, StepState.UNKNOWN}),
    StepState.DONE: frozenset({StepState.UNDOING}),
    # Done straight from failed or unknown is adoption: verify, or a person, says that it happened.
    StepState.FAILED: frozenset({StepState.STARTED, StepState.DONE, StepState.UNDOING}),
    StepState.UNKNOWN: frozenset({StepState.STARTED, StepState.DONE, StepState.UNDOING}),
    StepState.SKIPPED: frozenset(),
    # Undoing again: an executor died in an undo. Undo copes with nothing to undo, so it is simply begun anew.
    StepState.UNDOING: frozenset({StepState.UNDOING, StepState.UNDONE, StepState.UNDO_FAILED}),
    StepState.UNDONE: frozenset(),
    StepState.UNDO_FAILED: frozenset({StepState.UNDOING}),
}

_RUN_MOVES: dict[RunState, frozenset[RunState]] = {
    RunState.CREATED: frozenset({RunState.RUNNING}),
    # Running again: the executor before died, and another took the run over.
    RunState.RUNNING: frozenset(
        {
            RunState.RUNNING,
            RunState.DONE,
            RunState.FAILED,
            RunState.CANCELLED,
            RunState.STOPPED,
            RunState.UNDOING,
        }
    ),
    RunState.DONE: frozenset(),
    RunState.FAILED: frozenset({RunState.RUNNING, RunState.UNDOING}),
    RunState.CANCELLED: frozenset({RunState.RUNNING, RunState.UNDOING}),
    RunState.STOPPED: frozenset({RunState.RUNNING, RunState.UNDOING}),
    RunState.UNDOING: frozenset({RunState.UNDOING, RunState.UNDONE, RunState.STOPPED}),
    RunState.UNDONE: frozenset(),
}

UNDOABLE = frozenset(
    {StepState.DONE, StepState.UNKNOWN, StepState.FAILED, StepState.UNDOING, StepState.UNDO_FAILED}
)  # what an undo goes over, newest first
SATISFIED = frozenset({StepState.DONE, StepState.SKIPPED})  # what a need is met by
ENDED = frozenset({RunState.DONE, RunState.UNDONE})  # nothing can follow


def check_step_move(step: str, before: StepState, after: StepState) -> None:
    """Raises IllegalTransition for a move that is not in the table."""
    if after not in _STEP_MOVES[before]:
        raise IllegalTransition(f"step '{step}' cannot go from {before} to {after}")


def check_run_move(run_id: str, before: RunState, after: RunState) -> None:
    """Raises IllegalTransition for a move that is not in the table."""
    if after not in _RUN_MOVES[before]:
        raise IllegalTransition(f"run {run_id} cannot go from {before} to {after}")
