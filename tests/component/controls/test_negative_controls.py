"""`drill run --negative-control`: every fault is seeded and named; what no check can see, or what proves nothing, is said."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from drill_support import STORMPROOF, Project

from tables.index import rows
from tables.planting import planter, plants
from tables.row import Row, Saw
from tables.seen import saw

pytestmark = pytest.mark.component

DRILL = "shop-latest"
BOUND_SECONDS = 900.0


@dataclass(frozen=True)
class Run:
    """One run with controls: its document, how long the command took, and what was left on the recovery host."""

    document: dict[str, Any]
    seconds: float
    left: tuple[str, ...]

    def control(self, name: str) -> dict[str, Any]:
        (found,) = [control for control in self.document["negative_controls"] if control["name"] == name]
        return dict(found)


def run(project: Project, drill: str, controls: str) -> Run:
    began = time.monotonic()
    done = project.run("drill", "run", drill, "--negative-control", controls, "--json", timeout=BOUND_SECONDS)
    seconds = time.monotonic() - began
    assert done.stdout, done.stderr[-3000:]
    return Run(json.loads(done.stdout), seconds, left(project))


def left(project: Project) -> tuple[str, ...]:
    """Looked at from outside the runner: folders of runs, and processes that belong to one."""
    text = project.on("recovery-1", "ls -A /var/lib/stormproof; pgrep -a postgres || true")
    return tuple(line for line in text.splitlines() if line.strip())


@pytest.fixture(scope="session")
def everything(project: Project) -> Run:
    """All controls, once, for all rows."""
    return run(project, DRILL, "all")


def spec_with(project: Project, name: str, change: Callable[[dict[str, Any]], None]) -> str:
    """A drill of the project's own, made from the shop's."""
    document = yaml.safe_load((project.folder / "drills" / f"{DRILL}.yaml").read_text())
    document["drill"] = name
    change(document)
    (project.folder / "drills" / f"{name}.yaml").write_text(yaml.safe_dump(document, allow_unicode=True))
    return name


@pytest.fixture(scope="session")
def half_blind(project: Project) -> Iterator[Run]:
    """A drill that never counts its orders, asks nothing of settings, and has one check that fails without any fault."""

    def change(document: dict[str, Any]) -> None:
        kept = [check for check in document["checks"] if not {"volume", "query", "settings", "structure"} & set(check)]
        for check in kept:
            if "integrity" in check:
                check["integrity"] = {"amcheck": False, "checksums": False, "foreign_keys": False, "sequences": True}
            if "freshness" in check:
                check["freshness"]["max_age"] = "1s"
                check["freshness"]["watermark"] = {"table": "customers", "column": "created_at"}
        document["checks"] = kept

    # The newest customer is 400 days old, so the copy "is too old" without any fault.
    name = spec_with(project, "shop-half-blind", change)
    try:
        yield run(project, name, "truncated-table,stale-copy,reset-sequence,weaker-setting")
    finally:
        (project.folder / "drills" / f"{name}.yaml").unlink()


def _codes(named: str) -> tuple[str, ...]:
    return (named.partition(":")[0],)


@plants(*(row.id for row in rows("controls") if row.expect.exit_code == 0))
def seeded(row: Row, request: pytest.FixtureRequest) -> Saw:
    """The row's own control, in the run of all."""
    ran: Run = request.getfixturevalue("everything")
    control, document = ran.control(row.id), ran.document
    told = f"{control['status']}: {control['named']} {control['why']}"
    assert control["status"] == "caught", told
    note = f"by {', '.join(control['caught_by'])}"
    return Saw(
        document["verdict"], document["exit_code"], _codes(control["named"]), told,
        control["seconds"] + control["seeding_seconds"], ran.left, note,
    )  # fmt: skip


def _finding(ran: Run, name: str) -> Saw:
    document = ran.document
    (found,) = [f for f in document["findings"] if f["where"].startswith(f"negative control {name}")]
    said = f"{found['what']} {found['fix']}"
    return Saw(document["verdict"], document["exit_code"], (found["code"],), said, ran.seconds, ran.left)


