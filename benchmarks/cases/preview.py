"""What previewing the lab stack costs over previewing a program that declares nothing: engine, emulator and pack alike."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Goal, Measured
from benchmarks.timed import Failed
from benchmarks.timed import run as timed

ROOT = Path(__file__).parents[2]
PACK = ROOT / "infra" / "policy"


def run(rounds: int, size_mb: int, say: Callable[[str], None]) -> list[Measured]:
    """Each round: the empty program, the lab stack and the primary layer of production, all with the policy pack."""
    over, floor, lab, primary = [], [], [], []
    with tempfile.TemporaryDirectory(prefix="sp-bench-") as folder:
        empty = _empty(Path(folder))
        for number in range(rounds):
            floor.append(_preview(empty, "lab"))
            lab.append(_preview(ROOT, "lab"))
            primary.append(_preview(ROOT, "prod-primary"))
            over.append(lab[-1] - floor[-1])
            say(
                f"  round {number + 1}: nothing {floor[-1]:.1f} s, lab {lab[-1]:.1f} s, prod-primary {primary[-1]:.1f} s"
            )
    parts = {"an empty program, s": floor, "lab, all layers, s": lab, "prod-primary, s": primary}
    over_primary = [one - other for one, other in zip(primary, floor, strict=True)]
    return [
        Measured(Goal("preview of the lab stack (all layers), over an empty program's", 10, "s"), over, parts),
        Measured(Goal("preview of prod-primary, over an empty program's", 10, "s"), over_primary),
    ]


def _empty(folder: Path) -> Path:
    (folder / "Pulumi.yaml").write_text(
        f"name: empty\nruntime:\n  name: python\n  options:\n    toolchain: pip\n    virtualenv: {ROOT}/.venv\n"
    )
    (folder / "Pulumi.lab.yaml").write_text("config: {}\n")
    (folder / "__main__.py").write_text('"""Declares nothing."""\n')
    return folder


def _preview(project: Path, stack: str) -> float:
    words = ["preview", "--stack", stack, "--project", str(project), "--policy-pack", str(PACK), "--json"]
    document = json.loads(timed([str(ROOT / "scripts" / "infra"), *words]).out)
    phases = document["stacks"][0]["phases"]
    found = [phase["seconds"] for phase in phases if phase["name"] == "preview"]
    if not found:
        raise Failed(f"no preview among {phases}")
    return float(found[0])
