"""kill -9 of the runner before, inside and after every step of the restore runbooks, then resume: as if nothing happened.

One run takes all of a runbook's kills, one after the other: each `resume` begins where the last was killed, so every
point of every step is met and the end is reached once.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from drill_support import Project

pytestmark = pytest.mark.component

RUNNER = Path(__file__).parents[2] / "support" / "killed_runner.py"
MOMENTS = ("before", "intent", "acted", "done")
KILLED = -9


def call(project: Project, kill_at: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(RUNNER), *words],
        cwd=project.folder,
        env={**project.env, "KILL_AT": kill_at},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def points(project: Project, runbook: str) -> list[str]:
    plan = project.json("runbook", "plan", runbook)
    return [f"{step['name']}:{moment}" for step in plan["steps"] for moment in MOMENTS]


def newest_run(project: Project, before: set[str]) -> str:
    runs = {run["run"] for run in project.json("runbook", "status")["runs"]}
    (made,) = runs - before
    return str(made)


def one_pass(project: Project, runbook: str, wanted: list[str]) -> list[str]:
    """One run, killed at each wanted point that it still has before it; answers the points that it met.

    Steps run side by side, so while one is killed its neighbour may get done: such a point is left for another pass.
    """
    before = {run["run"] for run in project.json("runbook", "status")["runs"]}
    run_id, met = "", []
    for point in wanted:
        step = point.partition(":")[0]
        if run_id and step in steps_done(project, run_id):
            continue
        words = ["runbook", "resume", run_id] if run_id else ["runbook", "run", runbook, "--environment", "recovery"]
        done = call(project, point, *words)
        assert done.returncode in (KILLED, 0), (
            f"{point}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        )
        run_id = run_id or newest_run(project, before)
        if done.returncode == 0:
            break
        met.append(point)
    ended_as_if_nothing_had_happened(project, runbook, run_id)
    return met


def steps_done(project: Project, run_id: str) -> set[str]:
    steps = project.json("runbook", "status", run_id)["steps"]
    return {step["step"] for step in steps if step["state"] == "done"}


def ended_as_if_nothing_had_happened(project: Project, runbook: str, run_id: str) -> None:
    if project.json("runbook", "status", run_id)["state"] != "done":
        project.json("runbook", "resume", run_id)
    assert project.json("runbook", "status", run_id)["state"] == "done"
    folder = f"/var/lib/stormproof/{run_id}"
    jobs = project.on("recovery-1", f"ls {folder}/jobs").split()
    assert jobs, "the run had no jobs"
    assert [job for job in jobs if not job.endswith("-1")] == [], "a job was started twice"
    if runbook == "restore_postgres":
        question = f"select count(*) > 0 from stormproof.readiness where run = '{run_id}'"
        rows = project.on("recovery-1", f'psql -X -A -t -h {folder}/socket -d shop -c "{question}"')
        assert rows.strip() == "t"
    swept = project.json("drill", "sweep", run_id)
    assert (len(swept["removed"]), swept["left"], swept["refused"]) == (1, [], [])
    assert project.on("recovery-1", "ls -A /var/lib/stormproof").strip() == ""


@pytest.mark.parametrize("runbook", ["restore_postgres", "restore_files"])
def test_a_run_killed_at_every_point_of_every_step_ends_as_if_nothing_had_happened(
    project: Project, runbook: str
) -> None:
    left = points(project, runbook)
    for _ in range(6):
        if left:
            met = one_pass(project, runbook, left)
            left = [point for point in left if point not in met]
    assert left == [], "points that no pass met"


def test_a_killed_drill_goes_on_and_its_dead_time_is_inside_the_rto(project: Project) -> None:
    before = {run["run"] for run in project.json("drill", "status")["runs"]}
    done = call(project, "restore_base:intent", "drill", "run", "orders-db-latest")
    assert done.returncode == KILLED
    (run,) = [r for r in project.json("drill", "status")["runs"] if r["run"] not in before]
    assert run["state"] == "running"
    document: dict[str, Any] = project.json("drill", "resume", run["run"])
    assert document["verdict"] == "met"
    interrupted = [phase["seconds"] for phase in document["phases"] if phase["name"] == "interrupted"]
    assert sum(interrupted) == pytest.approx(document["interrupted_s"])
    assert document["interrupted_s"] > 0
    total = sum(phase["seconds"] for phase in document["phases"]) + document["unaccounted_s"]
    assert total == pytest.approx(document["figures"]["rto_service_s"]["value"], abs=1e-5)
    assert json.dumps(document["isolation"]["before"]["result"]) == '"proved"'
