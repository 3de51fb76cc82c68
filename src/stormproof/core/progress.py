"""What a run tells those who watch it: small events, in the order in which things happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypedDict

Kind = Literal[
    "run-started",
    "phase-started",
    "step-started",
    "step-done",
    "step-failed",
    "stopwatch-started",
    "stopwatch-stopped",
    "isolation",
    "check-done",
    "control-done",
    "message",
    "run-done",
]


class _Required(TypedDict):
    kind: Kind


class Event(_Required, total=False):
    """One thing that just happened. Only `kind` is always there; the others belong to the kinds named beside them.

    Seconds are elapsed seconds. Texts are for people and hold no secret and no row.
    """

    run: str  # run-started
    drill: str  # run-started
    title: str  # run-started, step-started
    rto_s: float | None  # run-started: the target that elapsed time is shown against
    phase: str  # phase-started, step-started
    step: str  # step-started, step-done, step-failed
    expected_s: float | None  # step-started
    seconds: float  # step-done, stopwatch-stopped, check-done, control-done; stopwatch-started: how long it runs already (resumed)
    attempts: int  # step-done
    what: str  # step-failed
    when: str  # isolation: "before" or "after"
    result: str  # isolation, check-done, control-done
    name: str  # check-done, control-done
    text: str  # message
    verdict: str  # run-done


Progress = Callable[[Event], None]


def silent(event: Event) -> None:
    """The watcher who does not look."""
