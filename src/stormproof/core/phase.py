"""The phases of a recovery. Reports add up to them, and each instant of the critical path belongs to one."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    DETECT = "detect"
    DECIDE = "decide"
    PROVISION = "provision"
    FETCH = "fetch"
    RESTORE = "restore"
    REPLAY = "replay"
    START = "start"
    CUT_OVER = "cut_over"


INTERRUPTED = "interrupted"  # no executor was alive; not a phase that a step can be given
