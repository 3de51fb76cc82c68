"""Production's PostgreSQL, laid out as Debian does it: data in /var/lib/postgresql, configuration in /etc/postgresql."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stormproof.core.errors import SetupFailed
from stormproof.lab.agreed import DATABASE, POSTGRES_PORT
from stormproof.lab.machine import Machine
from stormproof.lab.scram import scram_verifier
from stormproof.lab.wal_profiles import STREAM_SLOT, WalShipping

BIN = "/usr/lib/postgresql/15/bin"
PSQL = f"{BIN}/psql"  # the real client: Debian's wrapper costs 54-106 ms a call
DATA = "/var/lib/postgresql/15/main"
CONFIG = "/etc/postgresql/15/main"
LOG = "/var/log/postgresql/postgresql-15-main.log"

# While the first rows are made nothing archives and tables made in the same transaction bypass the WAL.
_QUIET = "-c wal_level=minimal -c max_wal_senders=0 -c archive_mode=off -c synchronous_standby_names="

_IS_RUNNING = f'read -r pid 2>/dev/null <{DATA}/postmaster.pid && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = postgres ]'


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Addresses that production's pg_hba.conf knows (IPv4 and IPv6, without masks)."""

    application: Sequence[str]
    vault: Sequence[str]


def postgresql_conf() -> str:
    settings = {
        "data_directory": DATA,
        "hba_file": f"{CONFIG}/pg_hba.conf",
        "ident_file": f"{CONFIG}/pg_ident.conf",
        "external_pid_file": "/run/postgresql/15-main.pid",
        "cluster_name": "15/main",
        "listen_addresses": "*",
        "port": str(POSTGRES_PORT),
        "unix_socket_directories": "/run/postgresql",
        "password_encryption": "scram-sha-256",
        "max_connections": "100",
        "shared_buffers": "128MB",
        "max_wal_size": "1GB",
        "min_wal_size": "80MB",
        "wal_compression": "on",
        "log_line_prefix": "%m [%p] %q%u@%d ",
        "log_timezone": "Etc/UTC",
        "timezone": "Etc/UTC",
        "datestyle": "iso, mdy",
        "lc_messages": "C.UTF-8",
        "default_text_search_config": "pg_catalog.english",
    }
    return _settings_text(settings) + "include_dir = 'conf.d'\n"


def pg_hba_conf(neighbours: Neighbours) -> str:
    def masked(address: str) -> str:
        return f"{address}/{128 if ':' in address else 32}"

    lines = ["# TYPE  DATABASE  USER  ADDRESS  METHOD", "local all postgres peer", "local all all peer"]
    lines += [
        f"host {DATABASE} shop_app {address} scram-sha-256"
        for address in ("127.0.0.1/32", "::1/128", *map(masked, neighbours.application))
    ]
    lines += [f"host replication wal_receiver {masked(address)} scram-sha-256" for address in neighbours.vault]
    return "\n".join(lines) + "\n"


def create(primary: Machine, neighbours: Neighbours) -> None:
    """Make an empty cluster with data checksums and Debian's layout. Refuses to touch one that exists."""
    primary.check(
        # fsync of a cluster that is still empty buys nothing: the server itself runs with fsync on, always.
        f"mkdir -p {CONFIG}/conf.d /var/log/postgresql && mkdir -p -m 700 {DATA} && "
        f"{BIN}/initdb --no-sync -k -E UTF8 --locale=C.UTF-8 --auth-local=peer --auth-host=reject -D {DATA} && "
        f"rm {DATA}/postgresql.conf {DATA}/pg_hba.conf {DATA}/pg_ident.conf",
        timeout_seconds=60.0,
    )
    primary.put(f"{CONFIG}/postgresql.conf", postgresql_conf())
    primary.put(f"{CONFIG}/pg_hba.conf", pg_hba_conf(neighbours), 0o640)
    primary.put(f"{CONFIG}/pg_ident.conf", "# MAPNAME  SYSTEM-USERNAME  PG-USERNAME\n", 0o640)
    primary.put(f"{CONFIG}/start.conf", "manual\n")
    primary.put(f"{CONFIG}/pg_ctl.conf", "pg_ctl_options = ''\n")
    primary.put(f"{CONFIG}/environment", "")


