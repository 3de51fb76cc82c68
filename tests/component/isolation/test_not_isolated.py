"""A whole drill against an environment that is not isolated: refused before a byte moves, or failed when it is lost midway.

Every row of the table is planted in the shared lab, which each leaves as it found it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from drill_support import Project
from isolation_plants import plant_firewall_rule, plant_silent_production
from isolation_site import Site

from stormproof.lab import lab_layout
from stormproof.lab.foundation import Foundation
from stormproof.lab.vault import GATE_LOG
from tables import isolation_faults
from tables.planting import planter, plants
from tables.row import Row, Saw
from tables.seen import saw

pytestmark = pytest.mark.component

DRILL = "orders-db-latest"
RESTORE_BEGINS_SECONDS_MAX = 120


@pytest.fixture
def site(project: Project) -> Iterator[Site]:
    foundation = Foundation(project.state / "lab", project.folder, identities=lab_layout.IDENTITIES)
    made = Site(foundation)
    try:
        yield made
    finally:
        made.take_away()


@dataclass(frozen=True)
class Before:
    """What must be the same after a refusal."""

    recovery: str
    repository_readers: str
    runs: list[str]
    server: str
    acknowledged: int


def look(project: Project, site: Site) -> Before:
    postmaster = "select pg_postmaster_start_time()"
    recovery = site.host("recovery-1")
    vault = site.host("vault")
    return Before(
        # Every file with its size and time; logs and the agent's socket file aside.
        recovery=recovery.check(
            "find /var/lib /srv /home /tmp /var/spool /etc/pgbackrest /etc/postgresql -type f -printf '%p %s %T@\\n' | sort"
        ),
        repository_readers=vault.check(f"grep -F ' read {site.address('recovery-1')} opened' {GATE_LOG}; true"),
        runs=[run["run"] for run in project.json("runbook", "status")["runs"]],
        server=site.host("app-primary").check(f"psql -XAtq -d shop -c '{postmaster}'"),
        acknowledged=int(site.host("app-web").check("tail -n 2 /var/lib/stormproof-app/acknowledged").split()[0]),
    )


def told(document: dict[str, Any], seconds: float) -> Saw:
    return Saw(
        seconds=seconds,
        verdict=document["verdict"],
        exit_code=document["exit_code"],
        codes=tuple(finding["code"] for finding in document["findings"]),
        said="\n".join(finding["what"] for finding in document["findings"]),
        left=tuple(document["cleanup"]["left"]),
    )


@pytest.mark.parametrize("row", isolation_faults.REFUSED, ids=str)
def test_a_drill_is_refused_before_anything_moves(project: Project, site: Site, row: Row) -> None:
    planter(row)(site)
    before = look(project, site)
    began = time.monotonic()
    done = project.run("drill", "run", DRILL, "--json", timeout=900)
    seconds = time.monotonic() - began
    document = json.loads(done.stdout)
    after = look(project, site)
    assert done.returncode == 2, done.stderr[-2000:]
    assert after.recovery == before.recovery, "something was written on the recovery host"
    assert after.repository_readers == before.repository_readers, "the recovery host read the vault's repository"
    assert after.runs == before.runs, "a run was begun"
    assert after.server == before.server, "production was restarted, so it was harmed"
    assert after.acknowledged >= before.acknowledged
    assert document["scenario"]["t_fail"] is None, "the failure was made all the same"
    assert document["isolation"]["before"]["result"] in ("broken", "unknown")
    assert "very-secret" not in done.stdout
    assert "hidden" not in done.stdout
    saw(row, told(document, seconds))


def midway(site: Site, plant: Callable[[Site], None]) -> threading.Thread:
    """Plant as soon as the restore has written something on the recovery host."""

    def wait_and_plant() -> None:
        site.host("recovery-1").check(
            f"for ((i = 0; i < {RESTORE_BEGINS_SECONDS_MAX * 20}; i++)); do\n"
            "  [ -n \"$(find /var/lib/stormproof -path '*/pgdata/PG_VERSION')\" ] && exit 0; sleep 0.05\n"
            "done; exit 1",
            timeout_seconds=RESTORE_BEGINS_SECONDS_MAX * 2,
        )
        plant(site)

    thread = threading.Thread(target=wait_and_plant)
    thread.start()
    return thread


@plants("isolation-lost-midway")
def open_production_midway(site: Site) -> threading.Thread:
    def plant(at: Site) -> None:
        # The primary is dead by then; the application's host is the one that answers.
        at.router('iifname "p_recovery-1" oifname "p_app-web" tcp dport { 22, 443 } accept')
        plant_firewall_rule(at)

    return midway(site, plant)


@plants("witness-lost-midway")
def cut_witness_midway(site: Site) -> threading.Thread:
    return midway(site, plant_silent_production)


@pytest.mark.parametrize("row", isolation_faults.LOST_MIDWAY, ids=str)
def test_isolation_that_is_lost_midway_ends_the_drill_and_the_copy(project: Project, site: Site, row: Row) -> None:
    planting = planter(row)(site)
    began = time.monotonic()
    done = project.run("drill", "run", DRILL, "--keep", "--json", timeout=900)
    seconds = time.monotonic() - began
    planting.join(timeout=60)
    document = json.loads(done.stdout)
    assert document["isolation"]["before"]["result"] == "proved"
    assert document["isolation"]["after"]["result"] != "proved"
    assert document["cleanup"]["kept"] == [], "a copy is kept in a place that is not isolated, --keep or not"
    assert document["cleanup"]["destroyed_bytes"] > 10_000_000
    assert site.host("recovery-1").check("ls -A /var/lib/stormproof").strip() == ""
    assert done.returncode == document["exit_code"]
    saw(row, told(document, seconds))


def test_with_everything_taken_away_again_the_drill_is_met(project: Project) -> None:
    assert project.json("drill", "run", DRILL)["verdict"] == "met"
