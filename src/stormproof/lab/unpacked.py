"""Where unpacked packages are, whether they are whole, and whether this machine needs them.

`scripts/lib/tools.sh` reads the same stamp before there is a Python to ask.
"""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterable
from pathlib import Path

from stormproof.lab.level import SEARCH_PATH, TOOLS
from stormproof.lab.postgres_cluster import BIN

FOLDER = "tools"
STAMP = "packages"
# What runs on the lab's hosts; the rest of what a host needs is on every Debian.
ON_HOSTS = ("ssh", "pgbackrest", "restic", f"{BIN}/postgres", f"{BIN}/pg_amcheck")


def unpacked_tools(home: Path) -> Path | None:
    """The folder to lay over /usr on the lab's hosts; None when this machine has all programs itself, or there is none.

    Args:
        home: the folder of all state ($STORMPROOF_HOME).
    """
    folder = home / FOLDER
    if not is_whole(folder, ()):
        return None
    lacking = any(shutil.which(name, path=SEARCH_PATH) is None for name in (*TOOLS, *ON_HOSTS))
    return folder if lacking else None


def is_whole(folder: Path, packages: Iterable[str]) -> bool:
    """Whether the folder was unpacked to its end, for this Debian, with these packages among them."""
    try:
        system, *unpacked = (folder / STAMP).read_text().splitlines()
    except (OSError, ValueError):
        return False
    return system == this_system() and set(packages) <= set(unpacked)


def stamp_text(packages: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in (this_system(), *packages))


def this_system() -> str:
    """`debian 12 x86_64`; programs of another release may not start here."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {}
    return f"{release.get('ID', '')} {release.get('VERSION_ID', '')} {platform.machine()}"