def exists(primary: Machine) -> bool:
    return primary.run(f"test -s {DATA}/PG_VERSION && test -s {CONFIG}/postgresql.conf").status == 0


def configure_shipping(primary: Machine, shipping: WalShipping) -> None:
    primary.put(f"{CONFIG}/conf.d/10-wal.conf", _settings_text(shipping.postgres_settings()))


def start(primary: Machine, *, quiet: bool = False) -> None:
    """Start the server and wait until it takes connections; crash recovery included (bounded by 120 s).

    Args:
        quiet: without WAL shipping, for making the first rows; stop and start again before anybody works with it.
    """
    options = f"-c config_file={CONFIG}/postgresql.conf {_QUIET if quiet else ''}"
    done = primary.run(
        # A process number left by a server that was killed with its host can belong to anybody after the next boot.
        f"({_IS_RUNNING}) || rm -f {DATA}/postmaster.pid\n"
        f"mkdir -p /run/postgresql; {BIN}/pg_ctl start -s -w -t 110 -D {DATA} -l {LOG} -o '{options}'",
        timeout_seconds=120.0,
    )
    if done.status != 0:
        tail = primary.run(f"tail -n 15 {LOG}").stdout
        raise SetupFailed(
            f"PostgreSQL did not start on {primary.name} (status {done.status}): {done.stderr.strip()}\n{tail.strip()}",
            where=f"{primary.name}:{LOG}",
            fix="read the log; `stormproof lab destroy` and `lab up` begin anew",
            code="SP691",
        )
    # At a start the checkpointer can settle how long it sleeps while recovery still counts as in progress; then
    # archive_timeout is not looked at until checkpoint_timeout, 5 minutes later (seen: 70 s without a switch). A reload
    # wakes it, and it reckons anew.
    primary.check(f"{BIN}/pg_ctl reload -s -D {DATA}")


def stop(primary: Machine) -> None:
    primary.check(f"{BIN}/pg_ctl stop -s -w -m fast -t 60 -D {DATA}", timeout_seconds=70.0)


def running(primary: Machine) -> bool:
    return primary.run(_IS_RUNNING).status == 0


def sql(primary: Machine, script: str, *, database: str = DATABASE, timeout_seconds: float = 60.0) -> str:
    """Run SQL as the superuser over the local socket, stopping at the first error; answers rows, fields split by '|'.

    Administration never waits for the vault's acknowledgement (synchronous_commit=local), or a lab without its
    receiver could not be mended.
    """
    return primary.check(
        f"{PSQL} -XAtq -v ON_ERROR_STOP=1 -d {database} -f -",
        env={"PGOPTIONS": "-c synchronous_commit=local -c client_min_messages=warning", "PGHOST": "/run/postgresql"},
        stdin=script,
        timeout_seconds=timeout_seconds,
    ).strip()


def create_roles_and_database(primary: Machine, *, shop_app_password: str, wal_receiver_password: str) -> None:
    """Owner without login, application without any privilege of its own, receiver for replication only."""
    sql(
        primary,
        f"""
create role shop_owner nologin;
create role shop_app login password '{scram_verifier(shop_app_password)}';
create role wal_receiver login replication password '{scram_verifier(wal_receiver_password)}';
create database {DATABASE} owner shop_owner template template0 encoding 'UTF8' lc_collate 'C.UTF-8' lc_ctype 'C.UTF-8';
""",
        database="postgres",
    )
    sql(primary, f"revoke all on database {DATABASE} from public; grant connect on database {DATABASE} to shop_app;"
                 "create extension pg_trgm;")  # fmt: skip


def keep_slot(primary: Machine) -> None:
    """The receiver's slot, reserved at once: no WAL written from now on is lost to it."""
    sql(
        primary,
        f"select pg_create_physical_replication_slot('{STREAM_SLOT}', true) "  # noqa: S608 (of our own constants)
        f"where not exists (select from pg_replication_slots where slot_name = '{STREAM_SLOT}');",
        database="postgres",
    )


def drop_slot(primary: Machine) -> None:
    """No receiver, no slot: otherwise it would hold WAL for ever."""
    sql(
        primary,
        f"select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = '{STREAM_SLOT}';",  # noqa: S608 (of our own constants)
        database="postgres",
    )


def _settings_text(settings: Mapping[str, str]) -> str:
    return "".join(f"{name} = '{value}'\n" for name, value in settings.items())
