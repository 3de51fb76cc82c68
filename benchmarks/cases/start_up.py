"""How soon `stormproof --help` and `runbook plan` answer, as whole processes."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Goal, Measured
from benchmarks.timed import run as timed

STORMPROOF = str(Path(sys.executable).with_name("stormproof"))


def run(rounds: int, size_mb: int, say: Callable[[str], None]) -> list[Measured]:
    """Three runs of each a round; Python's own start beside them, for what cannot be had below."""
    with tempfile.TemporaryDirectory(prefix="sp-bench-") as folder:
        env = {"STORMPROOF_HOME": f"{folder}/home", "PYTHONDONTWRITEBYTECODE": ""}
        timed([STORMPROOF, "init", f"{folder}/project"], env=env)
        commands = {
            "python -c pass": [sys.executable, "-I", "-c", "pass"],
            "--help": [STORMPROOF, "--help"],
            "runbook plan": [STORMPROOF, "-C", f"{folder}/project", "runbook", "plan", "restore_shop"],
        }
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for command in commands.values():
            timed(command, env=env)  # byte code is compiled once
        for _ in range(rounds * 3):
            for name, command in commands.items():
                taken[name].append(timed(command, env=env).seconds)
    floor = {"python -c pass, s": taken["python -c pass"]}
    return [
        Measured(Goal(f"`stormproof {name}`", 150, "ms"), [1000 * s for s in taken[name]], floor)
        for name in ("--help", "runbook plan")
    ]
