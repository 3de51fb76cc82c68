"""What makes the rows about clocks and the heartbeat of tests/tables/connection_faults.py happen."""

from __future__ import annotations

import json
from collections.abc import Mapping

from lab_day import DRILL, SPEC, WRONG_CLOCK, Day, Running, saw_of

from tables.planting import plants
from tables.row import Saw

ACKNOWLEDGED = "/var/lib/stormproof-app/acknowledged"
DATA = "/var/lib/postgresql/15/main"
PG_CTL = "/usr/lib/postgresql/15/bin/pg_ctl"
TRUE_LOSS_MAX = 30.0  # seconds: what the lab's stream loses, with a wide margin for a busy machine


@plants("recovery-clock-off")
def recovery_clock_off(day: Day) -> Saw:
    with day.clock("recovery-1", "+90"):
        return with_small_loss(day, day.drill())


@plants("vault-clock-off")
def vault_clock_off(day: Day) -> Saw:
    with day.clock("vault", "+90"):
        return with_small_loss(day, day.drill())


@plants("writer-clock-off")
def writer_clock_off(day: Day) -> Saw:
    with day.clock("app-web", "+90"):
        return with_small_loss(day, day.drill())


@plants("database-clock-off")
def database_clock_off(day: Day) -> Saw:
    """The heartbeat's instants are the database's own, and no drill may ask it for its time."""
    day.set_clock("app-primary", "+90")
    restart_database(day, WRONG_CLOCK)
    try:
        return with_small_loss(day, day.drill())
    finally:
        restart_database(day, {})
        day.right_clock("app-primary")


@plants("recovery-clock-set")
def recovery_clock_set(day: Day) -> Saw:
    with day.clock("recovery-1", "+0"):
        with day.slowly():
            running = day.drill()
            day.restoring(running)
            day.set_clock("recovery-1", "+90")
        return with_small_loss(day, running)


@plants("writer-clock-set")
def writer_clock_set(day: Day) -> Saw:
    with day.clock("app-web", "+0"):
        with day.slowly():
            running = day.drill()
            day.restoring(running)
            day.set_clock("app-web", "-90")
        return day.outcome(running)


@plants("heartbeat-stopped")
def heartbeat_stopped(day: Day) -> Saw:
    drill = day.project.folder / "drills" / f"{DRILL}.yaml"
    drill.write_text(SPEC.replace("rpo: 5m", "rpo: 4s").replace("max_age: 1m", "max_age: 4s"))
    group = "$(cat /run/stormproof/heartbeat.pid)"
    day.host("app-web").check(f"kill -STOP -- -{group}")
    try:
        day.wait(None, f"[ $(( $(date +%s) - $(stat -c %Y {ACKNOWLEDGED}) )) -ge 6 ]", "app-web")
        status, out, said, seconds = day.drill().end()
    finally:
        day.host("app-web").check(f"kill -CONT -- -{group}")
        drill.write_text(SPEC)
    figures = json.loads(out)["figures"]
    assert (figures["acknowledged_writes_lost"]["value"], figures["rpo_data_s"]["at_least"]) == (0, 0)
    assert figures["rpo_data_s"]["value"] >= 6
    return saw_of(status, out, said, seconds, left=day.left())


def restart_database(day: Day, env: Mapping[str, str]) -> None:
    command = f"{PG_CTL} restart -s -m fast -w -D {DATA} -l /var/log/postgresql/restarted.log"
    day.host("app-primary").check(command, env=env, timeout_seconds=120)
    before = day.host("app-web").check(f"tail -n 1 {ACKNOWLEDGED} | cut -d' ' -f1").strip()
    day.wait(None, f"[ $(tail -n 1 {ACKNOWLEDGED} | cut -d' ' -f1) -gt {before} ]", "app-web")


def with_small_loss(day: Day, running: Running) -> Saw:
    return small_loss(day, *running.end())


def small_loss(day: Day, status: int, out: str, said: str, seconds: float) -> Saw:
    """No clock stands in the figure of what was lost."""
    assert out, said
    figure = json.loads(out)["figures"]["rpo_data_s"]
    assert figure["value"] is not None, saw_of(status, out, said, seconds).said
    assert figure["value"] < TRUE_LOSS_MAX, figure
    return saw_of(status, out, said, seconds, left=day.left())
