"""What PostgreSQL's own log says of a recovery: where it stopped, and at which transaction's instant.

The drill starts the copy with `log_timezone = UTC` and `lc_messages = C`; lines carry any prefix. Source: xlogrecovery.c.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

_INSTANT = r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?)(?: ?(UTC|GMT|[+-]\d\d(?::?\d\d)?))"
_LAST_COMPLETED = re.compile(r"last completed transaction was at log time " + _INSTANT)
# Transactions and timelines are numbers of 32 bits: ten digits at the most.
_STOPPING = re.compile(
    r"recovery stopping (?P<side>before|after) (?P<what>commit|abort) of transaction (?P<transaction>\d{1,10}), time "
    + _INSTANT
)
_STOPPING_OTHER = re.compile(
    r"recovery stopping (?:(?:before|after) WAL location|at restore point|after reaching consistency)"
)
_REDO_DONE = re.compile(r"redo done at ([0-9A-F]+/[0-9A-F]+)")
_REDO_STARTS = re.compile(r"redo starts at ([0-9A-F]+/[0-9A-F]+)")
_CONSISTENT = re.compile(r"consistent recovery state reached at ([0-9A-F]+/[0-9A-F]+)")
_NEW_TIMELINE = re.compile(r"selected new timeline ID: (\d{1,10})(?!\d)")
_BEFORE_TARGET = "recovery ended before configured recovery target was reached"


@dataclass(frozen=True, slots=True)
class RecoveryLog:
    """Facts from one recovery's log; None where the log does not say."""

    last_completed: datetime | None = None
    stopped: Literal["before", "after", "other"] | None = None  # only when a target stopped it
    stopped_at: datetime | None = None
    stopped_transaction: int | None = None
    redo_starts: str | None = None
    redo_done: str | None = None  # start of the last replayed record, not its end
    consistent: str | None = None
    new_timeline: int | None = None
    ended_before_target: bool = False
    redo_needed: bool = True


def parse_recovery_log(text: str) -> RecoveryLog:
    """Read the newest recovery in a server's log. Raises nothing: what is not there stays None."""
    begin = max(text.rfind("starting archive recovery"), text.rfind("starting point-in-time recovery"), 0)
    part = text[begin:]
    completed = _LAST_COMPLETED.search(part)
    stopping = _STOPPING.search(part)
    return RecoveryLog(
        last_completed=_instant(completed[1], completed[2]) if completed else None,
        stopped=_side(stopping["side"]) if stopping else "other" if _STOPPING_OTHER.search(part) else None,
        stopped_at=_instant(stopping[4], stopping[5]) if stopping else None,
        stopped_transaction=int(stopping["transaction"]) if stopping else None,
        redo_starts=_first(_REDO_STARTS, part),
        redo_done=_first(_REDO_DONE, part),
        consistent=_first(_CONSISTENT, part),
        new_timeline=int(found) if (found := _first(_NEW_TIMELINE, part)) else None,
        ended_before_target=_BEFORE_TARGET in part,
        redo_needed="redo is not required" not in part,
    )


def _side(text: str) -> Literal["before", "after"]:
    return "before" if text == "before" else "after"


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match[1] if match else None


def _instant(text: str, zone: str) -> datetime | None:
    """Digits beyond a microsecond are cut off. None: there is no such day or hour."""
    try:
        return datetime.fromisoformat(text + ("+00:00" if zone in ("UTC", "GMT") else zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
