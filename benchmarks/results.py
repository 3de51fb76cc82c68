"""Keeps what was measured (results.json) and writes RESULTS.md from it: a part of the cases may be run alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import Measured, spread

FOLDER = Path(__file__).parent
KEPT = FOLDER / "results.json"
PAGE = FOLDER / "RESULTS.md"

INTRODUCTION = """\
# Measured

`./scripts/benchmark` writes this page. Each figure is a median of interleaved rounds, with the least and the greatest;
each ratio is formed within one round. They hold for the machine below; take the ratios, not the seconds.
"""


def keep(case: str, found: Sequence[Measured], facts: dict[str, Any]) -> None:
    known = read()
    known[case] = {"measures": [one.as_json() for one in found], **facts}
    KEPT.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n")
    PAGE.write_text(page(known))


def read() -> dict[str, Any]:
    return dict(json.loads(KEPT.read_text())) if KEPT.exists() else {}


def page(known: dict[str, Any]) -> str:
    parts = [INTRODUCTION, "| measure | goal | measured | |", "|---|---|---|---|"]
    every = [(case, Measured.from_json(one)) for case, kept in known.items() for one in kept["measures"]]
    for _, one in every:
        sign = "met" if one.met else f"**missed** by {100 * (one.median / one.goal.at_most - 1):.0f} %"
        unit = "" if one.goal.unit == "ratio" else f" {one.goal.unit}"
        parts.append(f"| {one.goal.name} | ≤ {one.goal.at_most:g}{unit} | {spread(one.samples)}{unit} | {sign} |")
    parts.append("\n## What went into them\n")
    for case, kept in known.items():
        parts.append(f"### {case}\n\n{kept['rounds']} rounds, {kept['when']}, load before {kept['load']:.1f}.\n")
        for one in (Measured.from_json(document) for document in kept["measures"]):
            parts.append(f"* **{one.goal.name}**{': ' + one.note if one.note else ''}")
            parts += [f"    * {name}: {spread(series)}" for name, series in one.parts.items()]
        parts.append("")
    machine = next(iter(known.values()))["machine"] if known else {}
    parts.append("## Machine\n")
    parts += [f"* {name}: {value}" for name, value in machine.items()]
    return "\n".join(parts) + "\n"
