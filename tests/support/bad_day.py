"""A project's lab on a bad day: what planters need to break one thing, and to look that nothing else was touched."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drill_support import STORMPROOF, Project

from stormproof.core.ports import Completed
from stormproof.lab.foundation import Foundation
from stormproof.lab.lab import Lab
from tables.row import Saw

WORK = "/var/lib/stormproof"
BIN = "/usr/lib/postgresql/15/bin"
REPOSITORY = "/srv/vault/pgbackrest"
READERS_VIEW = "/srv/vault-ro/pgbackrest"
DRILL_SECONDS_MAX = 240.0  # a bad day ends within this on a busy machine too; idle each takes a few seconds


@dataclass(frozen=True)
class Course:
    """Which drill meets the bad day. `around` stands before the command: a namespace of its own, say."""

    drill: str = "bad-db"
    around: Sequence[str] = ()


@dataclass
class BadDay:
    """The shared project, with drills of few checks that leave the source alone."""

    project: Project
    lab: Lab = field(init=False)
    foundation: Foundation = field(init=False)

    def __post_init__(self) -> None:
        self.lab = Lab(self.project.folder, self.project.state)
        self.foundation = Foundation(self.project.state / "lab", self.project.folder)

    # -- hosts

    def root(self, host: str, script: str, *, status: int | None = 0) -> Completed:
        """As the host's root: to mount, to own, to fill. `status` None takes any."""
        done = self.foundation.host(host).run(script, as_user="root", timeout_seconds=60.0)
        assert status is None or done.status == status, f"{host}: {script}\n{done.stdout}{done.stderr}"
        return done

    def on(self, host: str, script: str, env: dict[str, str] | None = None) -> str:
        return self.lab.host(host).check(script, env=env, timeout_seconds=120.0).strip()

    def sql(self, text: str) -> str:
        return self.on("app-primary", f'exec {BIN}/psql -XAtq -v ON_ERROR_STOP=1 -d shop -c "{text}"')

    def key(self, name: str) -> Path:
        return self.project.state / "lab" / "keys" / name

    def secrets(self) -> dict[str, str]:
        return {
            "PGBACKREST_REPO1_CIPHER_PASS": self.key("pgbackrest-cipher").read_text().strip(),
            "RESTIC_PASSWORD": self.key("restic-password").read_text().strip(),
        }

    def newest_backup(self) -> dict[str, Any]:
        text = self.on("vault", "pgbackrest --stanza=main --output=json info", self.secrets())
        newest: dict[str, Any] = json.loads(text)[0]["backup"][-1]
        return newest

    # -- a drill

    @contextmanager
    def drill(self, name: str, **changed: Any) -> Iterator[Course]:
        """A drill specification of this name, for as long as the block lasts."""
        spec: dict[str, Any] = {
            "drill": name,
            "title": "A bad day",
            "owner": "platform@example.com",
            "runbook": "restore_postgres",
            "environment": "recovery",
            "scenario": {"kind": "loss", "service": "orders-db", "at": "now"},
            "targets": {"rto": "10m", "rpo": "1h"},
            "checks": [{"volume": {"table": "orders", "rows": {"min": 1}}}],
            **changed,
        }
        path = self.project.folder / "drills" / f"{name}.yaml"
        path.write_text(json.dumps(spec))  # YAML is a superset of JSON
        try:
            yield Course(name)
        finally:
            path.unlink()

    def run(self, course: Course) -> Saw:
        """The drill as a person starts it: its verdict, its exit code, and everything that is told of it."""
        began = time.monotonic()
        words = [*course.around, str(STORMPROOF), "drill", "run", course.drill, "--json"]
        done = subprocess.run(
            words, cwd=self.project.folder, env=self.project.env, capture_output=True, text=True,
            timeout=DRILL_SECONDS_MAX, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        seconds = time.monotonic() - began
        document = json.loads(done.stdout)
        told = [*document.get("findings", []), *([document["error"]] if "error" in document else [])]
        left = [*document.get("cleanup", {}).get("left", []), *self.left()]
        return Saw(
            document.get("verdict"),
            done.returncode,
            tuple(str(finding["code"]) for finding in told),
            "\n".join(str(finding["what"]) for finding in told),
            seconds,
            tuple(left),
        )

    def left(self) -> list[str]:
        """What a run left on the recovery host: files below its work folder, and processes."""
        files = self.root("recovery-1", f"ls -A {WORK}").stdout.split()
        alive = self.root("recovery-1", "pgrep -l 'postgres|pgbackrest|restic|^ssh$'", status=None).stdout.split("\n")
        return [*(f"file {name}" for name in files), *(f"process {line}" for line in alive if line)]

    # -- production

    def production(self) -> dict[str, str]:
        """What no drill may change: the server's life, the shop's shape and rows, its settings, who is connected."""
        address = self.foundation.addresses("recovery-1").ipv4
        return {
            "server": self.sql("select pg_postmaster_start_time(), system_identifier from pg_control_system()"),
            "customers": self.sql("select count(*), min(id) from customers"),
            "shape": self.sql("select md5(string_agg(concat_ws(' ', c.oid, relname, relkind), ',' order by c.oid)) from pg_class c"
                              " join pg_namespace n on n.oid = relnamespace where nspname in ('public', 'stormproof')"),
            "settings": self.on("app-primary", "cd /etc/postgresql && find . -type f -printf '%p %T@ %s\\n' | sort | md5sum"),
            "sessions from recovery": self.sql(f"select count(*) from pg_stat_activity where client_addr = '{address}'"),
        }  # fmt: skip

    def orders(self) -> int:
        return int(self.sql("select count(*) from orders"))

    # -- planting

    @contextmanager
    def small_work(self, options: str) -> Iterator[None]:
        """Runs on the recovery host go to a file system of that size, in memory."""
        self.root("recovery-1", f"mount -t tmpfs -o mode=755,{options} tmpfs {WORK}")
        owner = self.on("recovery-1", "id -u; id -g").split()
        try:
            self.root("recovery-1", f"chown {owner[0]}:{owner[1]} {WORK}")
            yield
        finally:
            assert self.root("recovery-1", f"umount {WORK}", status=None).status == 0, self.left()

    @contextmanager
    def wrapped(self, program: str, act: str) -> Iterator[None]:
        """Something happens on the recovery host right before a program: `act` is bash, "$@" the program's arguments."""
        aside = "/run/stormproof-wrapped"
        script = f'#!/bin/bash\n{act}\nexec -a {program.rsplit("/", 1)[1]} {aside}/real "$@"\n'
        self.root(
            "recovery-1",
            f"mkdir -p {aside} && : >{aside}/real && mount --bind {program} {aside}/real && cat >{aside}/wrapper <<'END'\n"
            f"{script}END\nchmod 755 {aside} {aside}/wrapper && mount --bind {aside}/wrapper {program}",
        )
        try:
            yield
        finally:
            self.root("recovery-1", f"umount {program}; umount {aside}/real; rm -rf {aside}")

    @contextmanager
    def readers_view(self, change: str) -> Iterator[None]:
        """What the recovery host's credential may read becomes a changed copy; the repository itself stays as it is.

        `change` is bash, started in the copy.
        """
        copy = "/srv/bad-day"
        self.on(
            "vault", f"rm -rf {copy} && cp -a {REPOSITORY} {copy} && cd {copy} && chmod -R u+w . && {{ {change}\n}}"
        )
        self.root("vault", f"mount --bind {copy} {READERS_VIEW}")
        try:
            yield
        finally:
            self.root("vault", f"umount {READERS_VIEW}")
            self.on("vault", f"rm -rf {copy}")

    @contextmanager
    def other_key(self, name: str) -> Iterator[None]:
        """The third place holds another secret of that name."""
        path = self.key(name)
        was = path.read_text()
        path.write_text("not-the-right-passphrase\n")
        try:
            yield
        finally:
            path.write_text(was)


def in_mounts_of_its_own(prepare: str) -> list[str]:
    """Words before a command: it runs with mounts that nobody else sees."""
    namespace = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    return [*namespace, "bash", "-c", f'{prepare} && exec "$@"', "bash"]
