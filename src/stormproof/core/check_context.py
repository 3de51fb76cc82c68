"""Everything that the checks need to know, gathered by the drill before the first one is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from stormproof.core.backup_whole import BackupFacts
from stormproof.core.drill_result import Disarmed
from stormproof.core.ports import Host
from stormproof.core.recovery_log import RecoveryLog
from stormproof.core.reference import PostgresReference, Reference
from stormproof.core.wal import FrozenList, parse_lsn
from stormproof.core.wal_records import WalEnd


@dataclass(frozen=True, slots=True)
class PostgresPlace:
    """Where a server listens on its own host. `database` is the service's; questions about roles go there too.

    `socket_dir` empty means the client's own default. The user that runs the script must get in over the socket.
    """

    bin_dir: str
    socket_dir: str
    port: int = 5432
    superuser: str = "postgres"
    database: str = "postgres"
    pgdata: str = ""
    application_role: str | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """Where a finished recovery says it stopped.

    `lsn` is the end of the last replayed record on `timeline`: the last line of the new timeline's history file.
    """

    lsn: int | None
    timeline: int | None
    new_timeline: int | None
    log: RecoveryLog = field(default_factory=RecoveryLog)


@dataclass(frozen=True, slots=True)
class WalFacts:
    """The write-ahead log's side of a recovery. Positions in bytes.

    `newest_end` belongs to the newest segment of the frozen list on the backup's path, behind any gap. `used_sha1` holds
    the digests of the plain segments that recovery was given; `refused` says of each that it was not given why (`damaged`,
    `status-29`). `damaged_behind_end`: more whole records follow `newest_end`, and cannot be read. `why_unknown` says why
    a fact is missing.
    """

    frozen: FrozenList
    backup_start_lsn: int
    backup_timeline: int
    backup_stop_lsn: int | None = None
    newest_end: WalEnd | None = None
    arrived: Arrived | None = None
    used_sha1: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    why_unknown: str = ""
    damaged_behind_end: bool = False


@dataclass(frozen=True, slots=True)
class CheckContext:
    """One restored copy and what it is compared with.

    Args:
        work: the run's own folder on the host; the checks keep their scratch files in its subfolder `checks`.
        files_root: folder under which the restored files lie; a row's path is taken relative to it after
            `files_prefix` was cut off its front.
        t_fail: the (simulated) failure; `target` is the instant recovered to, for a point in time.
        files_snapshot_at: the start of the files' snapshot.
        heartbeat_quiet: the heartbeat had stopped before the failure, and all of it that was acknowledged came back.
        drill_settings: settings that this drill itself sets on the copy, beyond those every drill sets.
        count_rows: False where no check asks how many there are: then tables are not read through for it.
        look_at_backup: reads what describes the restored backup; called beside the checks. None: nothing was restored
            from a repository that describes its backups.
        start_server: called after the checks that need a stopped server; None leaves it stopped.
    """

    host: Host
    work: str
    t_fail: datetime
    postgres: PostgresPlace | None = None
    files_root: str | None = None
    files_prefix: str = ""
    reference: Reference | None = None
    target: datetime | None = None
    rows_sql: str | None = None
    files_snapshot_at: datetime | None = None
    heartbeat_table: str | None = "stormproof.heartbeat"
    heartbeat_quiet: bool = False
    wal: WalFacts | None = None
    disarmed: Sequence[Disarmed] = ()
    drill_settings: frozenset[str] = frozenset()
    look_at_backup: Callable[[], BackupFacts] | None = None
    count_rows: bool = True
    start_server: Callable[[], None] | None = None

    @property
    def instant(self) -> datetime:
        """The moment that the restored data is held against: the target of a point in time, else the failure."""
        return self.target or self.t_fail

    def is_older_than(self, reference: PostgresReference) -> bool:
        """Whether the copy is of an earlier moment than the reference, and so not expected to be as new.

        By the position that recovery arrived at, which no clock can blur: the archive may end before the reference was
        captured although the failure came after it. Where the position is not known, by the instant.
        """
        arrived = self.wal.arrived if self.wal is not None else None
        if arrived is not None and arrived.lsn is not None:
            return arrived.lsn < parse_lsn(reference.lsn)
        return self.instant < reference.captured_at
