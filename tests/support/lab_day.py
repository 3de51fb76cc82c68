"""One bad day: a drill in the shared lab, what is done to its hosts and its network meanwhile, and what came of it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from drill_support import STORMPROOF, Project

from stormproof.lab.foundation import Foundation
from stormproof.lab.lab import Lab
from stormproof.lab.lab_host import LabHost
from tables.row import Saw

DRILL = "bad-day"
OVER_TLS = ("--apply", "tls")  # words of a drill: its transport is ssh otherwise
WORK = "/var/lib/stormproof"
KILLED_RUNNER = Path(__file__).with_name("killed_runner.py")
WAIT_SECONDS_MAX = 180.0
WRONG_CLOCK_C = Path(__file__).with_name("wrong_clock.c")
SPEC = """\
drill: bad-day
title: The orders database comes back, on a bad day
owner: platform@example.com
runbook: restore_postgres
environment: recovery
scenario: {kind: loss, service: orders-db, at: now} # nothing is harmed: production goes on
targets: {rto: 1h, rpo: 5m}
checks:
  - query: {name: no order without customer, sql: "select count(*) from orders o left join customers c on c.id = o.customer_id where c.id is null", expect: {equals: 0}, timeout: 60s}
  - freshness: {watermark: {table: stormproof.heartbeat, column: at}, max_age: 1m}
