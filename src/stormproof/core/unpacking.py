"""What another compression of the backup would gain: unpacking it takes the processes' time, bringing it the way's."""

from __future__ import annotations

from stormproof.core.bottleneck import NOTHING, Prediction, beside_each_other
from stormproof.core.recovery_parts import Expansion, PostgresParts

# For each packed byte that is brought and deciphered; no part of a run tells it from unpacking. Low, middle, high, as
# 1.9 GB came back unpacked and packed over a local network (docs/measurement.md).
SECONDS_PER_PACKED_BYTE = (0.0, 1.0e-9, 3.0e-9)


def predict_compression(parts: PostgresParts, wanted: str) -> Prediction | None:
    """Seconds off the RTO with a backup compressed so. None: what either costs was not measured on the host."""
    if wanted == parts.compression:
        return NOTHING
    before, after = _expansion(parts, parts.compression or ""), _expansion(parts, wanted)
    if before is None or after is None or not parts.base_bytes:
        return None
    worked = parts.base_bytes * (before.seconds_per_byte - after.seconds_per_byte)
    packed = parts.base_bytes * (before.size_share - after.size_share)
    shares = beside_each_other(parts)
    middle = worked * shares[1] + packed * SECONDS_PER_PACKED_BYTE[1]
    ends = [worked * share + packed * rate for share in shares for rate in SECONDS_PER_PACKED_BYTE]
    return Prediction(middle, min(ends), max(ends))


def _expansion(parts: PostgresParts, compression: str) -> Expansion | None:
    if compression == "none":
        return Expansion(seconds_per_byte=0.0, size_share=1.0)
    return parts.expansions.get(compression)
