"""Turns descriptions of hosts into PID 1s in namespaces of their own. Runs as a short-lived process of its own.

It is started as a script (`python -I -S launcher.py`) with one JSON document on standard input (`host_root.py` and
`namespaces.py` write it), because `unshare` and `setns` want a process with a single thread. It imports the standard
library only. On standard output it writes one line `pid NAME NUMBER` per host and ends; the hosts live on.

What a host does on its way up: it makes its own namespaces, builds a root file system from nothing, makes it its
root (`pivot_root`), gives up every privilege, becomes bash. Until the process that brings the lab up has written
down which processes there are and has sent one byte through the lease pipe, a host lives only as long as that
process: so a `kill -9` in the middle of a bring-up leaves nothing behind.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import signal
import socket
import struct
import sys
from typing import Any, NoReturn

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND = 2, 4, 8, 4096
MS_REC, MS_PRIVATE = 16384, 1 << 18
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 24, 38
SYS_MOUNT_SETATTR = 442  # the same number on every architecture (Linux 5.12)
AT_FDCWD, AT_RECURSIVE = -100, 0x8000
ATTR_READ_ONLY, ATTR_NOSUID, ATTR_NODEV = 1, 2, 4
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
LEASE_FD, READY_FD = 3, 4

libc = ctypes.CDLL(None, use_errno=True)
Operation = dict[str, Any]


def must(result: int, doing: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{doing}: {os.strerror(number)}")


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    must(
        libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode()),
        f"mount {kind or 'bind'} at {target}",
    )


def restrict(target: str, attributes: int, *, recursive: bool) -> None:
    """Add mount attributes; a recursive change reaches mounts below, which an ordinary read-only remount does not."""
    settings = struct.pack("QQQQ", attributes, 0, 0, 0)
    flags = AT_RECURSIVE if recursive else 0
    must(
        libc.syscall(SYS_MOUNT_SETATTR, AT_FDCWD, target.encode(), flags, settings, len(settings)),
        f"restrict the mount at {target}",
    )


def apply(operation: Operation, root: str) -> None:
    """Do one operation of a host's root below `root` ("" after the pivot)."""
    do, at = operation["do"], root + operation["at"]
    if do == "symlink":
        os.symlink(operation["to"], at)  # noqa: PTH211
        return
    is_directory = do != "file" and (do != "bind" or os.path.isdir(operation["source"]))  # noqa: PTH112
    make_place(at, is_directory)
    if do == "directory":
        os.chmod(at, operation["mode"])  # noqa: PTH101
        os.chown(at, *operation["owner"])
    elif do == "file":
        with open(at, "w") as file:  # noqa: PTH123
            file.write(operation["content"])
        os.chmod(at, operation["mode"])  # noqa: PTH101
        os.chown(at, *operation["owner"])
    elif do == "mount":
        mount(operation["kind"], at, operation["kind"], operation.get("flags", 0), operation.get("options", ""))
        if "owner" in operation:
            os.chown(at, *operation["owner"])
    elif do == "bind":
        mount(operation["source"], at, "", MS_BIND | MS_REC)
        restrict(at, operation["attributes"], recursive=True)


def make_place(at: str, is_directory: bool) -> None:
    os.makedirs(at if is_directory else os.path.dirname(at), mode=0o755, exist_ok=True)  # noqa: PTH103, PTH120
    if not is_directory and not os.path.lexists(at):
        os.close(os.open(at, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW, 0o644))


def build_root(host: dict[str, Any]) -> None:
    """Build the root file system and make it the only one: the machine's own files are out of reach afterwards."""
    root = host["root"]
    mount("none", "/", "", MS_REC | MS_PRIVATE)
    mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=32m")
    for operation in host["operations"]:
        apply(operation, root)
    os.chdir(root)
    must(libc.pivot_root(b".", b"."), "pivot_root")
    must(libc.umount2(b".", MNT_DETACH), "let go of the machine's root")
    os.chdir("/")
    # These name places inside directories that the host writes: a planted link can only lead to the host itself.
    for operation in host["late_operations"]:
        apply(operation, "")
    for path, value in host["sysctls"].items():
        if os.path.exists(path):  # noqa: PTH110 (a kernel without IPv6 lacks these)
            with open(path, "w") as file:  # noqa: PTH123
                file.write(value)
    restrict("/", ATTR_READ_ONLY | ATTR_NOSUID | ATTR_NODEV, recursive=False)


def raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        answer = fcntl.ioctl(control, SIOCGIFFLAGS, struct.pack("16sh22x", b"lo", 0))
        flags = struct.unpack("16sh22x", answer)[1]
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", flags | IFF_UP))


def give_up_privileges(uid: int, gid: int, *, nested: bool) -> None:
    """Become the one user of the host. Rootless, a nested user namespace gives our own user that number."""
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if nested:
        outside_uid, outside_gid = os.getuid(), os.getgid()
        must(libc.unshare(CLONE_NEWUSER), "unshare the user namespace")
        write_maps(uid, outside_uid, gid, outside_gid)
    for capability in range(64):
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break  # past the kernel's last capability
    if not nested:
        os.setgroups([gid])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)


def write_maps(uid: int, outside_uid: int, gid: int, outside_gid: int) -> None:
    """Map one user and one group into the namespace just made; this is all that an ordinary user may do."""
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {outside_uid} 1"),
        ("gid_map", f"{gid} {outside_gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123
            file.write(text)


def be_host(host: dict[str, Any], plan: dict[str, Any], lease: int, ready: int) -> NoReturn:
    """PID 1, from its first instruction until it is bash."""
    try:
        libc.prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0)
        os.setsid()
        socket.sethostname(host["name"])
        build_root(host)
        raise_loopback()
        if not host["privileged"]:
            give_up_privileges(plan["uid"], plan["gid"], nested=plan["nested"])
        for standard in (0, 1, 2):
            os.dup2(os.open("/dev/null", os.O_RDWR), standard)
        saved = [fcntl.fcntl(lease, fcntl.F_DUPFD, 64), fcntl.fcntl(ready, fcntl.F_DUPFD, 64)]
        os.closerange(3, 64)
        os.dup2(saved[0], LEASE_FD)
        os.dup2(saved[1], READY_FD)
        os.closerange(64, 128)
        os.chdir(host["home"])
        os.execve("/bin/bash", ["init", host["init"]], host["environment"])  # noqa: S606
    except OSError as error:
        os.write(ready, f"failed {host['name']} {error}\n".encode())
        os._exit(1)


def start_host(host: dict[str, Any], plan: dict[str, Any], lease: int, ready: int) -> int:
    """Fork the process that makes the namespaces, which forks PID 1, reports its number and ends."""
    between = os.fork()
    if between:
        return between
    try:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        must(
            libc.unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET),
            "unshare namespaces",
        )
        first = os.fork()
        if first == 0:
            be_host(host, plan, lease, ready)
        os.write(1, f"pid {host['name']} {first}\n".encode())
    except OSError as error:
        os.write(ready, f"failed {host['name']} {error}\n".encode())
        os._exit(1)
    os._exit(0)


def main() -> int:
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    plan = json.load(sys.stdin)
    lease, ready = plan["lease_fd"], plan["ready_fd"]
    try:
        if plan["join_user_fd"] is not None:
            must(libc.setns(plan["join_user_fd"], CLONE_NEWUSER), "join the lab's user namespace")
        elif plan["nested"]:
            uid, gid = os.getuid(), os.getgid()
            must(libc.unshare(CLONE_NEWUSER), "unshare the user namespace")
            write_maps(0, uid, 0, gid)
    except OSError as error:
        os.write(ready, f"failed launcher {error}\n".encode())
        return 1
    started = [start_host(host, plan, lease, ready) for host in plan["hosts"]]
    statuses = [os.waitpid(pid, 0)[1] for pid in started]
    return 0 if not any(statuses) else 1


if __name__ == "__main__":
    sys.exit(main())
