"""Changes that change nothing: no test can notice them, and none has to. Key (see Mutant.key) -> why."""

from __future__ import annotations

_NOT_BACK = "the first lost beat did not come back, so whether it is asked about makes no difference"
_TOUCHES = "a hole that only touches the interval takes nothing from it on either way through the loop"
_PAIRED = "both sequences are of one and the same, item for item, so they are always of one length"
_POWER = "a segment's size is a power of two from 1 MB to 1 GB: rounded down, one byte more makes no difference"
_FAR_OFF = "it is asked of a difference of more than a second alone: a sign is all that it can find"
_WHEN_BUILT = "when pydantic builds the validator; it is the same one"

EQUIVALENT: dict[str, str] = {
    "core.heartbeat:rpo_data: b.sequence > lost[0].sequence → b.sequence >= lost[0].sequence": _NOT_BACK,
    "core.heartbeat:_last_back: b.sequence < first_lost.sequence → b.sequence <= first_lost.sequence": _NOT_BACK,
    "core.heartbeat:_last_back: written > newest → written >= newest": "the newest is replaced by its equal",
    "core.critical_path:_without: hole_end <= start → hole_end < start": _TOUCHES,
    "core.wal_timeline:continuity: n >= fork → n > fork": "the fork's own segment would only be added where it is already",
    "core.critical_path:_without: hole_start >= end → hole_start > end": _TOUCHES,
    "core.heartbeat:_pauses: strict=True → strict=False": _PAIRED,
    "core.isolation:_judge_host: strict=True → strict=False": _PAIRED,
    "core.wal_timeline:path_from: strict=True → strict=False": _PAIRED,
    "core.wal:segment_name: 4294967296 → 4294967297": _POWER,
    "core.wal:parse_segment_name: 4294967296 → 4294967297": _POWER,
    "core.wal_crc:_table: 256 → 257": "places in the table are cut to eight bits before they are looked up",
    "drill.clocks:Clocks.compare: moved > 0 → moved >= 0": _FAR_OFF,
    "drill.clocks:Clocks.compare: 0 → 1": _FAR_OFF,
    "drill.clocks:_way: seconds > 0 → seconds >= 0": _FAR_OFF,
    "drill.clocks:_way: 0 → 1": _FAR_OFF,
    "core.bottleneck:_processes: after > before → after >= before": "of as many as before both laws leave all of the time",
    "core.bottleneck:_transport_of_base: strict=True → strict=False": _PAIRED,
    "core.bottleneck:_wal: changed > 0 → changed >= 0": "where connections cost the same, nothing is gained or lost on either way",
    "core.figures:Figure: defer_build=True → defer_build=False": _WHEN_BUILT,
    "core.recovery_point:_Frozen: defer_build=True → defer_build=False": _WHEN_BUILT,
    "core.isolation_network:_route: False → True": "whether it lies on the link is asked of no default route, and of none that leads nowhere",
}
