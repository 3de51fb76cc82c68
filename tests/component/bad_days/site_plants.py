"""What makes the rows of tests/tables/runner_faults.py happen that take machines which no lab knows."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from company import STORMPROOF, environment
from journal_support import BIN, private_postgres
from lab_day import WAIT_SECONDS_MAX, Running, saw_of
from machines_support import quoted, wait_for
from orders_site import WORK, OrdersSite

from tables.planting import plants
from tables.row import Saw

DRILL = """\
drill: bad-day
title: The orders come back, on a bad day
owner: ops@example.com
runbook: restore_postgres
environment: isolated
scenario: {kind: loss, service: orders, at: now}
targets: {rto: 1h, rpo: 5m}
checks:
  - freshness: {watermark: {table: stormproof.heartbeat, column: at}, max_age: 1m}
"""
JOURNAL_MEGABYTES = 6  # room for a drill; what is left of it is taken away in the middle


@plants("two-drills-on-own-machines")
def two_at_once(orders: OrdersSite) -> Saw:
    """Two runners that know nothing of each other: each has a state folder of its own."""
    first = drill(orders)
    wait_for(lambda: owner(orders) != "", WAIT_SECONDS_MAX)
    second = drill(orders, home="second-home")
    status, out, said, _ = first.end()
    assert (status, json.loads(out)["verdict"]) == (0, "met"), said
    return outcome(orders, second, note="the second waits for the first, and says so")


@plants("dead-drill-on-own-machines")
def beside_a_dead_one(orders: OrdersSite) -> Saw:
    first = drill(orders)
    wait_for(lambda: orders.recovery.says(f"ls -d {WORK}/2*/jobs 2>/dev/null || true") != "", WAIT_SECONDS_MAX)
    first.process.kill()
    first.end()
    run, boot, _, who = owner(orders).split(" ", 3)
    # Its runner's time is over, as it would be after a minute.
    orders.recovery.put(f"{WORK}/.owner", f"{run} {boot} 0 {who}\n")
    second = drill(orders, home="second-home")
    status, out, said, seconds = second.end()
    orders.run("drill", "sweep", run)
    return saw_of(
        status, out, said, seconds, left=left(orders), note="once the dead run is resumed or swept, the next goes"
    )


@plants("journal-disk-full")
def journal_disk_full(orders: OrdersSite) -> Saw:
    with small_disk(orders) as home:
        running = drill(orders, home=home, inside=True)
        wait_for(lambda: orders.recovery.says(f"ls -d {WORK}/2*/jobs 2>/dev/null || true") != "", WAIT_SECONDS_MAX)
        fill(orders, home)
        status, out, said, seconds = running.end()
        run = orders.recovery.says(f"ls {WORK} | grep Z-")
        free(orders, home)
        assert met(drill(orders, "drill", "resume", run, home=home, inside=True))
    return saw_of(
        status, out, said, seconds, left=left(orders), note="with room again, `drill resume` brings it to `met`"
    )


@plants("evidence-disk-full-at-the-end")
def evidence_disk_full_at_the_end(orders: OrdersSite) -> Saw:
    """Its own disk, so that the journal can still be written: the result is kept there."""
    with small_disk(orders) as home:
        orders_state = state_of(orders, home)
        orders.site.as_builder(
            "control",
            f"mkdir -p -m 700 {orders_state}/evidence && mount -t tmpfs -o size=2m,mode=700,uid={owner_id(orders)} tmpfs {orders_state}/evidence",
        )
        running = drill(orders, home=home, inside=True)
        wait_for(lambda: orders.recovery.says(f"ls -d {WORK}/2*/jobs 2>/dev/null || true") != "", WAIT_SECONDS_MAX)
        fill(orders, f"{orders_state}/evidence")
        run = orders.recovery.says(f"ls {WORK} | grep Z-")
        status, out, said, seconds = running.end()
        free(orders, f"{orders_state}/evidence")
        assert met(drill(orders, "drill", "resume", run, home=home, inside=True))
    return saw_of(
        status, out, said, seconds, left=left(orders), note="with room again, `drill resume` signs what was measured"
    )


@plants("journal-database-restarted")
def journal_database_restarted(orders: OrdersSite) -> Saw:
    with journal_database(orders) as database:
        running = drill(orders)
        wait_for(lambda: orders.recovery.says(f"ls -d {WORK}/2*/jobs 2>/dev/null || true") != "", WAIT_SECONDS_MAX)
        pg_ctl(database, "restart", "-m", "immediate")
        return outcome(orders, running)


@plants("journal-database-away")
def journal_database_away(orders: OrdersSite) -> Saw:
    with journal_database(orders) as database:
        running = drill(orders)
        wait_for(lambda: orders.recovery.says(f"ls -d {WORK}/2*/jobs 2>/dev/null || true") != "", WAIT_SECONDS_MAX)
        pg_ctl(database, "stop", "-m", "immediate")
        status, out, said, seconds = running.end()
        run = orders.recovery.says(f"ls {WORK} | grep Z-")
        pg_ctl(database, "restart")
        assert met(drill(orders, "drill", "resume", run))
    return saw_of(
        status, out, said, seconds, left=left(orders), note="with the database back, `drill resume` brings it to `met`"
    )


def drill(orders: OrdersSite, *words: str, home: str = "", inside: bool = False) -> Running:
    """A command of the user's project; the drill, unless another is named. `inside`: with the control side's own mounts."""
    prefix = orders.site.control
    if inside:
        prefix = [*prefix, "-m", "-p"]  # with its own /proc, so that a dead runner can be told from a live one
    folder = Path(home) if home.startswith("/") else orders.home.with_name(home or orders.home.name)
    return Running(
        subprocess.Popen(
            [*prefix, *STORMPROOF, "-C", str(orders.folder), *(words or ("drill", "run", "bad-day")), "--json"],
            env=environment(folder),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
    )  # fmt: skip


def met(resumed: Running) -> bool:
    status, out, said, _ = resumed.end()
    assert (status, json.loads(out).get("verdict")) == (0, "met"), f"{status} {out[-1500:]} {said[-1500:]}"
    return True


def outcome(orders: OrdersSite, running: Running, note: str = "") -> Saw:
    status, out, said, seconds = running.end()
    return saw_of(status, out, said, seconds, left=left(orders), note=note)


def left(orders: OrdersSite) -> tuple[str, ...]:
    there = orders.recovery.says(f"ls -A {WORK}; ps -eo args | grep -E '^(/usr/lib/)?(postgres|pgbackrest)' || true")
    rows = orders.sql("select count(*) from stormproof.readiness").strip()
    return (*there.splitlines(), *([f"production: {rows} rows of a drill"] if rows != "0" else []))


def owner(orders: OrdersSite) -> str:
    return orders.recovery.says(f"cat {WORK}/.owner 2>/dev/null || true")


def owner_id(orders: OrdersSite) -> int:
    return 0  # of the control side's user namespace, or of the machine


def state_of(orders: OrdersSite, home: str) -> str:
    """The project's folder below that home, as the command itself names it."""
    from stormproof.cli.settings import state_name

    return f"{home}/{state_name(orders.folder.resolve())}"