@plants("fault-that-no-check-sees")
def blind(row: Row, request: pytest.FixtureRequest) -> Saw:
    return _finding(request.getfixturevalue("half_blind"), "truncated-table")


@plants("fault-beside-a-failing-check")
def spoilt(row: Row, request: pytest.FixtureRequest) -> Saw:
    return _finding(request.getfixturevalue("half_blind"), "stale-copy")


@pytest.mark.parametrize("row", rows("controls"), ids=str)
def test_a_seeded_fault_is_named_or_the_drill_says_why_it_cannot_be(row: Row, request: pytest.FixtureRequest) -> None:
    saw(row, planter(row)(row, request))


def test_every_control_has_its_row_and_was_seeded(everything: Run) -> None:
    wanted = {row.id for row in rows("controls") if row.expect.exit_code == 0}
    assert {control["name"] for control in everything.document["negative_controls"] if control["seeded"]} == wanted


def test_without_a_fault_no_check_said_anything(everything: Run) -> None:
    """Otherwise a control could be caught by what was there before it."""
    assert {check["result"] for check in everything.document["checks"]} == {"passed"}
    assert [f for f in everything.document["findings"] if f["severity"] != "info"] == []


def test_no_name_of_a_file_and_no_row_leaves_the_host(everything: Run) -> None:
    told = json.dumps(everything.document["negative_controls"], ensure_ascii=False)
    assert ".jpg" not in told
    assert ".pdf" not in told


def test_a_run_with_seeded_faults_counts_for_nothing_else(project: Project, everything: Run) -> None:
    run_id = everything.document["run"]
    assert everything.document["counts_for_coverage"] is False
    assert set(everything.document["targets"].values()) == {None}
    assert run_id not in json.dumps(project.json("drill", "history"))
    page = project.run("report", run_id, "--format", "html").stdout
    assert "this run counts for no coverage" in page
    assert "stormproof_drill_rto_seconds" not in project.run("report", run_id, "--format", "openmetrics").stdout


def test_what_the_enabled_checks_still_see_is_caught_beside_a_blind_spot(half_blind: Run) -> None:
    assert {c["name"]: c["status"] for c in half_blind.document["negative_controls"]} == {
        "truncated-table": "blind-spot",
        "stale-copy": "unknown",
        "reset-sequence": "caught",
        "weaker-setting": "blind-spot",
    }


def test_an_unknown_control_is_refused_before_anything_is_touched(project: Project) -> None:
    runs = project.json("evidence", "list")
    done = project.run("drill", "run", DRILL, "--negative-control", "truncated-tabel", "--json")
    assert done.returncode == 2
    told = json.loads(done.stdout)["error"]
    assert told["code"] == "SP515"
    assert "did you mean 'truncated-table'?" in told["fix"]
    assert project.json("evidence", "list") == runs


@pytest.mark.parametrize("then", ["resume", "sweep"])
def test_a_runner_killed_among_its_controls_leaves_nothing_behind(project: Project, then: str) -> None:
    """Both snapshots' servers and the judged one's stop outlive the runner; whoever comes next deals with them."""
    words = ["drill", "run", "orders-db-latest", "--negative-control", "reset-sequence,lost-grant,weaker-setting"]
    runner = subprocess.Popen(
        [str(STORMPROOF), *words], cwd=project.folder, env=project.env, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert runner.stderr is not None
    run_id = ""
    for line in runner.stderr:
        run_id = line.rpartition("(run ")[2].rstrip(")\n") if "(run " in line else run_id
        if " control " in line:
            os.kill(runner.pid, signal.SIGKILL)
            break
    assert runner.wait(timeout=60) == -signal.SIGKILL
    runner.stderr.close()
    assert len(left(project)) > 1, "its servers went on"
    if then == "resume":
        document = project.json("drill", "resume", run_id, timeout=BOUND_SECONDS)
        assert [control["status"] for control in document["negative_controls"]] == ["caught"] * 3
        assert document["counts_for_coverage"] is False
    else:
        report = project.json("drill", "sweep")
        assert (report["left"], report["closed"]) == ([], [run_id])
        result = project.json("evidence", "show", run_id)
        assert run_id in json.dumps(result)
    assert left(project) == ()
