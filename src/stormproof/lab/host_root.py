"""What a host's root file system is made of, as operations that `launcher.py` carries out inside the host.

Pure description: an empty root in memory, the machine's /usr read-only, an /etc of the host's own, and the host's
persistent directories from the lab's state folder. Nothing else of the machine exists on a host.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stormproof.lab.topology import HOME, PERSISTENT, USER, HostSpec

Operation = dict[str, Any]

READ_ONLY, NOSUID, NODEV = 1, 2, 4  # MOUNT_ATTR_*, mount_setattr(2)
MS_NOSUID, MS_NODEV, MS_NOEXEC = 2, 4, 8
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
MERGED_LINKS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
# Of the machine's /etc only what programs below /usr need to start: library cache, alternatives, certificates, and
# Debian's description of its PostgreSQL packages.
SHARED_ETC = (
    "alternatives",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "locale.alias",
    "perl",
    "postgresql-common",
    "protocols",
    "services",
    "ssl/certs",
    "ssl/openssl.cnf",
)
LIBRARY_CACHE = "ld.so.cache"


@dataclass(frozen=True, slots=True)
class Owner:
    """The host's one user as the process that builds the root sees it: (0, 0) where a user namespace renames it."""

    uid: int
    gid: int

    @property
    def pair(self) -> list[int]:
        return [self.uid, self.gid]


def describe_root(
    spec: HostSpec,
    *,
    disk: Path,
    owner: Owner,
    etc: Mapping[str, str],
    host_key: str | None,
    tools_dir: Path | None = None,
    machine_root: Path = Path("/"),
) -> tuple[list[Operation], list[Operation]]:
    """Operations before and after the host's root becomes its own.

    Args:
        disk: the host's persistent directories as seen from outside (`disk/var/lib/postgresql`, ...).
        etc: files of the host's /etc, path relative to /etc -> content.
        host_key: private SSH host key in OpenSSH's format; None for a host without sshd.
        tools_dir: a folder with unpacked packages whose `usr` is laid over the machine's.
    """
    operations = [
        *usr(machine_root, tools_dir),
        *devices(),
        *shared_etc(machine_root, tools_dir),
        *(write(f"/etc/{path}", text) for path, text in {**etc, **spec.etc}.items()),
        directory("/etc/ssh", 0o755),
        directory("/root", 0o755 if any(p.is_relative_to("/root") for p in spec.read_only_paths) else 0o700),
        directory("/sys", 0o755),
        directory("/mnt", 0o755),
        tmpfs("/tmp", "mode=1777"),  # noqa: S108 (the host's own)
        directory("/var/tmp", 0o1777),  # noqa: S108 (the host's own)
        directory("/var/cache", 0o755),
        tmpfs("/run", "mode=755,size=64m"),
        directory("/run/postgresql", 0o2775, owner),
        directory("/run/stormproof", 0o755, owner),
        {"do": "symlink", "at": "/var/run", "to": "/run"},
        tmpfs("/dev/shm", "mode=1777"),  # noqa: S108 (PostgreSQL's shared memory)
    ]
    if host_key is not None:
        key = write("/etc/ssh/ssh_host_ed25519_key", host_key, 0o600)
        operations.append({**key, "owner": owner.pair})
    operations += [bind(str(path), str(path), READ_ONLY | NOSUID) for path in spec.read_only_paths]
    operations += [bind(f"{disk}{path}", path, NOSUID | NODEV) for path in PERSISTENT]
    operations.append({"do": "mount", "kind": "proc", "at": "/proc", "flags": MS_NOSUID | MS_NODEV | MS_NOEXEC})
    late = [{**tmpfs(path, "mode=750"), "owner": owner.pair} for path in spec.memory_dirs]
    late += [bind(shown, at, READ_ONLY | NOSUID | NODEV) for at, shown in spec.read_only_views.items()]
    return operations, late


