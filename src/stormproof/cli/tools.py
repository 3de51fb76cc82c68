"""Programs outside that the lab and the drills use: where each is, its version, and which Debian package brings it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

ASK_SECONDS_MAX = 5.0
# Debian keeps the server's programs out of PATH, and an ordinary user's PATH lacks the sbin folders.
SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")
POSTGRES_ROOT = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class Tool:
    """One program. `package` is Debian 12's; `for_what` says what does not work without it."""

    name: str
    package: str
    for_what: str
    ask: tuple[str, ...] = ("--version",)
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """`path` None: it is not there. `version` None: it is there and did not say."""

    tool: Tool
    path: str | None
    version: str | None


TOOLS: tuple[Tool, ...] = (
    Tool("postgres", "postgresql-15", "the lab's database, and every restore of one"),
    Tool("pg_amcheck", "postgresql-client-15", "the check 'integrity'"),
    Tool("pg_waldump", "postgresql-15", "the check 'reached'"),
    Tool("psql", "postgresql-client-15", "questions to a restored database"),
    Tool("pgbackrest", "pgbackrest", "backups of the database", ("version",)),
    Tool("restic", "restic", "backups of files", ("version",)),
    Tool("sshd", "openssh-server", "the lab's hosts", ("-V",)),
    Tool("ssh", "openssh-client", "hosts that talk to the vault", ("-V",)),
    Tool("nft", "nftables", "the lab's firewall"),
    Tool("ip", "iproute2", "the lab's network", ("-V",)),
    Tool("unshare", "util-linux", "the lab's hosts"),
    Tool("nsenter", "util-linux", "the lab's hosts"),
    Tool("setpriv", "util-linux", "the lab's hosts"),
    Tool("mount", "mount", "the lab's hosts"),
    Tool("perl", "perl-base", "the isolation proof's look from inside a host", ("-e", "print substr($^V, 1)")),
    Tool("bash", "bash", "scripts on a host", needed=True),
    Tool("chromium", "chromium", "tests of the HTML report only", needed=False),
)


def find_tools(tools: Iterable[Tool] = TOOLS, *, tools_dir: Path | None = None) -> list[Found]:
    """Look for each and ask its version, side by side; each answer is waited for at most 5 s.

    Args:
        tools_dir: unpacked packages, for what this machine does not have itself.
    """
    wanted = list(tools)
    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(lambda tool: _look(tool, tools_dir), wanted))


def missing_packages(found: Iterable[Found]) -> list[str]:
    """Debian packages that would bring what is needed and not there, each once."""
    return sorted({one.tool.package for one in found if one.path is None and one.tool.needed})


def install_line(packages: Iterable[str]) -> str:
    """The exact command; as root as it stands, else with sudo in front of it."""
    become = "" if os.geteuid() == 0 else "sudo "
    return f"{become}apt-get install -y --no-install-recommends {' '.join(packages)}"


def python_packages() -> dict[str, str | None]:
    """Versions of the libraries that we stand on; None for one that is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    names = ("cryptography", "paramiko", "psycopg", "pydantic", "PyYAML", "rich", "tenacity")
    found: dict[str, str | None] = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def _look(tool: Tool, tools_dir: Path | None) -> Found:
    path = _path_of(tool.name, [*os.environ.get("PATH", os.defpath).split(os.pathsep), *SBIN], POSTGRES_ROOT)
    if path is not None or tools_dir is None:
        return Found(tool, path, _version(path, tool.ask) if path else None)
    usr = tools_dir / "usr"
    path = _path_of(tool.name, [str(usr / "bin"), str(usr / "sbin")], usr / "lib" / "postgresql")
    # Started here without the rest of its tree over /usr, it must be told where its libraries are.
    libraries = os.pathsep.join(str(folder) for folder in (usr / "lib").glob("*-linux-gnu*"))
    return Found(tool, path, _version(path, tool.ask, {"LD_LIBRARY_PATH": libraries}) if path else None)


def _path_of(name: str, folders: list[str], postgres_root: Path) -> str | None:
    majors = [folder for folder in _entries(postgres_root) if folder.name.isdigit()]
    postgres = [str(folder / "bin") for folder in sorted(majors, key=lambda folder: -int(folder.name))]
    # The server's own psql before Debian's wrapper in /usr/bin, whose version is not the program's.
    return shutil.which(name, path=os.pathsep.join([*postgres, *folders]))


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _version(path: str, ask: tuple[str, ...], more: Mapping[str, str] = MappingProxyType({})) -> str | None:
    """The first number with dots that it says, on either stream: ssh and older sshd answer on standard error."""
    try:
        done = subprocess.run(
            [path, *ask],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ASK_SECONDS_MAX,
            check=False,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", **more},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"\d+(\.\d+)+\w*|(?<=OpenSSH_)\S+|\d{2,}", done.stdout + done.stderr)
    return match.group() if match else None
