"""WAL written on purpose: a known number of full segments behind a backup, so that two recoveries have the same to replay."""

from __future__ import annotations

from stormproof.lab.machine import Machine
from stormproof.lab.postgres_cluster import sql
from stormproof.lab.wal_profiles import WalProfile, WalShipping
from stormproof.lab.wal_stream import wait_for_lsn

# Rows of text that compress about as well as those of a shop do (4 bits of a byte are random), a quarter of a segment
# each, and a switch after each segment: what other sessions write beside it does not shift the borders.
_PIECES, _DIGESTS = 3, 120_000
_SEGMENT = (
    "select pg_logical_emit_message(false, 'stormproof', "  # noqa: S608 (of our own constants)
    f"(select string_agg(md5(random()::text), '') from generate_series(1, {_DIGESTS}))) "
    f"from generate_series(1, {_PIECES}); select pg_current_wal_lsn(); select pg_switch_wal();\n"
)


def write_segments(primary: Machine, segments: int, *, timeout_seconds: float = 120.0) -> None:
    """Fill `segments` segments of WAL (16 MB each) and wait until the vault's archive holds them.

    The records are messages that replay passes over; no table changes.

    Raises:
        CommandFailed: the server did not take it. TimedOut: the archive does not hold them after `timeout_seconds`.
    """
    said = sql(
        primary, "\\o /dev/null\n" + _SEGMENT * (segments - 1) + "\\o\n" + _SEGMENT, timeout_seconds=timeout_seconds
    )
    lsn = said.splitlines()[-2]
    wait_for_lsn(primary, lsn, WalShipping(WalProfile.ARCHIVE), timeout_seconds=timeout_seconds)
