"""What a program that lives for seconds, and keeps all that it makes, need not do.

Measured on two cores, 403 resources, of 6.1 s of processor time: looking for garbage 1.8 s, another look at all of it on the
way out 0.9 s, telling the engine of each step 0.6 s.
"""

from __future__ import annotations

import atexit
import gc
import os
from typing import Any

from pulumi import log

DEBUG_VARIABLE = "STORMPROOF_PULUMI_DEBUG"  # set: the SDK's own messages of each step, which `--debug` shows


def live_shortly() -> None:
    """For Pulumi's entry point alone: it changes the whole process."""
    gc.disable()
    atexit.register(gc.freeze)  # else it is all gone through once more at the end
    if not os.environ.get(DEBUG_VARIABLE):
        # Some five calls for each resource, each waited for; the engine throws them away unless it is asked for them.
        log.debug = _unsaid


def _unsaid(*_: Any, **__: Any) -> None:
    pass
