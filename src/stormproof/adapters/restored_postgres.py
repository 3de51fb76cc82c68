"""A restored PostgreSQL on a recovery host: disarm it, start it, wait for it, open it, and make its first write and read.

Each function is one script on the host (adapters/resources/), given its place by environment. Safe to call again.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from stormproof.adapters.resource import resource
from stormproof.adapters.tool_failure import tool_failure
from stormproof.core.errors import CommandFailed, RunFailed
from stormproof.core.ports import Host
from stormproof.core.tool_meaning import Tool, own_words

if TYPE_CHECKING:
    from stormproof.core.drill_result import Disarmed


@dataclass(frozen=True, slots=True)
class RestoredServer:
    """Where one restored server lives on its host. `config_file` and `hba_file` are the restored ones, if they lay apart."""

    run_dir: str
    pg_bin: str
    address: str
    port: int
    superuser: str = "postgres"
    config_file: str = ""
    hba_file: str = ""

    @property
    def socket_dir(self) -> str:
        return f"{self.run_dir}/socket"

    def environment(self) -> dict[str, str]:
        return {
            "RUN_DIR": self.run_dir, "PG_BIN": self.pg_bin, "ADDRESS": self.address, "PORT": str(self.port),
            "SUPERUSER": self.superuser, "CONFIG_FILE": self.config_file, "HBA_FILE": self.hba_file,
        }  # fmt: skip


def find_binaries(host: Host, major: str, configured: str | None = None) -> str:
    """The folder of that major version's server programs. Raises RunFailed.

    Args:
        configured: the folder that the inventory names; looked into first, then Debian's place, then PATH.
    """
    first = f"{shlex.quote(configured)} " if configured else ""
    found = host.run(
        f'for d in {first}/usr/lib/postgresql/{shlex.quote(major)}/bin "$(dirname "$(command -v postgres || echo /nowhere/x)")"; do\n'
        f'  [ -x "$d/postgres" ] && "$d/postgres" --version | grep -q " {shlex.quote(major)}[.b]" && {{ echo "$d"; exit 0; }}\n'
        "done; exit 1"
    )
    if found.status != 0:
        raise RunFailed(
            f"PostgreSQL {major} is not installed on the recovery host",
            where=host.name,
            fix=f"install the package postgresql-{major} there (its service need not run), or name their folder as `binaries`",
            code="SP271",
        )
    return found.stdout.strip()


def disarm_settings(host: Host, server: RestoredServer, recovery_target: str) -> list[Disarmed]:
    """Write the arguments that the server is started with; answer the settings that would have acted on the world."""
    from stormproof.core.drill_result import Disarmed

    env = server.environment() | {"RECOVERY_TARGET": recovery_target}
    done = host.run(resource("pg_disarm_settings.sh"), env=env, timeout_seconds=60)
    if done.status != 0:
        raise _failure(done.stderr, host, "the restored configuration cannot be read")
    found = []
    for line in done.stdout.splitlines():
        name, _, _ = line.removeprefix("disarmed ").partition("\t")
        found.append(
            Disarmed(kind="setting", name=name, where="configuration", how="overridden before the first start")
        )
    return found


# What a confined server may not do (resources/pg_confine.pl), in the words of the report.
CONFINED = {
    "connections": ("every connection of its own", "refused by the kernel (seccomp)"),
    "programs": ("every program of its own", "refused by the kernel (Landlock)"),
    "writes": ("every file outside its folder", "refused by the kernel (Landlock)"),
}


def start(host: Host, server: RestoredServer, *, confined: bool = True) -> list[Disarmed]:
    """Start the server unless it runs; returns when its process is up, long before it accepts anybody.

    Args:
        confined: in a drill, it may then neither connect anywhere, nor start a program, nor write outside its folder,
            whatever its data asks for: as far as the host's kernel can hold that, which is what is answered.
    """
    from stormproof.core.drill_result import Disarmed

    env = server.environment() | {"CONFINE": resource("pg_confine.pl") if confined else ""}
    done = host.run(resource("pg_start.sh"), env=env, timeout_seconds=60)
    if done.status != 0:
        raise _failure(done.stderr, host, "the restored server did not start")
    words = next((line.split()[1:] for line in done.stdout.splitlines() if line.startswith("confined")), [])
    return [
        Disarmed(kind="server", name=CONFINED[word][0], where=host.name, how=CONFINED[word][1])
        for word in words
        if word in CONFINED
    ]


def wait_ready(host: Host, server: RestoredServer, *, timeout_seconds: float) -> datetime:
    """Wait until it accepts writes (noticed within 5 ms on the host); the instant on that host's clock."""
    env = server.environment() | {"WAIT_SECONDS": str(int(timeout_seconds))}
    done = host.run(resource("pg_wait_ready.sh"), env=env, timeout_seconds=timeout_seconds + 10)
    if done.status == 75:
        raise RunFailed(
            f"the restored server did not accept writes within {timeout_seconds:g} s; its log says: {_last(done.stderr)}",
            where=host.name,
            fix="look at its log; more WAL to replay needs a fresher backup, or a higher bound",
            code="SP222",
        )
    if done.status != 0:
        raise _failure(done.stderr, host, "the restored server ended before it accepted writes")
    return datetime.fromtimestamp(float(done.stdout.split()[1]), UTC)


