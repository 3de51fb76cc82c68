"""Programs for a user who may not install packages: Debian packages downloaded and unpacked into a folder of the user's.

The folder's `usr` is then laid over the machine's on every host of the lab (`Foundation(tools_dir=…)`). Nothing is
installed, no maintainer script runs, and the machine's own programs stay as they are. `scripts/setup` calls it:

    python -m stormproof.lab.toolbox FOLDER NAME…
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from stormproof.core.errors import SetupFailed
from stormproof.lab.unpacked import STAMP, is_whole, stamp_text

ASK_SECONDS_MAX = 300.0  # a second or two; one that shared two cores with forty others was seen to take more than 60
LISTS_SECONDS_MAX = 300.0
DOWNLOAD_SECONDS_MAX = 600.0
UNPACK_SECONDS_MAX = 120.0
OTHER_SECONDS_MAX = 1200.0
# Some packages still name these, which are links into /usr on a machine.
MERGED = ("bin", "lib", "lib32", "lib64", "libx32", "sbin")
# Descriptions and catalogues of the archive that no installation needs.
LEAN = ("-o", "Acquire::Languages=none", "-o", "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false")
Say = Callable[[str], None]


def fetch_tools(folder: Path, packages: Sequence[str], *, say: Say = lambda line: None) -> None:
    """Download and unpack `packages` and what they need beside this machine's own; needs no root.

    Does nothing when `folder` has them already. What was downloaded before a crash is not downloaded again.

    Raises:
        SetupFailed: apt or dpkg refused; their own words are in it.
    """
    folder = folder.absolute()  # apt takes a relative one for below /var/lib/apt
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with alone_in(folder.parent, say):
        if is_whole(folder, packages):
            return
        fresh = folder.with_name(f".{folder.name}.new")
        downloads = folder.with_name(f".{folder.name}.downloads")
        shutil.rmtree(fresh, ignore_errors=True)  # of a run that was killed
        archives = download(downloads, packages, say)
        say(f"unpacking {len(archives)} packages")
        unpack(archives, fresh)
        (fresh / STAMP).write_text(stamp_text(packages))
        if folder.exists():
            shutil.rmtree(folder)
        fresh.rename(folder)  # in one step: a folder that is there is whole
        shutil.rmtree(downloads)
    say(f"unpacked into {folder}")


def download(folder: Path, packages: Sequence[str], say: Say) -> list[Path]:
    """The packages' archives, in `folder`; with the machine's package lists, or with lists of our own where those are
    missing or too old. apt holds every archive against its digest, and the lists against their signature."""
    cache = folder / "cache"
    (cache / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    options = ["-o", f"Dir::Cache={cache}", "-o", "Debug::NoLocking=1", "-o", "Acquire::Retries=3"]
    try:
        return _download(cache, options, packages, say)
    except SetupFailed:
        say("this machine's package lists are missing or old; fetching lists of our own")
    lists = folder / "lists"
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    options += ["-o", f"Dir::State::lists={lists}"]
    try:
        run_tool(["apt-get", "-q", *options, *LEAN, "update"], doing="updating lists", seconds=LISTS_SECONDS_MAX)
    except SetupFailed as error:
        # One list of a third party's, or a hook that wants root, is no reason to stop: what counts is what came.
        say(error.what)
    return _download(cache, options, packages, say)


def _download(cache: Path, options: Sequence[str], packages: Sequence[str], say: Say) -> list[Path]:
    wanted = missing_packages(packages, options)
    say(f"downloading {len(wanted)} packages: {' '.join(name for name, _ in wanted)}")
    run_tool(
        [*install_command(options), "--download-only", "--yes", *packages],
        doing="downloading packages",
        seconds=DOWNLOAD_SECONDS_MAX,
    )
    found = []
    for name, version in wanted:
        # An epoch's colon is written as %3a in an archive's name.
        archives = sorted((cache / "archives").glob(f"{name}_{version.replace(':', '%3a')}_*.deb"))
        if not archives:
            raise tool_failed("downloading packages", f"no archive of {name} {version} came")
        found.append(archives[0])
    return found


def install_command(options: Sequence[str]) -> list[str]:
    return ["apt-get", "-q", *options, "--no-install-recommends", "install"]


def missing_packages(packages: Sequence[str], options: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Name and version of what apt would install for `packages`, by asking it to pretend."""
    return installs(
        run_tool([*install_command(options), "--simulate", *packages], doing="asking apt", seconds=ASK_SECONDS_MAX)
    )


def installs(simulation: str) -> list[tuple[str, str]]:
    """Names and versions in the words of `apt-get --simulate install`. An upgrade of an installed one counts too
    ("Inst NAME [OLD] (NEW …"): what is new here needs it, on the lab's hosts."""
    return re.findall(r"^Inst ([^\s:]+)\S* (?:\[[^]]*\] )?\((\S+) ", simulation, re.MULTILINE)


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


@contextmanager
def alone_in(folder: Path, say: Say) -> Iterator[None]:
    """One at a time in this folder; ends with the process, so a kill leaves nothing behind."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        deadline, told = time.monotonic() + OTHER_SECONDS_MAX, False
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise tool_failed("waiting", f"another one is at it for {OTHER_SECONDS_MAX:g} s") from None
                if not told:
                    say("another set-up is fetching the same packages; waiting for it")
                    told = True
                time.sleep(0.2)
        yield
    finally:
        os.close(descriptor)


def run_tool(command: list[str], *, doing: str, seconds: float) -> str:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
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
        where="Debian packages without root",
        fix="see to a package registry within reach and room on the disk, or ask an administrator to install them",
        code="SP612",
    )


def tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def main(arguments: Sequence[str]) -> int:
    """0 when the folder has the packages, 69 when it has not; what went wrong stands on standard error."""
    folder, *packages = arguments
    try:
        fetch_tools(Path(folder), packages, say=tell)
    except (SetupFailed, OSError) as error:
        tell(str(error))
        return 69
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
