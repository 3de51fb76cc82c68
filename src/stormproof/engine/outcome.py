"""How fast an execution may go, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass

from stormproof.core.errors import StormproofError
from stormproof.core.run_state import RunState


@dataclass(frozen=True, slots=True)
class Pace:
    """Bounds of an executor.

    `grace_seconds`: how long over its bound a step may take to notice. Seconds between looks: at the queue of ended
    steps (a step's end is noticed at once, this is for stop requests), and at the journal for a cancel.
    """

    width: int = 4
    grace_seconds: float = 40.0  # above the 30 s that one command on a host may take by default
    poll_seconds: float = 0.05
    cancel_poll_seconds: float = 0.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an execution ended. `error` is set unless the run is done; `bug` is our own mistake, to be raised at last."""

    run_id: str
    state: RunState
    error: StormproofError | None = None
    bug: BaseException | None = None
