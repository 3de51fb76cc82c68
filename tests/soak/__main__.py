"""`scripts/soak [--kills N] [--seed S] [--from COURSE] [--go-on N] [--labs N]`: ends with 0 when everything held."""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
from pathlib import Path

from drill_support import new_project

from soak.process import end_all
from soak.runner import soak


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="how many must have met somebody (default 1,000)")
    parser.add_argument("--seed", type=int, default=None, help="of the one to be repeated; drawn when left out")
    parser.add_argument("--from", dest="first", type=int, default=1, help="number of the course to begin with")
    parser.add_argument("--go-on", type=int, default=1, metavar="N", help="end only after N courses did not hold")
    parser.add_argument("--labs", type=int, default=1, metavar="N", help="side by side, each with the next course")
    parser.add_argument("--size", type=int, default=10, help="size of the lab's database in MB")
    words = parser.parse_args()
    seed = random.SystemRandom().randrange(2**31) if words.seed is None else words.seed
    print(f"seed {seed}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the lab goes away then too
    with tempfile.TemporaryDirectory(prefix="stormproof-soak-") as folder:
        projects = [new_project(Path(folder) / f"project-{n}", Path(folder) / f"home-{n}") for n in range(words.labs)]
        try:
            for project in projects:
                project.json("lab", "up", "--size", str(words.size))
            tally = soak(
                projects, kills=words.kills, seed=seed, first=words.first, stop_at=words.go_on,
                say=lambda line: print(line, flush=True),
            )  # fmt: skip
        finally:
            end_all()
            gone = [project.run("lab", "destroy") for project in projects]
            assert not any(one.returncode for one in gone), gone  # or hosts would outlive the folder that names them
    print("\n".join([*tally.lines(), f"seed {seed}"]), flush=True)
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
