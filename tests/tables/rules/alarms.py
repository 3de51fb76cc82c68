from __future__ import annotations

from declared import Twins

TWINS: dict[str, Twins] = {}
