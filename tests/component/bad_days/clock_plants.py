"""What makes the rows about clocks and the heartbeat of tests/tables/connection_faults.py happen."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from lab_day import DRILL, SPEC, WRONG_CLOCK, Day, Running, saw_of

from tables.planting import plants
from tables.row import Saw

ACKNOWLEDGED = "/var/lib/stormproof-app/acknowledged"
DATA = "/var/lib/postgresql/15/main"
PG_CTL = "/usr/lib/postgresql/15/bin/pg_ctl"
BEATS_LOST = 60  # at least: what the application writes after the vault has stopped receiving
TRUE_LOSS = 5.0, 60.0  # seconds: of that, with a wide margin for a busy machine, and yet no 90 s more or less


@plants("recovery-clock-off")
def recovery_clock_off(day: Day) -> Saw:
    with day.clock("recovery-1", "+90"), something_lost(day):
        return with_true_loss(day, day.drill())


@plants("vault-clock-off")
def vault_clock_off(day: Day) -> Saw:
    with day.clock("vault", "+90"), something_lost(day):
        return with_true_loss(day, day.drill())


@plants("writer-clock-off")
def writer_clock_off(day: Day) -> Saw:
    with day.clock("app-web", "+90"), something_lost(day):
        return with_true_loss(day, day.drill())


@plants("database-clock-off")
def database_clock_off(day: Day) -> Saw:
    """The heartbeat's instants are the database's own, and no drill may ask it for its time."""
    day.set_clock("app-primary", "+90")
    restart_database(day, WRONG_CLOCK)
    try:
        with something_lost(day):
            return with_true_loss(day, day.drill())
    finally:
        restart_database(day, {})
        day.right_clock("app-primary")


@plants("recovery-clock-set")
def recovery_clock_set(day: Day) -> Saw:
    with day.clock("recovery-1", "+0"), something_lost(day):
        with day.slowly():
            running = day.drill()
            day.restoring(running)
            day.set_clock("recovery-1", "+90")
        return with_true_loss(day, running)


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


@contextmanager
def something_lost(day: Day) -> Iterator[None]:
    """The vault has received nothing for some seconds, so that there is a loss which a wrong clock could hide."""
    day.host("app-primary").check("psql -XAtq -d shop -c 'select pg_switch_wal()'")  # no archiving for archive_timeout
    # After a restart of the database its receiver comes back in its own time.
    streams = "select 1 from pg_stat_replication where state = 'streaming'"
    day.wait(None, f'[ -n "$(psql -XAtq -d shop -c "{streams}")" ]', "app-primary")
    day.host("vault").check("pkill -STOP -x pg_receivewal")
    try:
        newest = f"$(tail -n 1 {ACKNOWLEDGED} | cut -d' ' -f1)"
        before = day.host("app-web").check(f"echo {newest}").strip()
        day.wait(None, f"[ {newest} -ge {int(before) + BEATS_LOST} ]", "app-web")
        yield
    finally:
        day.host("vault").check("pkill -CONT -x pg_receivewal")


def with_true_loss(day: Day, running: Running) -> Saw:
    """No clock stands in the figure of what was lost, and none hides a loss."""
    status, out, said, seconds = running.end()
    assert out, said
    figures = json.loads(out)["figures"]
    figure, least, most = figures["rpo_data_s"]["value"], *TRUE_LOSS
    assert figure is not None, saw_of(status, out, said, seconds).said
    assert least <= figure <= most, figures["rpo_data_s"]
    assert figures["acknowledged_writes_lost"]["value"] >= least * 5, figures["acknowledged_writes_lost"]
    return saw_of(status, out, said, seconds, left=day.left())
