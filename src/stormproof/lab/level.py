"""How well this machine can isolate the lab's hosts, found out by trying."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

PROBE_SECONDS_MAX = 10.0
KERNEL_MIN = (5, 12)  # mount_setattr(2), which makes a whole tree read-only at once
TOOLS = ("ip", "nft", "sshd", "nsenter", "setpriv", "unshare", "bash")
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Level(StrEnum):
    """What keeps the hosts apart. The two namespace levels give the same guarantees; NONE gives no lab at all."""

    ROOT = "root-namespaces"
    USER = "user-namespaces"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Probe:
    """The level found and why it is that one; `fix` is what would help when it is NONE, else empty.

    `missing_tools`: programs that are not there; then nothing else was tried.
    """

    level: Level
    reason: str
    fix: str = ""
    missing_tools: tuple[str, ...] = ()


def probe_level(*, force_user: bool = False, tools_dir: Path | None = None) -> Probe:
    """Try what the lab will do: as root with namespaces alone, otherwise inside a user namespace.

    Args:
        force_user: use user namespaces although we are root (for tests).
        tools_dir: a folder with unpacked packages (see toolbox.py); programs found in it are not missing.
    """
    if platform.system() != "Linux":
        return Probe(
            Level.NONE,
            f"{platform.system()} has no network namespaces, so isolation would not be enforced",
            "run the lab on Linux (a virtual machine will do); doctor, runbook plan and doc, evidence verify and "
            "drill check work here",
        )
    if kernel_version() < KERNEL_MIN:
        return Probe(Level.NONE, f"Linux {platform.release()} is older than 5.12", "use a newer kernel")
    missing = missing_tools(tools_dir)
    if missing:
        return Probe(
            Level.NONE,
            f"programs are missing: {', '.join(missing)}",
            "install the packages iproute2, nftables, openssh-server, util-linux and bash",
            missing,
        )
    if os.geteuid() == 0 and not force_user:
        refusal = try_unshare("--net", "--mount", "--pid", "--fork")
        if refusal is None:
            return Probe(Level.ROOT, "root may make namespaces")
        return Probe(
            Level.NONE,
            f"root may not make namespaces here: {refusal}",
            "run outside the container, or give it the capability SYS_ADMIN",
        )
    refusal = try_unshare("--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--mount-proc")
    if refusal is None:
        return Probe(Level.USER, "unprivileged user namespaces work")
    return Probe(Level.NONE, f"no unprivileged user namespaces: {refusal}", blocked_by())


def kernel_version() -> tuple[int, int]:
    numbers = platform.release().split("-")[0].split(".")
    return int(numbers[0]), int(numbers[1])


def missing_tools(tools_dir: Path | None) -> tuple[str, ...]:
    folders = SEARCH_PATH
    if tools_dir is not None:
        folders = f"{folders}:{tools_dir}/usr/bin:{tools_dir}/usr/sbin"
    return tuple(tool for tool in TOOLS if shutil.which(tool, path=folders) is None)


def try_unshare(*flags: str) -> str | None:
    """None when it worked, else the system's words."""
    try:
        tried = subprocess.run(
            ["unshare", *flags, "true"],
            capture_output=True,
            text=True,
            timeout=PROBE_SECONDS_MAX,
            check=False,
            env={"PATH": SEARCH_PATH, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if tried.returncode == 0:
        return None
    return tried.stderr.strip() or f"unshare ended with status {tried.returncode}"


def blocked_by() -> str:
    """The usual reasons why an ordinary user may not make user namespaces, each with its remedy."""
    for path, value, fix in (
        (
            "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
            "1",
            "run as root, or ask for: sysctl kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        (
            "/proc/sys/kernel/unprivileged_userns_clone",
            "0",
            "run as root, or ask for: sysctl kernel.unprivileged_userns_clone=1",
        ),
        (
            "/proc/sys/user/max_user_namespaces",
            "0",
            "run as root, or ask for: sysctl user.max_user_namespaces=10000",
        ),
    ):
        try:
            if Path(path).read_text().strip() == value:
                return fix
        except OSError:
            continue  # this kernel does not have that switch
    return "run as root; in a container, its seccomp profile or masked /proc may forbid it: run outside the container"
