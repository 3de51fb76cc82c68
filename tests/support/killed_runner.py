"""The command line in a process that kills itself (SIGKILL) at one named point: `STEP:MOMENT` in KILL_AT.

Moments: `before` the intent is written · `intent` right after it · `acted` after the act, before it is written as done ·
`done` right after that. Instead of a step an event's kind may stand there, with the moments `unwritten` and `written`,
or `create-run` with `unwritten`. Used by tests alone; the product knows nothing of it.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from stormproof.adapters.journal_sqlite import SqliteJournal
from stormproof.core.run_state import StepState

_KILL_STEP, _, _KILL_MOMENT = os.environ["KILL_AT"].partition(":")
_real = SqliteJournal.record_step
_real_event = SqliteJournal.append_event
_real_create = SqliteJournal.create_run


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _record_step(
    self: SqliteJournal, run_id: str, token: int, step: str, attempt: int, state: StepState, *rest: Any, **more: Any
) -> Any:
    mine = step == _KILL_STEP
    if mine and state is StepState.STARTED and _KILL_MOMENT == "before":
        _die()
    if mine and state is StepState.DONE and _KILL_MOMENT == "acted":
        _die()
    made = _real(self, run_id, token, step, attempt, state, *rest, **more)
    if mine and state is StepState.STARTED and _KILL_MOMENT == "intent":
        _die()
    if mine and state is StepState.DONE and _KILL_MOMENT == "done":
        _die()
    return made


def _append_event(self: SqliteJournal, run_id: str, token: int, kind: str, *rest: Any, **more: Any) -> Any:
    mine = kind == _KILL_STEP
    if mine and _KILL_MOMENT == "unwritten":
        _die()
    made = _real_event(self, run_id, token, kind, *rest, **more)
    if mine and _KILL_MOMENT == "written":
        _die()
    return made


def _create_run(self: SqliteJournal, run: Any) -> None:
    if (_KILL_STEP, _KILL_MOMENT) == ("create-run", "unwritten"):
        _die()
    _real_create(self, run)


SqliteJournal.record_step = _record_step  # type: ignore[method-assign]
SqliteJournal.append_event = _append_event  # type: ignore[method-assign]
SqliteJournal.create_run = _create_run  # type: ignore[method-assign]

if __name__ == "__main__":
    from stormproof.cli.main import main

    sys.exit(main(sys.argv[1:]))
