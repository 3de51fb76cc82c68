"""The data and the writing of a large drill: pgbench's own tables beside the shop, and its WAL after the backup.

What makes a recovery long is the WAL since the backup: a fresh backup with none behind it would flatter every way alike.
"""

from __future__ import annotations

from benchmarks.timed import run as timed

PGBENCH = "/usr/lib/postgresql/15/bin/pgbench"
MB_A_SCALE = 15
SEGMENTS = 31  # of 16 MB, as 15 to 20 s at TPS leave them
TPS = 1100
BOUND_SECONDS = 300

# It may not outlive the command that asked for it: each run of pgbench is short, and the whole is bounded on the host.
WRITE = r"""
set -eu
asked() { /usr/lib/postgresql/15/bin/psql -XAtq -v ON_ERROR_STOP=1 -d shop -c "$1"; }
from=$(asked 'select pg_current_wal_lsn()')
until [ "$(asked "select pg_wal_lsn_diff(pg_current_wal_lsn(), '$from') >= $BYTES")" = t ]; do
  PGOPTIONS='-c synchronous_commit=off -c wal_compression=off' "$PGBENCH" -n -c 4 -j 2 -R "$TPS" -T 2 shop >/tmp/wal_load.log 2>&1 ||
    { tail -n 5 /tmp/wal_load.log >&2; exit 1; }
done
last=$(asked 'select pg_walfile_name(pg_switch_wal())')
until [ "$(asked "select last_archived_wal >= '$last' from pg_stat_archiver")" = t ]; do sleep 0.1; done
"""


def make_tables(stormproof: list[str], env: dict[str, str], megabytes: int) -> None:
    """pgbench's tables of about that size in the shop's database. Raises Failed."""
    _on_primary(stormproof, env, f"exec {PGBENCH} -q -i -s {max(1, megabytes // MB_A_SCALE)} -I dtgp shop")


def write_wal(stormproof: list[str], env: dict[str, str]) -> float:
    """SEGMENTS of WAL, until the vault's archive holds them; answers the seconds. Raises Failed."""
    return _on_primary(stormproof, env, WRITE)


def _on_primary(stormproof: list[str], env: dict[str, str], script: str) -> float:
    settings = [f"PGBENCH={PGBENCH}", f"BYTES={SEGMENTS * 16 * 2**20}", f"TPS={TPS}"]
    command = ["env", *settings, "timeout", str(BOUND_SECONDS), "bash", "-c", script]
    return timed([*stormproof, "lab", "shell", "app-primary", "--", *command], env=env).seconds
