"""Errors as the journal keeps them, and back."""

from __future__ import annotations

from typing import Any

from stormproof.core.errors import (
    HungUp,
    Interrupted,
    LeftoversRemain,
    Refused,
    RunFailed,
    SetupFailed,
    StoppedHalfWay,
    StormproofError,
    Terminated,
    Unverified,
)
from stormproof.core.journal import Journal, Run

_OWNERS: dict[int, type[StormproofError]] = {
    kind.exit_code: kind
    for kind in (
        Refused,
        RunFailed,
        Unverified,
        LeftoversRemain,
        StoppedHalfWay,
        SetupFailed,
        Interrupted,
        Terminated,
        HungUp,
    )
}


def as_detail(error: StormproofError) -> dict[str, Any]:
    """An error as the journal keeps it."""
    return {
        "error": type(error).__name__,
        "code": error.code,
        "what": error.what,
        "where": error.where,
        "fix": error.fix,
        "exit_code": error.exit_code,
    }


def from_detail(detail: dict[str, Any]) -> StormproofError | None:
    """An error again, of the kind that owns its exit code; None when the detail holds none."""
    if "exit_code" not in detail:
        return None
    kind = _OWNERS.get(detail["exit_code"], RunFailed)
    return kind(detail["what"], where=detail["where"], fix=detail["fix"], code=detail["code"])


def kept_error(journal: Journal, run: Run) -> StormproofError | None:
    """What the run's newest end was for; None for one that is done or was never ended."""
    states = [event for event in journal.events(run.run_id, "run-state") if event.document["state"] == run.state.value]
    return from_detail(states[-1].document) if states else None
