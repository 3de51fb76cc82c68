"""`./scripts/benchmark`: run the cases, keep what came out, write RESULTS.md."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime
from importlib import import_module

from benchmarks import machine, results
from benchmarks.measure import spread
from benchmarks.timed import Failed

CASES = {
    "start_up": "how soon the command line answers",
    "journals": "what a step's records cost",
    "evidence_chain": "verifying ten thousand chained runs",
    "lab_cycle": "the lab from kept state, and its end",
    "small_files": "100,000 small files over sftp",
    "restore_tools": "pgBackRest, barman and pg_basebackup on the same data",
    "preview": "previewing the infrastructure, against an empty program",
    "drills": "whole drills of 1.9 GB, as they are and with the tools' defaults",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/benchmark", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"default: all of {', '.join(CASES)}")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds of each case (default 5)")
    parser.add_argument("--size", type=int, default=1900, metavar="MB", help="size of the large data set")
    asked = parser.parse_args()
    unknown = [case for case in asked.cases if case not in CASES]
    if unknown or asked.rounds < 1:
        parser.error(f"unknown: {', '.join(unknown)}; known: {', '.join(CASES)}" if unknown else "--rounds: at least 1")
    facts = machine.describe()
    failed = []
    for case in asked.cases or CASES:
        began, load = time.monotonic(), machine.load()
        say(f"{case}: {CASES[case]} (load {load:.1f})")
        try:
            found = import_module(f"benchmarks.cases.{case}").run(asked.rounds, asked.size, say)
        except Failed as error:
            say(f"{case}: could not be measured: {error}")
            failed.append(case)
            continue
        for one in found:
            say(f"  {one.goal.name}: {spread(one.samples)} {one.goal.unit}, goal {one.goal.at_most:g}: "
                f"{'met' if one.met else 'missed'}")  # fmt: skip
        when = f"{datetime.now(UTC):%Y-%m-%d}"
        results.keep(case, found, {"rounds": asked.rounds, "when": when, "load": load, "machine": facts})
        say(f"{case}: done in {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
