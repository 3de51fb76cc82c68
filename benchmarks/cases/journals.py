"""What a step's records cost: intent and done, each committed, over and above doing nothing."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measure import Goal, Measured
from stormproof.adapters.journal_postgres import PostgresJournal
from stormproof.adapters.journal_sqlite import SqliteJournal
from stormproof.core.journal import Journal
from stormproof.core.redact import Redactor
from stormproof.core.run_state import RunState, StepState

STEPS = 200


def run(rounds: int, size_mb: int, say: Callable[[str], None]) -> list[Measured]:
    """Both journals by turns. PostgreSQL over TCP on loopback, with its own fsync on; SQLite on this machine's disk."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "support"))
    from journal_support import a_holder, a_run, private_postgres
    from tests_support import free_port

    def one(journal: Journal, name: str) -> float:
        journal.create_run(a_run(name))
        lease = journal.acquire(name, a_holder(), ttl_seconds=600, is_dead=lambda holder: False)
        journal.record_run_state(name, lease.token, RunState.RUNNING, datetime.now(UTC), {})
        began = time.perf_counter()
        for number in range(STEPS):
            step = f"step_{number}"
            journal.record_step(name, lease.token, step, 1, StepState.STARTED, datetime.now(UTC))
            journal.record_step(
                name, lease.token, step, 1, StepState.DONE, datetime.now(UTC), outputs={"label": "20260301-040000F"}
            )
        return 1000 * (time.perf_counter() - began) / STEPS

    port = free_port()
    taken: dict[str, list[float]] = {"sqlite": [], "postgres": []}
    with private_postgres(port) as dsn, tempfile.TemporaryDirectory(prefix="sp-bench-") as folder:
        journals: dict[str, Journal] = {
            "sqlite": SqliteJournal(Path(folder) / "journal.sqlite", Redactor()),
            "postgres": PostgresJournal(dsn, Redactor()),
        }
        for number in range(rounds + 1):
            for name, journal in journals.items():
                ms = one(journal, f"20260301T1200{number:02d}Z-0001")
                if number:  # the first round warms up
                    taken[name].append(ms)
        for journal in journals.values():
            journal.close()  # type: ignore[attr-defined]
    return [
        Measured(Goal("journal, a step (SQLite)", 1.5, "ms"), taken["sqlite"], note=f"{STEPS} steps a round"),
        Measured(
            Goal("journal, a step (PostgreSQL on loopback)", 4, "ms"), taken["postgres"], note=f"{STEPS} steps a round"
        ),
    ]
