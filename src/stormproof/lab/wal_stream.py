"""The receiver at the vault: production's WAL as it is written, in memory until the archive has it."""

from __future__ import annotations

from stormproof.core.errors import TimedOut
from stormproof.lab.agreed import STANZA
from stormproof.lab.machine import LAB_FOLDER, Machine
from stormproof.lab.postgres_cluster import BIN, sql
from stormproof.lab.vault import PGBACKREST, WAL_STREAM
from stormproof.lab.waiting import wait_until
from stormproof.lab.wal_profiles import STREAM_NAME, STREAM_SLOT, WalProfile, WalShipping

PASSWORD_FILE = "/run/stormproof/wal_receiver.pgpass"  # noqa: S105 (a path; in memory, given anew at each start)
# A drill that listed a streamed segment must still find it some minutes later, when the archive has it too.
KEEP_ARCHIVED_SECONDS = 600
KEEP_MEGABYTES_MAX = 256


def start(vault: Machine, shipping: WalShipping, *, password: str) -> None:
    """Start the receiver and its tidier, each in a loop of its own. May be repeated."""
    vault.put(PASSWORD_FILE, f"*:*:*:wal_receiver:{password}\n", 0o600)
    vault.keep_running(
        "wal-receiver",
        f"exec bash {LAB_FOLDER}/wal_receiver.sh",
        env={
            "PGPASSFILE": PASSWORD_FILE,
            "RECEIVER": f"{BIN}/pg_receivewal",
            "FOLDER": WAL_STREAM,
            "SLOT": STREAM_SLOT,
            "NAME": STREAM_NAME,
            "SYNCHRONOUS": "--synchronous" if shipping.synchronous else "",
        },
    )
    vault.keep_running(
        "wal-tidier",
        f"exec bash {LAB_FOLDER}/wal_tidier.sh",
        env={
            "FOLDER": WAL_STREAM,
            "ARCHIVE": f"{PGBACKREST}/archive/{STANZA}",
            "KEEP_SECONDS": str(KEEP_ARCHIVED_SECONDS),
            "KEEP_MEGABYTES": str(KEEP_MEGABYTES_MAX),
        },
    )


def stop(vault: Machine) -> None:
    """End the receiver and forget what it held: production lives and archives, and a later receiver that found an old
    segment would ask production for its successor, which is long gone there."""
    for name in ("wal-receiver", "wal-tidier"):
        vault.stop_running(name)
    vault.check(f"find {WAL_STREAM} -type f -delete")


def drop_connection(vault: Machine) -> None:
    """End the receiver, keep what it received: it would notice a lost production only after seconds. `start` follows."""
    vault.stop_running("wal-receiver")


def wait_for_stream(primary: Machine, *, timeout_seconds: float = 20.0) -> None:
    """Wait until production says that the receiver streams. Raises TimedOut."""
    wait_until(
        lambda: streaming(primary),
        what="the vault's receiver to stream",
        where="app-primary: pg_stat_replication",
        fix="look at the receiver's log: `stormproof lab shell vault -- cat /var/log/stormproof/wal-receiver.log`",
        timeout_seconds=timeout_seconds,
    )


def streaming(primary: Machine) -> bool:
    question = f"select exists (select from pg_stat_replication where application_name = '{STREAM_NAME}' and state = 'streaming');"  # noqa: S608 (of our own constants)
    return sql(primary, question, database="postgres") == "t"


def wait_for_lsn(primary: Machine, lsn: str, shipping: WalShipping, *, timeout_seconds: float) -> None:
    """Wait until the vault holds WAL up to `lsn` (as PostgreSQL prints it), by the stream or by the archive.

    Raises:
        TimedOut: the vault does not have it after `timeout_seconds`.
    """
    assert set(lsn) <= set("0123456789ABCDEF/"), f"not an LSN: {lsn!r}"
    streamed = (
        f"exists (select from pg_stat_replication where application_name = '{STREAM_NAME}' and write_lsn >= '{lsn}'::pg_lsn) or "
        if shipping.streams
        else ""
    )
    archived = (
        "coalesce((select "  # noqa: S608 (of our own constants)
        f"left(last_archived_wal, 24) >= pg_walfile_name('{lsn}'::pg_lsn) from pg_stat_archiver), false)"
    )

    def arrived() -> bool:
        return sql(primary, f"select {streamed}{archived};", database="postgres") == "t"

    wait_until(
        arrived,
        what=f"WAL up to {lsn} to be at the vault",
        where="app-primary: pg_stat_replication, pg_stat_archiver",
        fix="see whether the vault is up: `stormproof lab status`",
        timeout_seconds=timeout_seconds,
    )


def wait_for_archiver(primary: Machine, *, timeout_seconds: float = 30.0) -> None:
    """Have one segment archived now. After a crash the archive timeout was once seen not to fire: this proves that it
    works before anybody starts a clock. Raises TimedOut."""
    lsn = sql(
        primary,
        "select pg_logical_emit_message(true, 'stormproof', 'archiver check'); select pg_current_wal_lsn(); "
        "select pg_switch_wal();",
        database="postgres",
    ).splitlines()[1]
    try:
        wait_for_lsn(primary, lsn, WalShipping(WalProfile.ARCHIVE), timeout_seconds=timeout_seconds)
    except TimedOut as error:
        failed = sql(primary, "select last_failed_wal, last_failed_time from pg_stat_archiver;", database="postgres")
        raise TimedOut(
            f"the archiver does not work (last failure: {failed or 'none'})",
            where="app-primary: pg_stat_archiver",
            fix="read /var/log/postgresql on app-primary",
            code="SP692",
        ) from error
