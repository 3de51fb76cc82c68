"""100,000 small files: what a restore over sftp with its digest check costs, against a local copy with digests."""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Goal, Measured
from benchmarks.own_sshd import ssh_command
from benchmarks.timed import run as timed

FILES = 100_000
BYTES_MAX = 4096


def run(rounds: int, size_mb: int, say: Callable[[str], None]) -> list[Measured]:
    """Restore by restic over sftp from a private sshd, then SHA-256 of each; against `cp -a` and SHA-256 of the same."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "support"))
    from tests_support import start_sshd, stop_sshd

    folder = Path(tempfile.mkdtemp(prefix="sp-bench-"))
    server = start_sshd(folder / "sshd")
    try:
        source = folder / "source"
        _make(source)
        ssh = f"{ssh_command(server)} {server.user}@127.0.0.1 -s sftp"
        restic = ["restic", "-r", f"sftp:bench:{folder}/repository", "-o", f"sftp.command={ssh}", "--no-cache", "-q"]
        env = {"RESTIC_PASSWORD": "benchmark", "HOME": str(folder)}
        timed([*restic, "init"], env=env)
        timed([*restic, "backup", str(source)], env=env)
        say("  100,000 files are in the repository")
        a, b = folder / "restored", folder / "copied"
        ways: dict[str, Callable[[], float]] = {
            "restore": lambda: (
                timed([*restic, "--no-lock", "restore", "latest", "--target", str(a)], env=env).seconds + _digests(a)
            ),
            "copy": lambda: timed(["cp", "-a", str(source), str(b)]).seconds + _digests(b),
        }
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(
            -1, rounds
        ):  # the first brings the source and the repository into memory, and does not count
            for name in sorted(ways, reverse=number % 2 == 0):  # each is the first in every other round
                for made in (a, b):
                    shutil.rmtree(made, ignore_errors=True)
                os.sync()  # what the one before left to write is not the next one's burden
                seconds = ways[name]()
                if number >= 0:
                    taken[name].append(seconds)
    finally:
        stop_sshd(server)
        shutil.rmtree(folder, ignore_errors=True)
    restored, copied = taken["restore"], taken["copy"]
    parts = {"restore over sftp and digests, s": restored, "cp -a and digests, s": copied}
    goal = Goal("100,000 small files: restore over sftp and digest check / `cp -a` + sha256sum", 3, "ratio")
    ratios = [one / other for one, other in zip(restored, copied, strict=True)]
    note = "after a round that does not count, each with nothing left to write and first in every other round"
    return [Measured(goal, ratios, parts, note)]


def _make(source: Path) -> None:
    draw = random.Random(7)
    for number in range(FILES):
        if number % 1000 == 0:
            (source / f"{number // 1000:03d}").mkdir(parents=True)
        (source / f"{number // 1000:03d}" / f"{number:06d}.bin").write_bytes(draw.randbytes(draw.randrange(BYTES_MAX)))
    os.sync()


def _digests(folder: Path) -> float:
    """Seconds for SHA-256 of every file, as the check of files asks for them on a host."""
    return timed(["sh", "-c", f"find {folder} -type f -print0 | xargs -0 -n 2000 -P 2 sha256sum >/dev/null"]).seconds
