"""A source that goes on writing gives no better figures than one that died at that very instant.

The same failure is recovered from twice. First with the source dead, as the lab leaves it. Then from the same frozen list,
with the source healed and its archive grown: the same rows must come back, and the same RPO be told.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from drill_support import Project

from stormproof.cli.wiring import open_journal
from stormproof.core.redact import Redactor
from stormproof.core.run_state import RunState

pytestmark = pytest.mark.component

SPEC = """\
drill: live-archive
title: The same failure, with the source dead and with the source alive
owner: platform@example.com
runbook: restore_postgres
environment: recovery
scenario: {kind: loss, service: orders-db, at: now, inject: true}
point: newest
targets: {rto: 30m, rpo: 10m}
checks:
  - freshness: {watermark: {table: stormproof.heartbeat, column: at}, max_age: 10m}
"""
WRITES_MORE = 50
MORE_SECONDS_MAX = 120


def rows_that_came_back(project: Project, run: str) -> list[int]:
    asked = "select sequence from stormproof.heartbeat order by 1"
    text = project.on("recovery-1", f'psql -XAtq -h /var/lib/stormproof/{run}/socket -U postgres -d shop -c "{asked}"')
    return [int(line) for line in text.split()]


def live_on(project: Project) -> int:
    """Until the healed source has written much more, and its archive has grown; answers its newest heartbeat."""
    newest = "select max(sequence) from stormproof.heartbeat"
    archived = "select archived_count from pg_stat_archiver"
    return int(
        project.on(
            "app-primary",
            f"""set -e; ask() {{ psql -XAtq -d shop -c "$1"; }}
first=$(ask '{newest}'); before=$(ask '{archived}'); ask 'select pg_switch_wal()' >/dev/null
for ((i = 0; i < {MORE_SECONDS_MAX * 5}; i++)); do
  [ "$(ask '{newest}')" -ge $((first + {WRITES_MORE})) ] && [ "$(ask '{archived}')" -gt "$before" ] && {{ ask '{newest}'; exit 0; }}
  sleep 0.2
done; exit 1""",
        )
    )


def recover_once_more(project: Project, run: str) -> str:
    """A second run with everything that the first one froze: the instant, and what the vault held then."""
    journal = open_journal(project.state, Redactor())
    try:
        first = journal.run(run)
        again = f"{run}b"
        journal.create_run(dataclasses.replace(first, run_id=again, state=RunState.CREATED))
    finally:
        journal.close()
    return again


def test_a_source_that_lives_on_gives_the_same_rows_and_the_same_rpo(project: Project) -> None:
    (project.folder / "drills" / "live-archive.yaml").write_text(SPEC)
    runs: list[str] = []
    try:
        dead: dict[str, Any] = project.json("drill", "run", "live-archive", "--keep", timeout=600)
        runs.append(dead["run"])
        from_dead = rows_that_came_back(project, dead["run"])
        project.json("drill", "sweep", dead["run"])
        newest = live_on(project)

        again = recover_once_more(project, dead["run"])
        runs.append(again)
        alive = project.json("drill", "resume", again, timeout=600)
        from_alive = rows_that_came_back(project, again)
    finally:
        for run in runs:
            project.run("drill", "sweep", run)
        (project.folder / "drills" / "live-archive.yaml").unlink()
    assert from_alive == from_dead
    assert newest > from_dead[-1] + WRITES_MORE, "the source did not live on, so nothing was tried"
    assert alive["scenario"]["t_fail"] == dead["scenario"]["t_fail"]
    for figure in ("rpo_data_s", "acknowledged_writes_lost"):
        assert alive["figures"][figure]["value"] == dead["figures"][figure]["value"], figure