def disarm_catalog(host: Host, server: RestoredServer) -> list[Disarmed]:
    """Switch off event triggers, subscriptions, foreign servers, scheduled jobs in every database; answer what was on."""
    from stormproof.core.drill_result import Disarmed

    done = host.run(resource("pg_disarm_catalog.sh"), env=server.environment(), timeout_seconds=180)
    found = []
    for line in done.stdout.splitlines():
        words = line.removeprefix("disarmed ").split("\t")
        if line.startswith("disarmed ") and len(words) == 4:
            found.append(Disarmed(kind=words[0], where=words[1], name=words[2], how=words[3]))
    if done.status != 0:
        _refuse_full_disk(done.stderr, host, "what acts on the world could not be disarmed")
        raise RunFailed(
            f"what acts on the world could not be disarmed in every database: {_last(done.stderr)}",
            where=host.name,
            fix="nobody was let in; look at the message, and at the server's log",
            code="SP223",
        )
    return found


def open_for_application(host: Host, server: RestoredServer, *, database: str, role: str) -> None:
    """Bring the restored pg_hba.conf into force. Raises CommandFailed."""
    host.check(resource("pg_open.sh"), env=server.environment() | {"DATABASE": database, "ROLE": role})


def first_write_and_read(
    host: Host, server: RestoredServer, *, database: str, role: str, password: str, write: str, read: str, run_id: str,
    timeout_seconds: float,
) -> datetime:  # fmt: skip
    """The first acknowledged write and read by the application's way; the instant on the host's clock."""
    env = server.environment() | {
        "DATABASE": database, "ROLE": role, "APPLICATION_PASSWORD": password, "WRITE_SQL": write.rstrip("; \n"),
        "READ_SQL": read.rstrip("; \n"), "RUN_ID": run_id, "WAIT_SECONDS": str(int(timeout_seconds)),
    }  # fmt: skip
    done = host.run(resource("pg_readiness.sh"), env=env, timeout_seconds=timeout_seconds + 10)
    if done.status != 0:
        _refuse_full_disk(done.stderr, host, f"the application's role {role} could not write and read")
        raise RunFailed(
            f"the application's role {role} could not write and read: {_last(done.stderr)}",
            where=f"{host.name}: {server.address}:{server.port}/{database}",
            fix="does the role exist in the backup, with this password and these rights?",
            code="SP224",
        )
    return datetime.fromtimestamp(float(done.stdout.split()[1]), UTC)


def stop(host: Host, server: RestoredServer) -> None:
    """Stop it at once and wait until it is gone; nothing to stop is fine."""
    try:
        host.check(
            'D=$RUN_DIR/pgdata; [ -e "$D/postmaster.pid" ] || exit 0\n'
            '"$PG_BIN/pg_ctl" -D "$D" -s -w -t 30 -m immediate stop || ! "$PG_BIN/pg_ctl" -D "$D" status >/dev/null',
            env=server.environment(),
            timeout_seconds=45,
        )
    except CommandFailed as error:
        raise RunFailed(
            f"the restored server could not be stopped: {error.output}",
            where=host.name,
            fix=f"end the processes that use {server.run_dir} by hand",
            code="SP225",
        ) from error


def _failure(log: str, host: Host, doing: str) -> RunFailed:
    return tool_failure(Tool.POSTGRES, None, log, where=host.name, doing=doing)


def _refuse_full_disk(said: str, host: Host, doing: str) -> None:
    """A full disk is told as one, wherever the server meets it."""
    if "No space left on device" in said:
        raise _failure(said, host, doing)


def _last(text: str) -> str:
    return own_words(text) or "nothing"
