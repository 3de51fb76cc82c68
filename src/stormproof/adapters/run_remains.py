"""What a run left on a host: end it, remove it, and look whether anything is still there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stormproof.adapters.host_claim import FILE
from stormproof.adapters.resource import resource
from stormproof.core.errors import Refused
from stormproof.core.ports import Host

RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{4,12}\Z")

# Names, none of which can begin with a slash, then the working folder of each process, which does.
LISTING = """cd "$WORK" 2>/dev/null && ls -A
find /proc -mindepth 2 -maxdepth 2 -name cwd -printf '%l\\n' 2>/dev/null; true"""


@dataclass(frozen=True, slots=True)
class Remains:
    destroyed_bytes: int
    left: tuple[str, ...]  # "process 123 postgres …", "files /var/lib/stormproof/RUN", "mount …"


def destroy(host: Host, work: str, run_id: str, *, timeout_seconds: float = 300) -> Remains:
    """End the run's processes, remove its folder, look again. Raises Refused for a name that is no run id."""
    return _ask(host, work, run_id, "destroy", timeout_seconds)


def look(host: Host, work: str, run_id: str) -> Remains:
    """Look only."""
    return _ask(host, work, run_id, "look", 60)


def run_folders(host: Host, work: str) -> tuple[list[str], list[str]]:
    """(run ids, other names) found below the work folder.

    Also ids of runs of which only processes are left: their working folder is named in /proc when it is long removed.
    """
    said = host.check(LISTING, env={"WORK": work}).splitlines()
    names = [name for name in said if not name.startswith((FILE, "/"))]  # FILE: whose run the host is, swept by itself
    places = [line.removeprefix(f"{work}/").split("/")[0] for line in said if line.startswith(f"{work}/")]
    ids = [name for name in dict.fromkeys(names + places) if RUN_ID.match(name)]
    return ids, [name for name in names if name not in ids]


def _ask(host: Host, work: str, run_id: str, act: str, timeout_seconds: float) -> Remains:
    if not RUN_ID.match(run_id):
        raise Refused(
            f"{run_id!r} is no run id, so nothing can be tied to a run",
            where=f"{host.name}:{work}",
            fix="look at the folder yourself and remove it by hand if it is nobody's",
            code="SP275",
        )
    text = host.check(
        resource("run_teardown.sh"), env={"WORK": work, "RUN_ID": run_id, "ACT": act}, timeout_seconds=timeout_seconds
    )
    destroyed, left = 0, []
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "destroyed":
            destroyed = int(rest)
        else:
            left.append(rest)
    return Remains(destroyed, tuple(left))
