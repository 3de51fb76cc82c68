"""`scripts/mutate [--quick] [MODULE…]`: prints the score of each module and what survived or
timed out (and so was noticed); 1 below the target."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter

from mutation.attempt import SURVIVED, TIMED_OUT, Bench
from mutation.equivalent import EQUIVALENT
from mutation.mutants import DECISIONS
from mutation.targets import TARGETS

TARGET = 0.95  # of the comparisons and conditions that are not equivalent


def try_module(module: str, *, quick: bool) -> None:
    """Print one JSON line for each mutant that was tried."""
    bench = Bench(module, TARGETS[module])
    for mutant in bench.mutants:
        if quick and mutant.kind not in DECISIONS:
            continue
        end = "equivalent" if mutant.key in EQUIVALENT else bench.attempt(mutant)
        print(json.dumps({"kind": mutant.kind, "line": mutant.line, "key": mutant.key, "end": end}), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/mutate", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"of {', '.join(TARGETS)}; all when left out")
    parser.add_argument("--quick", action="store_true", help="comparisons and conditions alone")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.worker:
        try_module(words.modules[0], quick=words.quick)
        return 0
    return report(words.modules or list(TARGETS), quick=words.quick, jobs=words.jobs)


def report(modules: list[str], *, quick: bool, jobs: int) -> int:
    """Module after module, `jobs` at once, each in a process of its own."""
    began = time.monotonic()
    waiting = list(modules)
    running: dict[str, subprocess.Popen[str]] = {}
    totals: Counter[tuple[str, str]] = Counter()
    failed = False
    while waiting or running:
        while waiting and len(running) < jobs:
            module = waiting.pop(0)
            command = [sys.executable, "-m", "mutation", "--worker", module, *(["--quick"] if quick else [])]
            running[module] = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        module, process = next(iter(running.items()))
        out, _ = process.communicate()
        del running[module]
        if process.returncode != 0:
            print(f"{module}: its tests do not pass unchanged", flush=True)
            failed = True
            continue
        lines = [json.loads(line) for line in out.splitlines()]
        totals.update((line["kind"], line["end"]) for line in lines)
        print(f"{module}: {_score(Counter((line['kind'], line['end']) for line in lines))}", flush=True)
        for line in lines:
            if line["end"] in (SURVIVED, TIMED_OUT):
                print(f"  {line['end']} ({line['kind']}), line {line['line']}: {line['key']}", flush=True)
    print(f"\nall {len(modules)} modules: {_score(totals)}, in {time.monotonic() - began:.0f} s")
    share = _share(totals, DECISIONS)
    print(f"comparisons and conditions noticed: {share:.1%} (target {TARGET:.0%})")
    return 1 if failed or share < TARGET else 0


def _score(ends: Counter[tuple[str, str]]) -> str:
    kinds = sorted({kind for kind, _ in ends})
    return ", ".join(f"{kind} {_noticed(ends, kind)}/{_tried(ends, kind)}" for kind in kinds) or "nothing to change"


def _tried(ends: Counter[tuple[str, str]], kind: str) -> int:
    return sum(count for (of, end), count in ends.items() if of == kind and end != "equivalent")


def _noticed(ends: Counter[tuple[str, str]], kind: str) -> int:
    return _tried(ends, kind) - ends[kind, SURVIVED]


def _share(ends: Counter[tuple[str, str]], kinds: tuple[str, ...]) -> float:
    return sum(_noticed(ends, kind) for kind in kinds) / (sum(_tried(ends, kind) for kind in kinds) or 1)


if __name__ == "__main__":
    sys.exit(main())
