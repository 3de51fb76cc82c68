"""A drill's figures against an independent stopwatch and an independent reader of the heartbeat.

Nothing here uses the product's code for what it measures: the kernel's own records of file times on the recovery host,
psql, and the writer's file, compared by a few lines of their own.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from drill_support import Project

pytestmark = pytest.mark.component


class Watcher(threading.Thread):
    """Looks at the recovery host from outside, many times a second: when does it accept the application's writes?

    It cannot connect as the application (its password is the runner's), so it reads what the server itself wrote: the
    readiness row's own commit time is in no log, hence the first instant at which the row is visible over the socket.
    """

    def __init__(self, project: Project) -> None:
        super().__init__(daemon=True)
        self.project, self.seen = project, ""
        self.beats = ""

    def run(self) -> None:
        script = r"""
        export PGCONNECT_TIMEOUT=1 PGOPTIONS='-c statement_timeout=2s'
        end=$((SECONDS + 120))
        while [ $SECONDS -lt $end ]; do
          for s in /var/lib/stormproof/*/socket; do
            [ -S "$s/.s.PGSQL.5432" ] || continue
            at=$(/usr/lib/postgresql/15/bin/psql -X -q -A -t -h "$s" -U postgres -d shop \
              -c "select extract(epoch from max(at)) from stormproof.readiness where run = '$(basename "$(dirname "$s")")'" 2>/dev/null)
            if [ -n "$at" ]; then
              /usr/lib/postgresql/15/bin/psql -X -q -A -t -h "$s" -U postgres -d shop \
                -c "select sequence from stormproof.heartbeat order by 1" >/tmp/beats
              printf '%s\n' "$at"; cat /tmp/beats; exit 0
            fi
          done
          sleep 0.02
        done
        exit 1
        """
        done = self.project.run("lab", "shell", "recovery-1", "--", "bash", "-c", script)
        self.seen, _, self.beats = done.stdout.partition("\n")


@pytest.fixture(scope="module", params=["shop-latest", "shop-pitr"])
def drilled(
    request: pytest.FixtureRequest, project: Project
) -> tuple[dict[str, Any], Watcher, list[tuple[int, datetime]]]:
    watcher = Watcher(project)
    watcher.start()
    document = project.json("drill", "run", request.param)
    watcher.join(timeout=130)
    lines = project.on("app-web", "cat /var/lib/stormproof-app/acknowledged").splitlines()
    written = [(int(line.split()[0]), datetime.fromisoformat(line.split()[1])) for line in lines if line.endswith("Z")]
    return document, watcher, written


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def held_against(document: dict[str, Any]) -> datetime:
    """The failure; for a point in time the instant gone back to: what came later was given up on purpose."""
    return instant(document["scenario"]["target"] or document["scenario"]["t_fail"])


def test_the_drill_is_met(drilled: tuple[dict[str, Any], Watcher, Any]) -> None:
    document = drilled[0]
    assert (document["verdict"], document["exit_code"]) == ("met", 0)
    assert [c["name"] for c in document["checks"] if c["result"] != "passed"] == []


def test_the_service_was_ready_when_an_outside_watch_saw_its_first_write(
    drilled: tuple[dict[str, Any], Watcher, Any],
) -> None:
    document, watcher, _ = drilled
    t_start = instant(document["phases"][0]["start"])
    # The first step begins a moment after t_start; the row's own clock says when the write happened.
    written = datetime.fromtimestamp(float(watcher.seen), UTC)
    outside = (written - t_start).total_seconds()
    figure = document["figures"]["rto_service_s"]
    # Between the write's own instant and its acknowledged read lie one commit, one query and one round trip.
    assert outside <= figure["value"] <= outside + 1.0 + figure["uncertainty_s"]


def test_writes_lost_are_the_set_difference_that_an_outside_reader_finds(
    drilled: tuple[dict[str, Any], Watcher, list[tuple[int, datetime]]],
) -> None:
    document, watcher, written = drilled
    t_fail = held_against(document)
    back = {int(line) for line in watcher.beats.split()}
    # The product takes the writer's clock offset out (well below 5 ms here): a beat at the very edge may count or not.
    least, most = (
        sum(1 for sequence, at in written if at <= t_fail + edge and sequence not in back)
        for edge in (-timedelta(milliseconds=5), timedelta(milliseconds=5))
    )
    assert least <= document["figures"]["acknowledged_writes_lost"]["value"] <= most


def test_data_rpo_is_the_age_of_the_last_heartbeat_that_came_back(
    drilled: tuple[dict[str, Any], Watcher, list[tuple[int, datetime]]],
) -> None:
    document, watcher, written = drilled
    t_fail = held_against(document)
    back = {int(line) for line in watcher.beats.split()}
    newest = max(at for sequence, at in written if sequence in back and at <= t_fail)
    figure = document["figures"]["rpo_data_s"]
    assert abs(figure["value"] - (t_fail - newest).total_seconds()) <= figure["uncertainty_s"] + 0.11  # one interval


def test_nothing_written_after_the_instant_gone_back_to_came_back(
    drilled: tuple[dict[str, Any], Watcher, list[tuple[int, datetime]]],
) -> None:
    document, watcher, written = drilled
    back = {int(line) for line in watcher.beats.split()}
    # One heartbeat may have been on its way: committed before the instant, acknowledged after it.
    assert sum(1 for sequence, at in written if at > held_against(document) and sequence in back) <= 1


def test_phases_and_what_is_unaccounted_add_up_to_the_rto(drilled: tuple[dict[str, Any], Watcher, Any]) -> None:
    document = drilled[0]
    total = sum(phase["seconds"] for phase in document["phases"]) + document["unaccounted_s"]
    assert total == pytest.approx(document["figures"]["rto_service_s"]["value"], abs=1e-5)


def test_nothing_is_left_on_the_recovery_host(drilled: tuple[dict[str, Any], Watcher, Any], project: Project) -> None:
    assert drilled[0]["cleanup"] == {
        "left": [],
        "kept": [],
        "destroyed_bytes": drilled[0]["cleanup"]["destroyed_bytes"],
    }
    assert drilled[0]["cleanup"]["destroyed_bytes"] > 10_000_000
    assert project.on(
        "recovery-1", "ls -A /var/lib/stormproof; pgrep -c 'postgres|pgbackrest|restic'; true"
    ).split() == ["0"]


def test_no_secret_stands_in_anything_that_was_written(
    drilled: tuple[dict[str, Any], Watcher, Any], project: Project
) -> None:
    keys = next(project.home.rglob("lab/keys"))
    secrets = {path.name: path.read_text().strip() for path in keys.iterdir() if path.is_file() and not path.suffix}
    values = {name: text for name, text in secrets.items() if "PRIVATE KEY" not in text and len(text) >= 8}
    assert {"pgbackrest-cipher", "restic-password", "shop_app"} <= values.keys()
    looked_at = [p for p in project.home.rglob("*") if p.is_file() and "lab" not in p.relative_to(project.home).parts]
    assert {p.suffix for p in looked_at} >= {".json", ".html"}
    assert any(p.name == "journal.sqlite" for p in looked_at)
    for path in looked_at:
        content = path.read_bytes()
        found = [name for name, value in values.items() if value.encode() in content]
        assert found == [], f"{path} holds the secret {found}"


def test_arguments_of_processes_hold_no_secret_while_a_drill_runs(project: Project) -> None:
    keys = next(project.home.rglob("lab/keys"))
    values = [(keys / name).read_text().strip() for name in ("pgbackrest-cipher", "restic-password", "shop_app")]
    seen: set[bytes] = set()
    done = threading.Event()

    def watch() -> None:
        from pathlib import Path

        while not done.is_set():
            for entry in Path("/proc").iterdir():
                if entry.name.isdigit():
                    try:
                        seen.add((entry / "cmdline").read_bytes())
                    except OSError:
                        continue
            time.sleep(0.01)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        project.json("drill", "run", "orders-db-latest")
    finally:
        done.set()
        watcher.join()
    assert any(b"pgbackrest" in line for line in seen)
    assert [line for line in seen if any(value.encode() in line for value in values)] == []