"""
SSHD_CONFIG = "/etc/ssh/sshd_config"
CLOCK = "/var/lib/postgresql/.clock"  # on a host: by how many seconds it is ahead
WRONG_CLOCK = {"LD_PRELOAD": f"{CLOCK}.so"}
# What a table of nftables above all others drops, in the router.
CUT = """
table inet cut {
  chain cut {
    type filter hook forward priority -10;
    iifname "p_recovery-1" oifname "p_vault" drop
    iifname "p_vault" oifname "p_recovery-1" drop
  }
}
"""


@dataclass
class Running:
    """A command that runs, and when it was started."""

    process: subprocess.Popen[str]
    began: float = field(default_factory=time.monotonic)

    def end(self, timeout: float = WAIT_SECONDS_MAX * 2) -> tuple[int, str, str, float]:
        """Status, standard output, standard error, seconds. A command that does not end is killed, and fails the test."""
        try:
            out, said = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, said = self.process.communicate()
            raise AssertionError(f"did not end within {timeout:g} s\n{said[-3000:]}") from None
        return self.process.returncode, out, said, time.monotonic() - self.began


@dataclass
class Day:
    """A lab that stands, healed and clean."""

    project: Project

    def __post_init__(self) -> None:
        (self.project.folder / "drills" / f"{DRILL}.yaml").write_text(SPEC)
        self.foundation = Foundation(self.project.state / "lab", self.project.folder)

    def back_up(self, *, older_than_s: float = 0.0) -> str:
        """One more backup by the lab's own hand, unless the newest is young enough; answers the newest one's label.

        Drills that harm nothing take what is there, and the lab writes WAL all the time.
        """
        lab = Lab(self.project.folder, self.project.state)
        label = str((lab.status()["content"] or {})["last_backup"])
        made = datetime.strptime(label.split("_")[-1][:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
        return label if (datetime.now(UTC) - made).total_seconds() < older_than_s else lab.backup().label

    # -- commands

    def start(self, *words: str, env: Mapping[str, str] | None = None, before: Sequence[str] = ()) -> Running:
        return Running(
            subprocess.Popen(
                [*before, str(STORMPROOF), *words],
                cwd=self.project.folder, env={**self.project.env, **(env or {})}, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
        )  # fmt: skip

    def shell(self, script: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["bash", "-c", script], cwd=self.project.folder, env=self.project.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def drill(self, *words: str) -> Running:
        return self.start("drill", "run", DRILL, "--json", *words)

    def killed_at(self, point: str, *words: str) -> Running:
        """The command in a process that kills itself at that point (see killed_runner.py)."""
        return Running(
            subprocess.Popen(
                [sys.executable, str(KILLED_RUNNER), *words],
                cwd=self.project.folder, env={**self.project.env, "KILL_AT": point}, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
        )  # fmt: skip

    def outcome(self, running: Running, note: str = "") -> Saw:
        """What a drill's end says, and what it left."""
        status, out, said, seconds = running.end()
        return saw_of(status, out, said, seconds, left=self.left(out), note=note)

    # -- hosts

    def host(self, name: str) -> LabHost:
        return self.foundation.host(name)

    def root(self, name: str, script: str) -> str:
        """As the host's own root, not over SSH."""
        return self.host(name).check(script, as_user="root")

    def router(self, script: str) -> str:
        return self.root("router", script)

    def left(self, document: str = "") -> tuple[str, ...]:
        """What a drill must not leave: files and processes where it restored, a row of its own in production."""
        names = self.host("recovery-1").check(
            f"ls -A {WORK}; ps -eo args | grep -E '^(/usr/lib/)?(postgres|pgbackrest|restic)' | cut -c1-80 || true"
        )
        found = [f"recovery-1: {line}" for line in names.splitlines()]
        rows = self.host("app-primary").check(
            "psql -XAtq -d shop -c 'select count(*) from stormproof.readiness'"
        ).strip()  # fmt: skip
        return (*found, *([f"production: {rows} rows of a drill"] if rows != "0" else []))

    # -- moments

    def wait(self, running: Running | None, script: str, host: str = "recovery-1") -> str:
        """Until the script on that host ends well; answers what it said. The command must not end before."""
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while True:
            done = self.host(host).run(script)
            if done.status == 0:
                return done.stdout
            if running is not None and running.process.poll() is not None:
                raise AssertionError(f"it ended before {script!r}: {running.end()}")
            assert time.monotonic() < deadline, f"{script!r} not within {WAIT_SECONDS_MAX:g} s"

    def restoring(self, running: Running) -> str:
        """Until files of the base backup are coming; answers the run's id."""
        return self.wait(running, f"cd {WORK} && ls -d */pgdata/base/*/* >/dev/null 2>&1 && echo 2*Z-*").strip()

    @contextlib.contextmanager
    def slowly(self) -> Iterator[None]:
        """The way from the vault is narrow, so that a restore takes long enough to be met in the middle."""
        self.router("tc qdisc replace dev p_recovery-1 root tbf rate 6mbit burst 64kb latency 2s")
        try:
            yield
        finally:
            self.router("tc qdisc del dev p_recovery-1 root 2>/dev/null || true")  # it goes with a host that dies

    @contextlib.contextmanager
    def cut(self) -> Iterator[None]:
        """Between recovery and the vault every packet is dropped, also of what is established."""
        self.router(f"nft -f - <<'END'\n{CUT}\nEND")
        try:
            yield
        finally:
            self.router("nft delete table inet cut")

    @contextlib.contextmanager
    def clock(self, host: str, offset: str) -> Iterator[None]:
        """Every session over SSH on that host, and what it starts, sees the clock so far off, until the block ends.

        Not by /etc/ld.so.preload: sshd's own sandbox ends a process that asks for the time by way of a file.
        """
        settings = " ".join(f"{name}={value}" for name, value in WRONG_CLOCK.items())
        self.set_clock(host, offset)
        self.root(
            host,
            f"mount -o remount,rw / && sed -i 's|^SetEnv LANG=C.UTF-8$|& {settings}|' {SSHD_CONFIG}; pkill -HUP -o -x sshd",
        )
        try:
            yield
        finally:
            self.root(
                host,
                f"sed -i 's|^SetEnv LANG=C.UTF-8.*|SetEnv LANG=C.UTF-8|' {SSHD_CONFIG}; pkill -HUP -o -x sshd; mount -o remount,ro /",
            )
            self.right_clock(host)

    def set_clock(self, host: str, offset: str) -> None:
        """Seconds, with their sign; what already runs by the wrong clock sees it at once."""
        if self.host(host).run(f"[ -e {CLOCK}.so ]").status != 0:
            self.host(host).check(f"cat >{CLOCK}.so", stdin=wrong_clock(self.project.folder))
        self.host(host).check(f"printf '%+08d\\n' {int(offset)} 1<>{CLOCK}")

    def right_clock(self, host: str) -> None:
        self.host(host).check(f"rm -f {CLOCK} {CLOCK}.so")


def wrong_clock(folder: Path) -> bytes:
    """wrong_clock.c, made with the machine's own compiler."""
    made = folder.with_name("wrong_clock.so")
    name = f'-DCLOCK="{CLOCK}"'
    subprocess.run(
        ["cc", "-O2", "-shared", "-fPIC", name, "-o", str(made), str(WRONG_CLOCK_C)], check=True, timeout=120
    )
    return made.read_bytes()


def saw_of(status: int, out: str, said: str, seconds: float, *, left: tuple[str, ...] = (), note: str = "") -> Saw:
    """What a command's end says: a drill's document, an error's, or none."""
    try:
        document: dict[str, Any] = json.loads(out)
    except ValueError:
        document = {}
    findings = document.get("findings", [])
    error = document.get("error")
    told = [*findings, *([error] if error else [])]
    return Saw(
        verdict=document.get("verdict"),
        exit_code=status,
        codes=tuple(sorted({one["code"] for one in told})),
        said="\n".join([said, *(f"{one['code']} {one['what']} ({one['where']}) -> {one['fix']}" for one in told)]),
        seconds=seconds,
        left=left,
        note=note,
    )
