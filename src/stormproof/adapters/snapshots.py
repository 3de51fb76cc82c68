"""Snapshots of a restored copy, below the run's own folder: a data directory with a server of its own, a folder of files.

The judged copy is only read, while its server is stopped; each snapshot's server listens on a private socket alone.
"""

from __future__ import annotations

import shlex
from dataclasses import replace

from stormproof.adapters.resource import resource
from stormproof.adapters.restored_postgres import RestoredServer
from stormproof.core.errors import CommandFailed, RunFailed
from stormproof.core.ports import Host

FOLDER = "controls"  # below the run's own
COPY_BOUND_SECONDS = 1800.0
MEMORY = "64MB"  # shared_buffers of a snapshot's server: the judged one may claim most of the host
SPACE_FACTOR = 1.3  # a snapshot's size, and what is written into it

_SPACE = r"""
du -sxb "$RUN_DIR/pgdata" 2>/dev/null | cut -f 1; df --output=avail -B1 "$RUN_DIR" | tail -n 1
"""

# Hard links: seconds for any size. A file is never written to through one, but taken away or put anew.
_LINKED = r"""
rm -rf -- "$TO" && mkdir -p -- "$TO" && cp -al -- "$FROM/." "$TO/" || exit 74
"""


def mirror(host: Host, source: str, target: str, *, timeout_seconds: float = COPY_BOUND_SECONDS) -> None:
    """Make a folder byte-equal to another; quick where it nearly is. Raises CommandFailed, and what Host raises."""
    host.check(resource("snapshot.sh"), env={"FROM": source, "TO": target}, timeout_seconds=timeout_seconds)


def link_files(host: Host, source: str, target: str) -> None:
    """The same files in another folder. Replace them there, never write into them. Raises CommandFailed."""
    host.check(_LINKED, env={"FROM": source, "TO": target}, timeout_seconds=COPY_BOUND_SECONDS)


def own_server(host: Host, judged: RestoredServer, own: str) -> RestoredServer:
    """A server for the snapshot OWN/pgdata: disarmed as the judged one, on a socket of its own, without TCP."""
    server = replace(judged, run_dir=own, address="")
    env = {"RUN_DIR": judged.run_dir, "OWN": own, "MEMORY": MEMORY}
    host.check(resource("snapshot_server.sh"), env=env, timeout_seconds=30)
    return server


def rooms(host: Host, run_dir: str) -> int:
    """How many snapshots of the data directory the disk holds beside it. Raises CommandFailed."""
    lines = host.check(_SPACE, env={"RUN_DIR": run_dir}, timeout_seconds=60).split()
    size, free = (int(lines[0]), int(lines[1])) if len(lines) == 2 else (0, int(lines[-1]))
    return int(free / (size * SPACE_FACTOR)) if size else 1


def pause(host: Host, server: RestoredServer) -> None:
    """Stop the judged server cleanly, so that its folder is whole by itself. Raises RunFailed."""
    try:
        host.check(
            'D=$RUN_DIR/pgdata; "$PG_BIN/pg_ctl" -D "$D" status >/dev/null 2>&1 || exit 0\n'
            '"$PG_BIN/pg_ctl" -D "$D" -s -w -t 60 -m fast stop',
            env=server.environment(),
            timeout_seconds=90,
        )
    except CommandFailed as error:
        raise RunFailed(
            f"the restored server could not be stopped for a snapshot: {error.output}",
            where=host.name,
            fix="look at its log; run the drill again",
            code="SP225",
        ) from error


def clear(host: Host, run_dir: str) -> None:
    """End and remove every snapshot of a run, also those of a runner that died. Raises RunFailed when something stays."""
    env = {"WORK": run_dir, "RUN_ID": FOLDER, "ACT": "destroy"}
    text = host.check(resource("run_teardown.sh"), env=env, timeout_seconds=300)
    left = [line for line in text.splitlines() if line.startswith("left ")]
    if left:
        raise RunFailed(
            f"snapshots of the negative controls could not be removed: {'; '.join(left)[:300]}",
            where=f"{host.name}:{run_dir}/{FOLDER}",
            fix="end those processes by hand; tear-down and `stormproof drill sweep` try it again",
            code="SP519",
        )


def remove(host: Host, folder: str) -> None:
    """Remove one control's own folder. Its files may be links into the judged copy: only folders get another mode."""
    quoted = shlex.quote(folder)
    host.check(
        f"find {quoted} -xdev -type d ! -perm -700 -exec chmod u+rwx {{}} \\; 2>/dev/null\n"
        f"rm -rf --one-file-system {quoted}",
        timeout_seconds=300,
    )
