"""What another compression of the backup could gain: unpacking it takes the processes' time, bringing it the way's."""

from __future__ import annotations

from stormproof.core.bottleneck import NOTHING, Prediction
from stormproof.core.recovery_parts import PostgresParts

# For each packed byte that is brought and deciphered; no part of a run tells it from unpacking. Bounds.
SECONDS_PER_PACKED_BYTE = (0.0, 3.0e-9)


def predict_compression(parts: PostgresParts, wanted: str) -> Prediction | None:
    """The bounds of seconds off the RTO with a backup compressed so. None: what either costs was not measured on the host.

    Bounds alone: a restore may wait for the vault's side and not for its own work. Seen with 0.6 GB: unpacking gz instead
    of zst took half a second more of the processes' time, and a tenth more by the clock (docs/measurement.md).
    """
    if wanted == parts.compression:
        return NOTHING
    before, after = parts.expansion(parts.compression), parts.expansion(wanted)
    if before is None or after is None or not parts.base_bytes:
        return None
    worked = parts.base_bytes * (before.seconds_per_byte - after.seconds_per_byte)
    packed = parts.base_bytes * (before.size_share - after.size_share)
    ends = [share * worked + packed * rate for share in (0.0, 1.0) for rate in SECONDS_PER_PACKED_BYTE]
    return Prediction((min(ends) + max(ends)) / 2, min(ends), max(ends))
