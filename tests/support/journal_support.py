"""What the journal's tests share: a private PostgreSQL on a socket in a temporary folder, runs, holders, a clock."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from stormproof.core.journal import Holder, Run

BIN = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
BEGIN = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@contextmanager
def private_postgres(port: int | None = None) -> Iterator[str]:
    """Connection string of a server that lives as long as the block; run as `postgres` when we are root.

    With a port it also listens on loopback, and the string names that way.
    """
    folder = Path(tempfile.mkdtemp(prefix="sp-pg-"))  # not pytest's folder: a socket's path must be short
    as_postgres: list[str] = []
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]

    def run(*command: str) -> None:
        subprocess.run([*as_postgres, *command], check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=60)

    run(str(BIN / "initdb"), "--no-sync", "--auth=trust", "--username=postgres", "-D", str(folder / "data"))
    listen = f"-c listen_addresses=127.0.0.1 -c port={port}" if port else "-c listen_addresses=''"
    options = f"{listen} -c unix_socket_directories={folder} -c shared_buffers=16MB"
    pg_ctl = [str(BIN / "pg_ctl"), "-D", str(folder / "data"), "-w", "-t", "30", "-l", str(folder / "log")]
    run(*pg_ctl, "-o", options, "start")
    try:
        yield f"host={'127.0.0.1' if port else folder} port={port or 5432} user=postgres dbname=postgres"
    finally:
        run(*pg_ctl, "-m", "immediate", "stop")
        shutil.rmtree(folder)


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def a_run(run_id: str = "20260301T120000Z-0001", **changes: object) -> Run:
    facts: dict[str, object] = {
        "run_id": run_id,
        "runbook": "toy",
        "mode": "drill",
        "environment": "recovery",
        "service": "shop",
        "digest": "sha256:00",
        "wiring": {"a": {"needs": []}},
        "parameters": {"target": "latest", "größe": 3},
        "undo_on_failure": True,
        "created_at": BEGIN,
    }
    return Run(**{**facts, **changes})  # type: ignore[arg-type]


def a_holder(pid: int = 100, host: str = "runner-1") -> Holder:
    return Holder(host, pid, "12345", "machine", "boot", "pid:[1]")


def nobody_is_dead(holder: Holder) -> bool:
    return False
