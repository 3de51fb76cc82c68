"""Who this process is, and whether another one that owned a run is dead for certain."""

from __future__ import annotations

import functools
import os
import socket
from pathlib import Path

from stormproof.core.journal import Holder


def this_process() -> Holder:
    """This process, so that it can be told from a later one with the same pid."""
    machine, boot, namespace = _here()
    pid = os.getpid()
    return Holder(socket.gethostname(), pid, _started(pid) or "", machine, boot, namespace)


def is_dead(holder: Holder) -> bool:
    """True only when it is certain: same machine, and either rebooted since, or its process is gone.

    False for another machine or another pid namespace: nothing can be known from here, its time has to run out.
    """
    machine, boot, namespace = _here()
    if not holder.machine or holder.machine != machine:
        return False
    if holder.boot != boot:
        return True
    return bool(namespace) and holder.namespace == namespace and _started(holder.pid) != holder.started


@functools.cache
def _here() -> tuple[str, str, str]:
    boot = _read("/proc/sys/kernel/random/boot_id")
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        namespace = ""
    return _read("/etc/machine-id") or boot, boot, namespace


def _started(pid: int) -> str | None:
    """Field 22 of /proc/PID/stat, in clock ticks since boot (proc(5)); None when there is no such process.

    A zombie counts as gone: it can neither act nor write.
    """
    stat = _read(f"/proc/{pid}/stat")
    fields = stat[stat.rfind(")") + 2 :].split()  # the name before may itself hold spaces and brackets
    if len(fields) < 20 or fields[0] in ("Z", "X"):
        return None
    return fields[19]


def _read(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace").strip()
    except OSError:
        return ""
