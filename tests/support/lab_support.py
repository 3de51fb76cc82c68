"""What the tests of the lab's foundation share: labs at each level that this machine has, and a look for what is left."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from stormproof.lab.foundation import Foundation
from stormproof.lab.level import Level

# An ordinary user can only make user namespaces; root makes both, so that one machine tests both.
LEVELS = [Level.ROOT, Level.USER] if os.geteuid() == 0 else [Level.USER]
GONE_SECONDS_MAX = 60.0


def foundation_at(level: Level, state_dir: Path, **settings: object) -> Foundation:
    return Foundation(
        state_dir,
        state_dir.parent,
        force_user_namespaces=level is Level.USER,
        **settings,  # type: ignore[arg-type]
    )


def processes_that_see(folder: Path) -> list[int]:
    """Processes with something of `folder` mounted or named: hosts of a lab there and what starts them."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                looks = (entry / "mountinfo").read_text() + (entry / "cmdline").read_text()
            except OSError:
                continue  # it ended meanwhile
            if str(folder) in looks:
                found.append(int(entry.name))
    return found


def network_namespaces() -> set[int]:
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found.add((entry / "ns" / "net").stat().st_ino)
            except OSError:
                continue
    return found


def wait_until_nothing_sees(folder: Path) -> list[int]:
    """What still does at the end of a bounded wait."""
    deadline = time.monotonic() + GONE_SECONDS_MAX
    while (left := processes_that_see(folder)) and time.monotonic() < deadline:
        time.sleep(0.01)
    return left


def machine_network() -> dict[str, str]:
    """Everything of the machine's own network that a careless lab could touch."""
    looks = {}
    for command in (
        ["ip", "-o", "addr"],
        ["ip", "-o", "link"],
        ["ip", "route", "show", "table", "all"],
        ["ip", "-6", "route", "show", "table", "all"],
        ["ip", "rule"],
        ["ip", "netns"],
        ["nft", "list", "ruleset"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        looks[" ".join(command)] = done.stdout + done.stderr
    for switch in ("ipv4/ip_forward", "ipv6/conf/all/forwarding", "ipv4/ip_unprivileged_port_start"):
        looks[switch] = (Path("/proc/sys/net") / switch).read_text()
    return looks


def machine_mounts() -> str:
    return Path("/proc/self/mountinfo").read_text()
