"""Changes that change nothing: no test can notice them, and none has to. Key (see Mutant.key) -> why."""

from __future__ import annotations

EQUIVALENT: dict[str, str] = {}