def usr(machine_root: Path, tools_dir: Path | None) -> list[Operation]:
    operations: list[Operation]
    if tools_dir is None:
        operations = [bind(str(machine_root / "usr"), "/usr", READ_ONLY | NOSUID)]
    else:
        lower = f"lowerdir={overlay_path(tools_dir / 'usr')}:{overlay_path(machine_root / 'usr')}"
        options = {"flags": MS_NOSUID, "options": lower}
        operations = [{"do": "mount", "kind": "overlay", "at": "/usr", **options}]
    for name in MERGED_LINKS:
        path = machine_root / name
        if path.is_symlink():
            operations.append({"do": "symlink", "at": f"/{name}", "to": os.readlink(path)})  # noqa: PTH115
        elif path.is_dir():
            operations.append(bind(str(path), f"/{name}", READ_ONLY | NOSUID))
    return operations


def devices() -> list[Operation]:
    """A /dev of its own. Its terminals are its own too (a new devpts)."""
    links = {
        "fd": "/proc/self/fd",
        "stdin": "/proc/self/fd/0",
        "stdout": "/proc/self/fd/1",
        "stderr": "/proc/self/fd/2",
    }
    return [
        tmpfs("/dev", "mode=755,size=64k"),
        *(bind(f"/dev/{name}", f"/dev/{name}", NOSUID) for name in DEVICES),
        *({"do": "symlink", "at": f"/dev/{name}", "to": to} for name, to in links.items()),
        {
            "do": "mount",
            "kind": "devpts",
            "at": "/dev/pts",
            "flags": MS_NOSUID | MS_NOEXEC,
            "options": "newinstance,ptmxmode=0666,mode=620",
        },
        {"do": "symlink", "at": "/dev/ptmx", "to": "pts/ptmx"},
    ]


def overlay_path(path: Path) -> str:
    """A path in an overlay's options, where colons and commas part things."""
    return "".join(f"\\{letter}" if letter in "\\:," else letter for letter in str(path))


def shared_etc(machine_root: Path, tools_dir: Path | None) -> list[Operation]:
    """The machine's own where it has one, else the unpacked packages'. The machine's library cache does not know an
    unpacked tool tree, so it is left out beside one."""
    operations = []
    for name in SHARED_ETC:
        places = [machine_root / "etc" / name, *([tools_dir / "etc" / name] if tools_dir is not None else [])]
        found = next((place for place in places if place.exists()), None)
        if found is not None and not (tools_dir is not None and name == LIBRARY_CACHE):
            operations.append(bind(str(found), f"/etc/{name}", READ_ONLY | NOSUID))
    return operations


def accounts(uid: int, gid: int) -> dict[str, str]:
    """The host's users. `*` is no password and, unlike `!`, no locked account: sshd lets a key in."""
    return {
        "passwd": (
            "root:x:0:0:root:/root:/bin/bash\n"
            f"{USER}:x:{uid}:{gid}:PostgreSQL administrator:{HOME}:/bin/bash\n"
            "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
        ),
        "group": f"root:x:0:\ntty:x:5:\n{USER}:x:{gid}:\nnogroup:x:65534:\n",
        "shadow": f"root:*:19000:0:99999:7:::\n{USER}:*:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files\nservices: files\nprotocols: files\n",
        "resolv.conf": "",
        "profile": 'PATH="/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"\nexport PATH\n',
    }


def bind(source: str, at: str, attributes: int) -> Operation:
    return {"do": "bind", "source": source, "at": at, "attributes": attributes}


def tmpfs(at: str, options: str) -> Operation:
    return {"do": "mount", "kind": "tmpfs", "at": at, "flags": MS_NOSUID | MS_NODEV, "options": options}


def directory(at: str, mode: int, owner: Owner | None = None) -> Operation:
    return {"do": "directory", "at": at, "mode": mode, "owner": owner.pair if owner else [0, 0]}


def write(at: str, content: str, mode: int = 0o644) -> Operation:
    return {"do": "file", "at": at, "content": content, "mode": mode, "owner": [0, 0]}
