"""Whole drills of a large shop, as they are and with the tools' defaults, by turns.

Each round takes a backup and lets pgbench write 31 segments of WAL behind it; both drills of the round recover that.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.cases.restore_tools import PROCESSES
from benchmarks.measure import Goal, Measured
from benchmarks.timed import Failed, Ran
from benchmarks.timed import run as timed
from benchmarks.wal_load import SEGMENTS, make_tables, write_wal
from stormproof.lab.lab import Lab

STORMPROOF = str(Path(sys.executable).with_name("stormproof"))
OURS = f"tls,processes={PROCESSES}"  # and WAL ahead of replay, which is the default
SHOP_MB = 400  # the rest of the size is pgbench's
# The same disaster and runbook as shop-latest: what differs comes after the RTO's end.
BRIEF = """\
drill: bench
title: The shop comes back, for its RTO alone
owner: platform@example.com
runbook: restore_shop
environment: recovery
scenario: {kind: loss, service: shop, at: now, inject: true}
targets: {rto: 5m, rpo: 1m, rpo_consistent: 2m}
checks:
  - freshness: {watermark: {table: stormproof.heartbeat, column: at}, max_age: 1m}
"""
READY = re.compile(r"^(\S+ \S+) (\S+) .*database system is ready to accept connections", re.MULTILINE)


def run(rounds: int, size_mb: int, say: Callable[[str], None]) -> list[Measured]:
    """Each round: a drill, and the same with the tools' defaults."""
    with tempfile.TemporaryDirectory(prefix="sp-bench-") as folder:
        site = _Site(Path(folder))
        try:
            shop_mb = min(SHOP_MB, size_mb // 2)
            timed([*site.stormproof, "lab", "up", "--size", str(shop_mb)], env=site.env)
            make_tables(site.stormproof, site.env, size_mb - shop_mb)
            say(f"  a lab of {size_mb} MB is up")
            return _rounds(site, rounds, say)
        finally:
            timed([*site.stormproof, "lab", "destroy"], env=site.env, accept=(0, 1, 5, 69))


class _Site:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {"STORMPROOF_HOME": f"{folder}/home"}
        self.stormproof = [STORMPROOF, "-C", f"{folder}/project"]
        timed([STORMPROOF, "init", f"{folder}/project"], env=self.env)
        (folder / "project" / "drills" / "bench.yaml").write_text(BRIEF)

    def back_up(self) -> str:
        """Incremental after the first; its label."""
        home = self.folder / "home"
        state = next(path.parent for path in home.glob("*/lab"))
        return Lab(self.folder / "project", state).backup().label

    def drill(self, name: str, *words: str) -> tuple[dict[str, Any], Ran]:
        """The result's document. A target that was missed or could not be judged is no failure here: the RTO counts."""
        ran = timed([*self.stormproof, "drill", "run", name, "--json", *words], env=self.env, accept=(0, 1, 4))
        return json.loads(ran.out), ran

    def server_ready(self, run: str) -> datetime:
        """When the restored server's own log says that it accepts connections; UTC, milliseconds."""
        log = timed(
            [
                *self.stormproof,
                "lab",
                "shell",
                "recovery-1",
                "--",
                "sh",
                "-c",
                f"cat /var/lib/stormproof/{run}/log/postgresql.log",
            ],
            env=self.env,
        ).out
        found = READY.findall(log)
        if not found:
            raise Failed(f"the restored server's log does not say when it was ready:\n{log[-500:]}")
        # The first one: a kept copy is started once more after its checks.
        return datetime.strptime(found[0][0], "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC)

    def restored_bytes(self, run: str) -> int:
        """Of the kept copy's relations, those in tablespaces too."""
        script = (
            f"cd /var/lib/stormproof/{run} && du -scb --apparent-size pgdata/base tablespaces | tail -n 1 | cut -f1"
        )
        return int(timed([*self.stormproof, "lab", "shell", "recovery-1", "--", "sh", "-c", script], env=self.env).out)


def _rounds(site: _Site, rounds: int, say: Callable[[str], None]) -> list[Measured]:
    gaps, defaults, noticed, path, memory = [], [], [], [], []
    rto, rto_defaults, restore = [], [], []
    for number in range(rounds):
        site.back_up()
        write_wal(site.stormproof, site.env)
        document, ran = site.drill("shop-latest", "--keep", "--apply", OURS)
        seconds = document["figures"]["rto_service_s"]["value"]
        steps = {step["step"]: step for step in document["steps"]}
        replay = next(step for name, step in steps.items() if name.endswith("replay"))
        ended = datetime.fromisoformat(replay["start"]) + timedelta(seconds=replay["seconds"])
        noticed.append(1000 * (ended - site.server_ready(document["run"])).total_seconds())
        size = site.restored_bytes(document["run"])
        timed([*site.stormproof, "drill", "sweep", document["run"]], env=site.env)
        rto.append(seconds)
        gaps.append(100 * document["unaccounted_s"] / seconds)
        path.append(seconds / sum(step["seconds"] for step in steps.values() if step["critical"]))
        memory.append(ran.peak_mib)
        restore.append(next(step["seconds"] for name, step in steps.items() if name.endswith("restore_base")))
        slow, _ = site.drill("bench", "--apply", "defaults")
        rto_defaults.append(slow["figures"]["rto_service_s"]["value"])
        defaults.append(rto[-1] / rto_defaults[-1])
        say(
            f"  round {number + 1}: {size / 1e9:.2f} GB, RTO {rto[-1]:.1f} s, with the tools' defaults {rto_defaults[-1]:.1f} s"
        )
    both = {"RTO, s": rto, "of it the restore step, s": restore, "RTO with the tools' defaults, s": rto_defaults}
    return [
        Measured(Goal("gaps between phases / RTO", 1, "%"), gaps),
        Measured(
            Goal("RTO of the 1.9 GB drill / the same with the tools' defaults", 0.45, "ratio"),
            defaults,
            both,
            f"{SEGMENTS} segments of WAL behind the backup (pgbench at 1,100 transactions a second); ours: TLS server, WAL "
            f"ahead of replay, {PROCESSES} processes; the defaults: ssh, one segment when replay asks, one process",
        ),
        Measured(Goal("server accepts writes (its log) until the runner knows", 20, "ms"), noticed),
        Measured(Goal("application drill / its critical path", 1.05, "ratio"), path),
        Measured(Goal("peak memory of the runner, 2 GB drill", 150, "MiB"), memory),
    ]
