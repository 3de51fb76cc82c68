"""A plan as lines: steps in order, what each touches, and the expected critical path against the RTO."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from stormproof.cli.table import table

if TYPE_CHECKING:
    from stormproof.engine.plan import Plan

INDENT = "  "


def plan_lines(plan: Plan, *, width: int) -> list[str]:
    """Nothing of it was done: a plan connects to nothing."""
    lines = [
        f"{INDENT}runbook        {plan.runbook} ({plan.title}), {len(plan.steps)} steps",
        f"{INDENT}where          environment {plan.environment}, mode {plan.mode}, service {plan.service}",
        "",
    ]
    rows = []
    for number, step in enumerate(plan.steps, 1):
        mark = "*" if step.critical else " "
        expected = "skipped" if step.skipped else f"{step.expected_seconds:g} s"
        rows.append([f"{INDENT}{mark} {number}", step.phase, expected, f"{step.title} ({step.name})"])
        rows += [["", "", "", f"  - {touch}"] for touch in step.touches]
        if step.approvals:
            rows.append(["", "", "", f"  - needs {step.approvals} approvals"])
    lines += table([f"{INDENT}  ", "phase", "expected", "step, and what it touches"], rows, width=width)
    lines += ["", f"{INDENT}* on the expected critical path: {plan.expected_seconds:g} s{_against(plan)}"]
    for problem in plan.problems:
        lines += textwrap.wrap(f"would stop: {problem}", width, initial_indent=INDENT, subsequent_indent=INDENT * 2)
    return lines


def _against(plan: Plan) -> str:
    if plan.rto_seconds is None:
        return ""
    return f", {'within' if plan.fits else 'LONGER THAN'} the RTO of {plan.rto_seconds:g} s"