@contextlib.contextmanager
def small_disk(orders: OrdersSite) -> Iterator[str]:
    """A state folder on a small disk of its own, which only the control side sees."""
    home = str(orders.home.with_name("small-home"))
    Path(home).mkdir(exist_ok=True)
    orders.site.as_builder("control", f"mount -t tmpfs -o size={JOURNAL_MEGABYTES}m,mode=700 tmpfs {quoted(home)}")
    try:
        yield home
    finally:
        orders.site.as_builder("control", f"umount -n -l {quoted(home)} || true")


def fill(orders: OrdersSite, folder: str) -> None:
    orders.site.as_builder(
        "control", f"dd if=/dev/zero of={quoted(folder)}/filler bs=4k status=none 2>/dev/null || true"
    )


def free(orders: OrdersSite, folder: str) -> None:
    orders.site.as_builder("control", f"rm {quoted(folder)}/filler")


@contextlib.contextmanager
def journal_database(orders: OrdersSite) -> Iterator[str]:
    """The project keeps its journal in a PostgreSQL of its own."""
    settings = orders.folder / "stormproof.toml"
    before = settings.read_text()
    with private_postgres() as database:
        settings.write_text(f'journal = "{database}"\n{before}')
        try:
            yield database
        finally:
            settings.write_text(before)


def pg_ctl(database: str, *words: str) -> None:
    folder = Path(database.split()[0].removeprefix("host="))
    as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] if os.getuid() == 0 else []
    command = [
        *as_postgres,
        str(BIN / "pg_ctl"),
        "-D",
        str(folder / "data"),
        "-w",
        "-t",
        "60",
        "-l",
        str(folder / "log"),
    ]
    subprocess.run([*command, *words], check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=90)
