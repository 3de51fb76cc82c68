"""The application on app-web: heartbeat, steady load, new files, a listener; and the world outside that answers.

Each outlives the primary and comes back with it. All of it goes through the application's way: TCP, its own role.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from stormproof.lab import postgres_cluster
from stormproof.lab.agreed import DATABASE, POSTGRES_PORT
from stormproof.lab.machine import LAB_FOLDER, Machine
from stormproof.lab.waiting import wait_until

STATE = "/var/lib/stormproof-app"
ACKNOWLEDGED = f"{STATE}/acknowledged"
PASSWORD_FILE = f"{STATE}/pgpass"
SECONDS_BETWEEN_FILES = 2.0


@dataclass(frozen=True, slots=True)
class Load:
    """How busy the shop is: orders per second, and the number of customers that they come from."""

    rate_tps: float
    customers: int


def start(web: Machine, load: Load, *, shop_app_password: str) -> None:
    """Start every part that does not run yet."""
    web.check(f"mkdir -p {STATE}")
    web.put(PASSWORD_FILE, f"*:*:{DATABASE}:shop_app:{shop_app_password}\n", 0o600)
    way = {
        "PGHOST": "app-primary",
        "PGPORT": str(POSTGRES_PORT),
        "PGDATABASE": DATABASE,
        "PGUSER": "shop_app",
        "PGPASSFILE": PASSWORD_FILE,
        "PSQL": postgres_cluster.PSQL,
        "STATE": STATE,
    }
    web.keep_running("heartbeat", f"exec bash {LAB_FOLDER}/heartbeat.sh", env=way)
    if load.rate_tps > 0:
        busy = {
            **way,
            "PGBENCH": f"{postgres_cluster.BIN}/pgbench",
            "RATE": f"{load.rate_tps:g}",
            "CUSTOMERS": str(load.customers),
            "SCRIPT": f"{LAB_FOLDER}/load.sql",
        }
        web.keep_running("load", f"exec bash {LAB_FOLDER}/load.sh", env=busy)
        every = {**way, "EVERY": f"{SECONDS_BETWEEN_FILES:g}", "SSH_ALIAS": "app-primary"}
        web.keep_running("uploads", f"exec bash {LAB_FOLDER}/uploads.sh", env=every)
    answer(web, "tcp", 443, "shop: it works")


def stop_load(web: Machine) -> None:
    """Orders and files stop; the heartbeat goes on."""
    for name in ("load", "uploads"):
        web.stop_running(name)


def start_outside(outside: Machine) -> None:
    """The internet's stand-in: answers on 443/tcp and 53/udp, over IPv4 and IPv6."""
    answer(outside, "tcp", 443, "outside: it works")
    answer(outside, "udp", 53, "outside: it works")


def answer(machine: Machine, protocol: str, port: int, text: str) -> None:
    script = f"exec /usr/bin/python3 {LAB_FOLDER}/listener.py {protocol} {port} '{text}'"
    machine.keep_running(f"listener-{protocol}-{port}", script)


def last_acknowledged(web: Machine) -> tuple[int, datetime] | None:
    """Sequence and instant (UTC) of the newest acknowledged heartbeat; None before the first."""
    line = web.check(f"tail -n 1 {ACKNOWLEDGED} 2>/dev/null || true").strip()
    sequence, _, at = line.partition(" ")
    if not at.endswith("Z"):  # nothing yet, or a line that is being written
        return None
    return int(sequence), datetime.fromisoformat(at)


def wait_for_heartbeat(web: Machine, *, after: int, timeout_seconds: float = 30.0) -> None:
    """Wait until a heartbeat with a sequence above `after` is acknowledged. Raises TimedOut."""

    def beats() -> bool:
        newest = last_acknowledged(web)
        return newest is not None and newest[0] > after

    wait_until(
        beats,
        what="the application's next acknowledged heartbeat",
        where=f"{web.name}:{ACKNOWLEDGED}",
        fix=f"read {STATE}/heartbeat.log on {web.name}",
        timeout_seconds=timeout_seconds,
        poll_seconds=0.05,
    )
