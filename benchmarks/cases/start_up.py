"""How soon `stormproof --help` and `runbook plan` answer, as whole processes."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Goal, Measured
from benchmarks.timed import run as timed
from stormproof.cli.workspace import PLACEHOLDER_KEY
from stormproof.lab.inventory_file import HostEntry, inventory_text
from stormproof.lab.topology import HOSTS

PLAN = "importing pydantic takes half of it; the rest is making our models with it, and reading the runbooks"
STORMPROOF = str(Path(sys.executable).with_name("stormproof"))


def run(rounds: int, size_mb: int, say: Callable[[str], None]) -> list[Measured]:
    """Three runs of each a round; Python's own start beside them, and pydantic's, for what cannot be had below."""
    with tempfile.TemporaryDirectory(prefix="sp-bench-") as folder:
        env = {"STORMPROOF_HOME": f"{folder}/home", "PYTHONDONTWRITEBYTECODE": ""}
        timed([STORMPROOF, "init", f"{folder}/project"], env=env)
        inventory = Path(folder, "inventory.yaml")
        hosts = {
            one.name: HostEntry(one.name, f"192.0.2.{n}", None, PLACEHOLDER_KEY, "key") for n, one in enumerate(HOSTS)
        }
        inventory.write_text(inventory_text(hosts, state_json=Path(folder, "state.json")))
        commands = {
            "python -c pass": [sys.executable, "-I", "-c", "pass"],
            "python -c 'import pydantic.main'": [sys.executable, "-I", "-c", "import pydantic.main"],
            "--help": [STORMPROOF, "--help"],
            "runbook plan": [STORMPROOF, "-C", f"{folder}/project", "runbook", "plan", "restore_shop"],
        }
        commands["runbook plan, from an inventory's file"] = [*commands["runbook plan"], "--inventory", str(inventory)]
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for command in commands.values():
            timed(command, env=env)  # byte code is compiled once
        for _ in range(rounds * 3):
            for name, command in commands.items():
                taken[name].append(timed(command, env=env).seconds)
    floor = {"python -c pass, s": taken["python -c pass"]}
    beside = {f"{name}, s": taken[name] for name in commands if "pydantic" in name or "file" in name}
    return [
        Measured(Goal("`stormproof --help`", 150, "ms"), [1000 * s for s in taken["--help"]], floor),
        Measured(
            Goal("`stormproof runbook plan`", 150, "ms"),
            [1000 * s for s in taken["runbook plan"]],
            floor | beside,
            PLAN,
        ),
    ]
