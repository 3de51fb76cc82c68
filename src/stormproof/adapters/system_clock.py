"""This machine's clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from stormproof.core.ports import Instant


class SystemClock:
    def now(self) -> Instant:
        return Instant(datetime.now(UTC), time.monotonic())

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
