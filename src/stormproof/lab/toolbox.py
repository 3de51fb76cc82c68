"""Programs for a user who may not install packages: Debian packages downloaded and unpacked into a folder of the user's.

The folder's `usr` is then laid over the machine's on every host of the lab (`Foundation(tools_dir=…)`). Nothing is
installed, no maintainer script runs, and the machine's own programs stay as they are.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from stormproof.core.errors import SetupFailed

# What the lab and its services run that a bare Debian does not have.
PACKAGES = (
    "iproute2",
    "nftables",
    "openssh-client",
    "openssh-server",
    "openssh-sftp-server",
    "pgbackrest",
    "postgresql",
    "restic",
)
DOWNLOAD_SECONDS_MAX = 600.0
UNPACK_SECONDS_MAX = 120.0
# Some packages still name these, which are links into /usr on a machine.
MERGED = ("bin", "lib", "lib32", "lib64", "libx32", "sbin")


def fetch_tools(folder: Path, packages: Sequence[str] = PACKAGES, *, say: Callable[[str], None] | None = None) -> bool:
    """Download and unpack what is missing for `packages`, dependencies included; needs no root.

    Returns:
        False when nothing was missing (then `folder` is not made), True when `folder` is there and whole.

    Raises:
        SetupFailed: apt or dpkg refused; their own words are in it.
    """
    if folder.exists():
        return True
    missing = missing_packages(packages)
    if not missing:
        return False
    if say is not None:
        say(f"downloading {len(missing)} packages into {folder}: {', '.join(missing)}")
    fresh = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    try:
        downloads = fresh / "downloads"
        downloads.mkdir(parents=True)
        run_tool(
            ["apt-get", "download", *missing], doing="downloading packages", seconds=DOWNLOAD_SECONDS_MAX, cwd=downloads
        )
        unpack(sorted(downloads.glob("*.deb")), fresh)
        shutil.rmtree(downloads)
        fresh.rename(folder)  # in one step: a folder that is there is whole
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return True


def missing_packages(packages: Sequence[str]) -> list[str]:
    """What apt would install for `packages`, by asking it to pretend."""
    pretended = run_tool(
        ["apt-get", "--simulate", "--no-install-recommends", "install", *packages], doing="asking apt", seconds=60.0
    )
    return installs(pretended)


def installs(simulation: str) -> list[str]:
    """Package names in the words of `apt-get --simulate install`; an upgrade of an installed one ("Inst NAME [OLD]") is
    left out."""
    return re.findall(r"^Inst (\S+) \(", simulation, re.MULTILINE)


def unpack(archives: Iterable[Path], folder: Path) -> None:
    """Unpack packages over each other, with all programs and libraries below `folder/usr`."""
    for name in MERGED:
        (folder / "usr" / name).mkdir(parents=True, exist_ok=True)
    for archive in archives:
        piece = folder / "piece"
        run_tool(
            ["dpkg-deb", "--extract", str(archive), str(piece)],
            doing=f"unpacking {archive.name}",
            seconds=UNPACK_SECONDS_MAX,
        )
        for name in MERGED:
            if (piece / name).is_dir() and not (piece / name).is_symlink():
                shutil.copytree(piece / name, folder / "usr" / name, symlinks=True, dirs_exist_ok=True)
        for name in ("usr", "etc"):
            if (piece / name).is_dir():
                shutil.copytree(piece / name, folder / name, symlinks=True, dirs_exist_ok=True)
        shutil.rmtree(piece)


def run_tool(command: list[str], *, doing: str, seconds: float, cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise tool_failed(doing, str(error)) from error
    if done.returncode != 0:
        raise tool_failed(doing, done.stderr.strip()[-1500:])
    return done.stdout


def tool_failed(doing: str, words: str) -> SetupFailed:
    return SetupFailed(
        f"{doing} failed: {words}",
        where="this machine's package lists",
        fix=f"ask the machine's administrator for: apt-get update; apt-get install {' '.join(PACKAGES)}",
        code="SP612",
    )
