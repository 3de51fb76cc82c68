"""How long a recovery's steps may take, and what they try again: what may pass by itself, and nothing else."""

from __future__ import annotations

from stormproof.core.errors import HostUnreachable, TransientFailure
from stormproof.engine.runbook import Retry

RESTORE_BOUND_SECONDS = 6 * 3600
AGAIN = Retry(on=(HostUnreachable, TransientFailure), attempts=5, seconds=120)
# A restore may have run for hours when its connection breaks; what came over is kept, so it is worth another try then.
LONG_AGAIN = Retry(on=(HostUnreachable, TransientFailure), attempts=5, seconds=RESTORE_BOUND_SECONDS)
