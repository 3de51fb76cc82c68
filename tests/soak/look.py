"""What a soak looks at from outside the product: hosts' processes and mounts, job records, the journal's file, the data.

Only files, /proc, psql and sqlite3: what the product says about itself is no proof.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from stormproof.lab.foundation import Foundation

WORK = "/var/lib/stormproof"
PSQL = "/usr/lib/postgresql/15/bin/psql -X -q -A -t"
EDGE_SECONDS = 0.005  # one machine, one clock: what the product takes for the writer's offset is how well it measured
# Of the lab itself, on a host where nothing of a drill is.
HOME_PROCESSES = ("init", "sshd", "sleep infinity")
# All but those of this very look: `timeout` made one process group of it.
PROCESSES = r"""ps -e -o pgid=,args= | awk -v own="$(ps -o pgid= -p $$ | tr -d ' ')" '$1 != own { $1 = ""; print substr($0, 2) }'"""


def processes(foundation: Foundation) -> list[str]:
    """Processes at the recovery host that are not the lab's own."""
    lines = foundation.host("recovery-1").check(PROCESSES, timeout_seconds=60).splitlines()
    return [line for line in lines if not line.startswith(HOME_PROCESSES)]


def namespaces(foundation: Foundation) -> set[str]:
    """Namespaces of every process at the recovery host; a host of the lab lives in one of each kind."""
    script = 'for n in /proc/[0-9]*/ns/{mnt,net,pid,user,uts,ipc}; do readlink "$n" 2>/dev/null; done | sort -u; true'
    return set(foundation.host("recovery-1").check(script, timeout_seconds=60).split())


def mounts(foundation: Foundation) -> list[str]:
    return sorted(foundation.host("recovery-1").check("cut -d' ' -f2 /proc/self/mounts").splitlines())


def folders(foundation: Foundation) -> list[str]:
    """What lies in the work folder and in shared memory, PostgreSQL's System V segments too."""
    segments = "ipcs -m | awk '/^0x/ { print \"segment-\" $2 }'"
    return foundation.host("recovery-1").check(f"ls -A {WORK}; ls -A /dev/shm; {segments}; true").split()


def jobs_begun(foundation: Foundation, run: str) -> dict[str, int]:
    """Job's name without its number -> how many of it have begun on the host, by their own records."""
    script = f"cd {WORK}/{run}/jobs 2>/dev/null && for j in */; do [ -e $j/begun ] && echo ${{j%/}}; done; true"
    counted: dict[str, int] = {}
    for name in foundation.host("recovery-1").check(script, timeout_seconds=60).split():
        step = name.rpartition("-")[0]
        counted[step] = counted.get(step, 0) + 1
    return counted


def intents(journal: Path, run: str) -> dict[str, int]:
    """Step's last name -> how many attempts were written down as begun."""
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as db:
        rows = db.execute("select step, count(*) from step where run_id = ? and state = 'started' group by 1", (run,))
        counted: dict[str, int] = {}
        for step, count in rows:
            name = step.rsplit(".", 1)[-1]
            counted[name] = counted.get(name, 0) + count
    return counted


def runs(journal: Path) -> set[str]:
    """Ids of every run that the journal knows."""
    if not journal.exists():
        return set()
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as db:
        return {row[0] for row in db.execute("select run_id from run")}


def held_by(journal: Path, run: str) -> list[str]:
    """Who still owns a run, by its lease."""
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as db:
        return [
            row[0] for row in db.execute("select holder from lease where run_id = ? and holder is not null", (run,))
        ]


def journal_problems(journal: Path) -> list[str]:
    """What SQLite itself finds wrong with the file, and steps done twice without an undo between."""
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as db:
        found = [row[0] for row in db.execute("pragma integrity_check") if row[0] != "ok"]
        found += [f"foreign key: {row}" for row in db.execute("pragma foreign_key_check")]
        found += [
            f"run {run}: step {step} was done {count} times"
            for run, step, count in db.execute(
                "select run_id, step, count(*) from step where state = 'done' group by 1, 2"
                " having count(*) > 1 + (select count(*) from step u where u.run_id = step.run_id"
                " and u.step = step.step and u.state = 'undone')"
            )
        ]
    return found


def data(foundation: Foundation, run: str) -> dict[str, Any] | None:
    """What the kept server of a run holds; None when it does not answer."""
    script = f"""S={WORK}/{run}/socket; P="{PSQL} -h $S -U postgres -d shop"
$P -c "select count(*) from orders" && $P -c "select timeline_id from pg_control_checkpoint()" &&
$P -c "select count(*) from stormproof.readiness where run = '{run}'" && $P -c "select sequence from stormproof.heartbeat"
"""
    done = foundation.host("recovery-1").run(script, timeout_seconds=60)
    if done.status != 0:
        return None
    orders, timeline, rows, *beats = (int(word) for word in done.stdout.split())
    return {"orders": orders, "timeline": timeline, "readiness": rows, "beats": set(beats)}


def lost_bounds(foundation: Foundation, beats: set[int], t_fail: datetime, offset_s: float) -> tuple[int, int]:
    """Acknowledged writes up to the failure that are not among those that came back: at least, at most.

    `offset_s`: by how much the product took the writer's clock to be off, and how sure it was, added up.
    """
    text = foundation.host("app-web").check("cat /var/lib/stormproof-app/acknowledged", timeout_seconds=60)
    written = [(int(line.split()[0]), datetime.fromisoformat(line.split()[1])) for line in text.splitlines() if line.endswith("Z")]  # fmt: skip
    edge_of = timedelta(seconds=EDGE_SECONDS + offset_s)
    least, most = (
        sum(1 for n, at in written if at <= t_fail + edge and n not in beats) for edge in (-edge_of, edge_of)
    )
    return least, most


def runners_left(home: Path) -> list[str]:
    """Processes on this machine that still work for this soak's state folder: its environment names it."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            environment = (entry / "environ").read_bytes()
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if f"STORMPROOF_HOME={home}".encode() in environment.split(b"\0") and " drill " in words:
            found.append(words[:150])
    return found
