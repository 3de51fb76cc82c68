"""The project's journal for verbs that look: opened when it is there, never made by looking."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from stormproof.cli.table import table

if TYPE_CHECKING:
    from stormproof.cli.settings import Project
    from stormproof.core.journal import Journal, Lease, Run, StepRecord


@contextlib.contextmanager
def reading(project: Project) -> Iterator[Journal | None]:
    """The journal, or None where there is none yet."""
    dsn = project.settings.journal
    if not dsn and not (project.state / "journal.sqlite").exists():
        yield None
        return
    from stormproof.cli.wiring import open_journal
    from stormproof.core.redact import Redactor

    journal = open_journal(project.state, Redactor(), dsn)
    try:
        yield journal
    finally:
        journal.close()


def run_of(project: Project, run_id: str) -> tuple[Run, str]:
    """A run and the journal that holds it, for verbs that would bring a lab up for it. Raises UnknownRun."""
    from stormproof.core.journal import UnknownRun

    with reading(project) as journal:
        if journal is None:
            raise UnknownRun(run_id, where=str(project.state / "journal.sqlite"))
        return journal.run(run_id), journal.where


def run_json(run: Run, lease: Lease | None, steps: Sequence[StepRecord]) -> dict[str, Any]:
    """One run as JSON, with where each step stands now."""
    holder = lease.holder if lease else None
    return {
        "run": run.run_id,
        "runbook": run.runbook,
        "drill": run.parameters.get("drill"),
        "mode": run.mode,
        "environment": run.environment,
        "service": run.service,
        "state": run.state.value,
        "started": run.created_at.isoformat(),
        "held_by": {"host": holder.host, "pid": holder.pid, "gone": is_gone(lease)} if holder else None,
        "steps": [
            {
                "step": name,
                "state": one.state.value,
                "attempt": one.attempt,
                "at": one.at.isoformat(),
                "detail": one.detail,
            }
            for name, one in newest_of(steps).items()
        ],
    }


def is_gone(lease: Lease | None) -> bool:
    """Whether the process that owns the run is certainly gone, so that it can be resumed at once."""
    from stormproof.engine.holder import is_dead

    return lease is not None and lease.holder is not None and is_dead(lease.holder)


def held_by(lease: Lease | None) -> str:
    """Who owns a run, in words; empty when nobody does."""
    if lease is None or lease.holder is None:
        return ""
    gone = ", which is gone: resume it" if is_gone(lease) else ""
    return f"process {lease.holder.pid} on {lease.holder.host}{gone}"


def newest_of(steps: Sequence[StepRecord]) -> dict[str, StepRecord]:
    """Each step's newest record, in the order in which steps first began."""
    found: dict[str, StepRecord] = {}
    for one in steps:
        found[one.step] = one
    return found


def runs_table(journal: Journal, runs: Sequence[Run], *, width: int) -> list[str]:
    rows = []
    for run in runs:
        lease = journal.lease(run.run_id)
        held = held_by(lease)
        name = run.parameters.get("drill") or run.runbook
        rows.append([run.run_id, name, run.mode, run.state.value, held])
    return table(["run", "what", "mode", "state", "held by"], rows, width=width) if rows else ["no run yet"]


def run_lines(run: Run, lease: Lease | None, steps: Sequence[StepRecord], *, width: int) -> list[str]:
    """One run with its steps."""
    lines = [
        f"{run.run_id}: {run.parameters.get('drill') or run.runbook}, {run.state.value}",
        f"  mode {run.mode}, environment {run.environment}, service {run.service}",
    ]
    if held := held_by(lease):
        lines.append(f"  held by {held}")
    rows = [
        [f"  {one.at:%H:%M:%S}", one.state.value, one.attempt, f"{name}{_why(one)}"]
        for name, one in newest_of(steps).items()
    ]
    return [*lines, "", *(table(["  at", "state", "try", "step"], rows, width=width) if rows else ["  no step began"])]


def _why(one: StepRecord) -> str:
    what = one.detail.get("what") or one.detail.get("reason")
    return f": {what}" if what else ""
