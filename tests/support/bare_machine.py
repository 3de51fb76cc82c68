"""A Debian without the lab's packages: a root file system of its own, made from packages that this machine has.

Nothing is taken away from the machine. The essential packages, apt and Python are put together below a folder, with a
package database that knows no others and without package lists; what runs in it is an ordinary user, whose number
nobody has, in mount and process namespaces of its own.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from repository_files import ROOT

ORDINARY = 12345
HOME = "/home/ordinary"
INFO = Path("/var/lib/dpkg/info")
# Beside what is essential: apt with its keys, Debian's Python for a virtual environment made with it, and what the
# set-up's container images have.
CHOSEN = ("apt", "ca-certificates", "debian-archive-keyring", "mount", "passwd", "python3", "tzdata")
COPIED_ETC = ("apt", "hosts", "ld.so.conf", "ld.so.conf.d", "resolv.conf", "ssl")
SETTINGS = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "no_proxy", "NO_PROXY")


@dataclass(frozen=True)
class Package:
    name: str
    stanza: str
    essential: bool
    needs: tuple[tuple[str, ...], ...]
    provides: tuple[str, ...]


@dataclass(frozen=True)
class BareMachine:
    root: Path
    mounts: tuple[str, ...]

    def run(self, script: str, timeout: float) -> subprocess.CompletedProcess[str]:
        """A shell script as the ordinary user; everything that it started ends with it."""
        binds = "\n".join(
            f"mount --rbind {shlex.quote(path)} {shlex.quote(str(self.root) + path)}" for path in self.mounts
        )
        enter = f"""set -eu
            mount --bind "$1" "$1"
            {binds}
            mount -t proc proc "$1/proc"
            cd "$1"
            pivot_root . .
            umount -l .
            cd {HOME}
            exec {step_down()} sh -c "$2"
        """
        rights = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        spaces = ["--mount", "--pid", "--fork", "--kill-child"]
        settings = {name: os.environ[name] for name in SETTINGS if name in os.environ}
        return subprocess.run(
            ["unshare", *rights, *spaces, "sh", "-c", enter, "sh", str(self.root), script],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": HOME, "LANG": "C.UTF-8", **settings},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )


def step_down() -> str:
    if os.geteuid() == 0:
        return f"setpriv --reuid={ORDINARY} --regid={ORDINARY} --clear-groups --no-new-privs"
    return f"unshare --user --map-user={ORDINARY} --map-group={ORDINARY}"


def make_bare_machine(root: Path) -> BareMachine:
    packages = installed_packages()
    chosen = closure(packages)
    for name in sorted(chosen):
        place_files(root, name)
    for name in ("bin", "sbin", "lib", "lib64"):
        if not (root / name).exists():
            (root / name).symlink_to(f"usr/{name}")
    for folder in ("proc", "sys", "dev", "tmp", "var/tmp", "run", "var/lib/apt/lists", "var/lib/dpkg/info"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for name in ("var/cache/apt/archives/partial", "var/lib/dpkg/updates", "etc"):
        (root / name).mkdir(parents=True, exist_ok=True)
    for folder in ("tmp", "var/tmp"):
        (root / folder).chmod(0o1777)
    (root / "var/lib/dpkg/status").write_text("".join(packages[name].stanza + "\n\n" for name in sorted(chosen)))
    place_etc(root)
    home = root / HOME.removeprefix("/")
    home.mkdir(parents=True)
    mounts = ["/dev", "/sys"]
    for folder in (str(ROOT), sys.prefix, sys.base_prefix):
        if folder != "/usr" and not any(Path(folder).is_relative_to(known) for known in mounts):
            (root / folder.removeprefix("/")).mkdir(parents=True, exist_ok=True)
            mounts.append(folder)
    return BareMachine(root, tuple(mounts))


def give_to_ordinary(machine: BareMachine) -> None:
    """The home folder and all that was put into it."""
    if os.geteuid() == 0:
        home = machine.root / HOME.removeprefix("/")
        for path in (home, *home.rglob("*")):
            os.chown(path, ORDINARY, ORDINARY, follow_symlinks=False)


def installed_packages() -> dict[str, Package]:
    found = {}
    for stanza in Path("/var/lib/dpkg/status").read_text().split("\n\n"):
        fields = dict(re.findall(r"^([A-Za-z-]+): ?(.*)$", stanza, re.MULTILINE))
        if fields.get("Status", "").endswith(" installed"):
            wanted = ", ".join(fields[kind] for kind in ("Depends", "Pre-Depends") if kind in fields)
            needs = tuple(tuple(map(bare_name, group.split("|"))) for group in wanted.split(",") if group.strip())
            provides = tuple(map(bare_name, fields.get("Provides", "").split(",")))
            name = fields["Package"]
            found[name] = Package(name, stanza.strip(), fields.get("Essential") == "yes", needs, provides)
    return found


def bare_name(text: str) -> str:
    return re.split(r"[ (:\[]", text.strip(), maxsplit=1)[0]


def closure(packages: dict[str, Package]) -> set[str]:
    providers = {provided: package.name for package in packages.values() for provided in package.provides}
    chosen: set[str] = set()
    waiting = [*(p.name for p in packages.values() if p.essential), *(name for name in CHOSEN if name in packages)]
    while waiting:
        name = waiting.pop()
        if name not in chosen:
            chosen.add(name)
            for group in packages[name].needs:
                candidates = [n for n in group if n in packages] or [providers[n] for n in group if n in providers]
                waiting += candidates[:1]
    return chosen


def place_files(root: Path, package: str) -> None:
    lists = [path for path in (INFO / f"{package}.list", *INFO.glob(f"{package}:*.list")) if path.exists()]
    for line in lists[0].read_text().splitlines():
        source = Path(line)
        if line == "/." or not os.path.lexists(source):
            continue
        # As it lies on the machine: /bin/sh is /usr/bin/sh.
        at = root / str(source.parent.resolve() / source.name).removeprefix("/")
        if source.is_symlink():
            at.parent.mkdir(parents=True, exist_ok=True)
            if not os.path.lexists(at):
                at.symlink_to(source.readlink())
        elif source.is_dir():
            at.mkdir(parents=True, exist_ok=True)
        elif source.is_file() and os.access(source, os.R_OK):
            at.parent.mkdir(parents=True, exist_ok=True)
            if not os.path.lexists(at):
                link_or_copy(source, at)


def link_or_copy(source: Path, at: Path) -> None:
    """A link where that can be: programs are only read here. What lies in /etc is written to, so it is copied."""
    try:
        if source.is_relative_to("/etc"):
            shutil.copy2(source, at)
        else:
            os.link(source, at)
    except OSError:
        shutil.copy2(source, at)


def place_etc(root: Path) -> None:
    etc = root / "etc"
    for name in COPIED_ETC:
        source = Path("/etc") / name
        if source.is_dir():
            shutil.copytree(
                source, etc / name, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns("private")
            )
        elif source.exists():
            (etc / name).unlink(missing_ok=True)
            shutil.copy2(source, etc / name)
    for name, text in {
        "passwd": f"root:x:0:0:root:/root:/bin/bash\nordinary:x:{ORDINARY}:{ORDINARY}::{HOME}:/bin/bash\n",
        "group": f"root:x:0:\nordinary:x:{ORDINARY}:\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    }.items():
        (etc / name).unlink(missing_ok=True)
        (etc / name).write_text(text)
    # What the packages' own scripts would have linked: awk, for example.
    (etc / "alternatives").mkdir(exist_ok=True)
    for link in filter(Path.is_symlink, Path("/etc/alternatives").iterdir()):
        target = str(link.readlink())
        if (root / target.removeprefix("/")).exists() and not os.path.lexists(etc / "alternatives" / link.name):
            (etc / "alternatives" / link.name).symlink_to(target)
            name = root / "usr" / "bin" / link.name
            if os.path.lexists(Path("/usr/bin") / link.name) and not os.path.lexists(name):
                name.symlink_to(f"/etc/alternatives/{link.name}")
    subprocess.run(["/sbin/ldconfig", "-r", str(root)], check=True, capture_output=True)
