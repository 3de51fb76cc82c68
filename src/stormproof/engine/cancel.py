"""Asking a run to stop, from any process that has the journal."""

from __future__ import annotations

from collections.abc import Callable

from stormproof.core.errors import Refused
from stormproof.core.journal import Holder, Journal
from stormproof.core.run_state import ENDED
from stormproof.engine.holder import is_dead


def request_cancel(journal: Journal, run_id: str, by: str, dead: Callable[[Holder], bool] = is_dead) -> bool:
    """Ask whoever executes the run to stop it; answers whether somebody does.

    With False nobody does, or whoever did is dead for certain: the run is undone when it is resumed.
    Raises UnknownRun, and Refused for a run that has ended.
    """
    run = journal.run(run_id)
    if run.state in ENDED:
        raise Refused(
            f"run {run_id} has ended: {run.state}",
            where=f"run {run_id}",
            fix="there is nothing to cancel; what a drill left is removed by `stormproof drill sweep`",
            code="SP250",
        )
    journal.request_cancel(run_id, by)
    lease = journal.lease(run_id)
    return lease is not None and lease.holder is not None and not dead(lease.holder)
