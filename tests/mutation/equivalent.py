"""Changes that change nothing: no test can notice them, and none has to. Key (see Mutant.key) -> why."""

from __future__ import annotations

_NOT_BACK = "the first lost beat did not come back, so whether it is asked about makes no difference"
_TOUCHES = "a hole that only touches the interval takes nothing from it on either way through the loop"

EQUIVALENT: dict[str, str] = {
    "core.heartbeat:rpo_data: b.sequence > lost[0].sequence → b.sequence >= lost[0].sequence": _NOT_BACK,
    "core.heartbeat:_last_back: b.sequence < first_lost.sequence → b.sequence <= first_lost.sequence": _NOT_BACK,
    "core.heartbeat:_last_back: written > newest → written >= newest": "the newest is replaced by its equal",
    "core.critical_path:critical_path: end > start → end >= start": "a piece of no length is none",
    "core.critical_path:_without: hole_end <= start → hole_end < start": _TOUCHES,
    "core.wal_timeline:continuity: n >= fork → n > fork": "the fork's own segment would only be added where it is already",
    "core.critical_path:_without: hole_start >= end → hole_start > end": _TOUCHES,
}
