"""TCP connections to hosts that live in network namespaces of this machine, without a route to them.

Which process stands for a host is read from a small JSON file (mode 0600), of which this is what counts here:

    {"schema": "stormproof.lab-state/v1",
     "boot_id": "…",                                      content of /proc/sys/kernel/random/boot_id
     "hosts": {"vault": {"pid": 4711, "started": 123456}}}    started: field 22 of /proc/PID/stat, in clock ticks

The connection starts in the host's own network namespace, so it looks like one from the host to itself: no firewall
between hosts is passed and none has to be opened for the control side.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stormproof.core.errors import HostUnreachable, Refused
from stormproof.core.misread import MISREAD

SCHEMA = "stormproof.lab-state/v1"
NS_GET_USERNS = 0xB701  # ioctl_ns(2): the user namespace that owns this one
STAT_STARTED = 19  # field 22 of /proc/PID/stat, counted behind the process's name
HELPER = Path(__file__).with_name("namespace_connect.py")
GRACE_SECONDS = 5.0
WORDS = {
    errno.ECONNREFUSED: "nothing listens there",
    errno.ETIMEDOUT: "no answer in time",
    errno.EHOSTUNREACH: "no route to it",
    errno.ENETUNREACH: "its network is down",
    errno.EPERM: "this machine refused to enter the host's network",
}


def dial(state_json: Path | str, host: str, address: str, port: int, timeout_seconds: float) -> socket.socket:
    """Connect to `address` (an IP address, not a name) and `port` from inside a host's network.

    Returns:
        a blocking socket with TCP_NODELAY set, ready for paramiko's `sock=`. Costs about 25 ms.

    Raises:
        HostUnreachable: the lab or the host is down, or nobody answered (transient).
        Refused: the file cannot be understood, or knows no such host.
    """
    where = f"{host} ({address}:{port})"
    path = Path(state_json)
    pid, started = find_process(path, host)
    ours, theirs = socket.socketpair()
    with ours, network_of(pid, started, host) as (net, user):
        with theirs:
            words = [str(net), str(user), str(theirs.fileno()), address, str(port), f"{timeout_seconds:g}"]
            helper = subprocess.Popen(
                [sys.executable, "-I", "-S", str(HELPER), *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno(), net, *([user] if user >= 0 else [])],
                env={},
            )
        try:
            ours.settimeout(timeout_seconds + GRACE_SECONDS)
            # Not socket.recv_fds: it drops its flags, and the descriptor would leak into other programs.
            answer, attached, _, _ = ours.recvmsg(64, socket.CMSG_LEN(4), socket.MSG_CMSG_CLOEXEC)
        except TimeoutError:
            answer, attached = str(errno.ETIMEDOUT).encode(), []
        finally:
            helper.kill()  # it has ended by itself, unless it hangs
            helper.wait()
    if attached:
        return socket.socket(fileno=int.from_bytes(attached[0][2], sys.byteorder))
    number = int(answer or errno.EIO)
    raise HostUnreachable(
        f"{host} does not answer at port {port}: {WORDS.get(number, os.strerror(number))}",
        where=where,
        fix="stormproof lab status; stormproof lab up",
        code="SP351",
    )


def find_process(path: Path, host: str) -> tuple[int, int]:
    """Process number and start of a host's first process, as written down."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["schema"] != SCHEMA:
            raise KeyError(document["schema"])
        if document["boot_id"] != Path("/proc/sys/kernel/random/boot_id").read_text().strip():
            raise down(host, path)
        hosts = {name: (int(entry["pid"]), int(entry["started"])) for name, entry in document["hosts"].items()}
    except (FileNotFoundError, NotADirectoryError):
        raise down(host, path) from None
    except MISREAD as error:
        raise Refused(
            f"the lab's state cannot be read: {error!r}",
            where=str(path),
            fix="check `via.namespace` of the host in inventory.yaml",
            code="SP352",
        ) from error
    if host not in hosts:
        raise Refused(
            f"the lab has no host '{host}'",
            where=str(path),
            fix=f"choose one of {', '.join(hosts)} for `via.host` in inventory.yaml",
            code="SP352",
        )
    return hosts[host]


@contextmanager
def network_of(pid: int, started: int, host: str) -> Iterator[tuple[int, int]]:
    """Descriptors of the network namespace and of the user namespace that owns it (-1: our own does).

    They are opened through one directory descriptor, which means one process for ever: a reused number is noticed.
    """
    opened: list[int] = []
    try:
        try:
            folder = os.open(f"/proc/{pid}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            opened.append(folder)
            net = os.open("ns/net", os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder)
            opened.append(net)
            stat = os.open("stat", os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder)
            opened.append(stat)
            fields = os.read(stat, 4096).decode(errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError, PermissionError) as error:
            raise down(host, Path(f"/proc/{pid}")) from error
        if int(fields[STAT_STARTED]) != started:
            raise down(host, Path(f"/proc/{pid}"))
        owner = fcntl.ioctl(net, NS_GET_USERNS)
        opened.append(owner)
        is_ours = os.fstat(owner).st_ino == Path("/proc/self/ns/user").stat().st_ino
        yield net, -1 if is_ours else owner
    finally:
        for descriptor in opened:
            os.close(descriptor)


def down(host: str, where: Path) -> HostUnreachable:
    return HostUnreachable(f"{host} is down", where=str(where), fix="stormproof lab up", code="SP350")
