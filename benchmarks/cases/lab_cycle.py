"""The lab from kept state to ready, and its end."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Goal, Measured
from benchmarks.timed import run as timed

STORMPROOF = str(Path(sys.executable).with_name("stormproof"))


def run(rounds: int, size_mb: int, say: Callable[[str], None]) -> list[Measured]:
    """The default lab. Whole commands; `destroy` once at the end, since it removes what the rounds need."""
    ups, downs = [], []
    with tempfile.TemporaryDirectory(prefix="sp-bench-") as folder:
        env = {"STORMPROOF_HOME": f"{folder}/home"}
        stormproof = [STORMPROOF, "-C", f"{folder}/project"]
        timed([STORMPROOF, "init", f"{folder}/project"], env=env)
        try:
            cold = timed([*stormproof, "lab", "up"], env=env).seconds
            say(f"  cold: {cold:.1f} s")
            for _ in range(rounds):
                downs.append(timed([*stormproof, "lab", "down"], env=env).seconds)
                ups.append(timed([*stormproof, "lab", "up"], env=env).seconds)
        finally:
            destroyed = timed([*stormproof, "lab", "destroy"], env=env).seconds
    return [
        Measured(Goal("`lab up` from kept state", 3, "s"), ups, {"cold, s": [cold]}),
        Measured(Goal("`lab down`", 1, "s"), downs, {"destroy, s": [destroyed]}),
    ]
