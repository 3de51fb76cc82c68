"""What the service keeps its data in, each switchable, and the heartbeat that is written into each.

A switch is a section: leave it out for the default, `null` turns it off, `{}` turns it on as it comes.
Prices: `infra/costs/data.py`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from infra.spec.backup import BackupSpec
from infra.spec.base import Spec
from stormproof.core.units import Duration, format_duration

POINT_IN_TIME = timedelta(minutes=5)  # AWS: RDS ships its log every 5 minutes; so far back lies DynamoDB's newest point
RETENTION_DAYS_MAX = 35  # AWS: automated backups of RDS, point-in-time recovery of DynamoDB
MAINTENANCE = r"^(mon|tue|wed|thu|fri|sat|sun):\d{2}:\d{2}-(mon|tue|wed|thu|fri|sat|sun):\d{2}:\d{2}$"
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
What = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=20)]


class BackedUp(Spec):
    """What a backup plan selects a store by.

    Args:
        backup: its class, as in `backup.classes`.
        rpo: what is promised; refused where neither the class nor the store's own point-in-time recovery keeps it.
    """

    backup: What
    rpo: Duration

    @property
    def promise(self) -> str:
        """As the tag `rpo` has it."""
        return format_duration(self.rpo)


class DatabaseSpec(BackedUp):
    """PostgreSQL on RDS: encrypted, TLS alone, IAM logins, master password made and kept by AWS.

    Args:
        version: major version; minor ones are applied by themselves.
        name: of the database that the application uses.
        instance_class: about US$ 60 a month for a db.t4g.medium in one zone. Cheaper: db.t4g.small at half of it (its
            Performance Insights still work; not those of db.t4g.micro).
        storage_gib, storage_max_gib: it grows by itself up to the second.
        multi_az: a standby in another zone, which takes over within two minutes. Doubles the price of instance and
            storage. Cheaper: off; a zone's loss is then a restore (refused by the rules in production).
        point_in_time_days: any point of the last days, RDS's own. As many GB as the database has are free, then
            US$ 0.10 a GB and month. Cheaper: 7.
        replicated: those backups in the recovery region too: a region's loss then costs minutes of data and not the hours
            of the copies. About US$ 0.10 a GB and month, and 0.02 for each GB moved. Cheaper: off, and the copies alone.
        monitoring_seconds: figures of the operating system that often; 0: none. About US$ 1.50 a month at 60.
        performance_insights: seven days of what the database waits for; free. Off for classes that have none.
        maintenance_window, backup_window: UTC; they may not overlap.
        ca_bundle: PEM file, from the project's folder: authorities that its certificate may come from, beside those that
            Lambda brings (AWS: its runtimes bring RDS's).
    """

    version: Annotated[str, Field(pattern=r"^\d{2}$")] = "17"
    instance_class: Annotated[str, Field(pattern=r"^db\.[a-z0-9]+\.[a-z0-9]+$")] = "db.t4g.medium"
    name: Identifier = "app"
    storage_gib: int = Field(default=50, ge=20, le=65536)
    storage_max_gib: int = Field(default=500, ge=20, le=65536)
    multi_az: bool = True
    point_in_time_days: int = Field(default=14, ge=1, le=RETENTION_DAYS_MAX)
    replicated: bool = True
    monitoring_seconds: Annotated[int, Field(json_schema_extra={"enum": [0, 1, 5, 10, 15, 30, 60]})] = 60
    performance_insights: bool = True
    maintenance_window: Annotated[str, Field(pattern=MAINTENANCE)] = "sun:02:00-sun:03:00"
    backup_window: Annotated[str, Field(pattern=r"^\d{2}:\d{2}-\d{2}:\d{2}$")] = "00:30-01:30"
    ca_bundle: str | None = None
    backup: What = "daily"
    rpo: Duration = POINT_IN_TIME

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.storage_max_gib < self.storage_gib:
            raise ValueError(f"storageMaxGib: {self.storage_max_gib} is less than storageGib, {self.storage_gib}")
        if self.monitoring_seconds not in (0, 1, 5, 10, 15, 30, 60):
            raise ValueError(f"monitoringSeconds: AWS takes 0, 1, 5, 10, 15, 30 or 60, not {self.monitoring_seconds}")
        return self


class FilesSpec(BackedUp):
    """A bucket for customers' files: versioned, encrypted, access logged.

    Args:
        object_lock_days: nobody deletes a version of a file for so long (governance). Buys: an intruder with the
            application's rights cannot destroy files. Costs the storage of what would have been deleted. Cheaper: null,
            and the backups alone. Can be turned on for a new bucket, and never off again.
        old_versions_days: how long overwritten and deleted files are kept; their storage is paid for.
        replicated: each new file in a bucket of the recovery region within minutes. Buys: a region's loss costs minutes
            of files, not hours. Costs the storage a second time, and US$ 0.02 for each GB moved. Cheaper: off.
    """

    object_lock_days: int | None = Field(default=None, ge=1, le=3650)
    old_versions_days: int = Field(default=90, ge=1, le=3650)
    replicated: bool = False
    backup: What = "continuous"
    rpo: Duration = timedelta(minutes=15)


class TableSpec(BackedUp):
    """A DynamoDB table with point-in-time recovery, paid by request.

    Args:
        hash_key, range_key: texts.
        point_in_time_days: about US$ 0.20 a GB and month, whatever the days.
    """

    hash_key: Identifier = "pk"
    range_key: Identifier = "sk"
    point_in_time_days: int = Field(default=RETENTION_DAYS_MAX, ge=1, le=RETENTION_DAYS_MAX)
    backup: What = "daily"
    rpo: Duration = POINT_IN_TIME


class FileSystemSpec(BackedUp):
    """An EFS file system over all zones of the data tier. About US$ 0.30 a GB and month, a tenth once cold.

    Args:
        uid: owner of the files, and the only one that clients come as.
        cold_after_days: files that nobody read go to cheaper storage; of 1, 7, 14, 30, 60, 90, 180, 270, 365.
    """

    uid: int = Field(default=10001, ge=1000, le=4294967294)
    cold_after_days: int = 30
    backup: What = "hourly"
    rpo: Duration = timedelta(hours=4)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.cold_after_days not in (1, 7, 14, 30, 60, 90, 180, 270, 365):
            raise ValueError(
                f"coldAfterDays: AWS takes 1, 7, 14, 30, 60, 90, 180, 270 or 365, not {self.cold_after_days}"
            )
        return self


class SecretsSpec(Spec):
    """Random secrets that the application signs or encrypts with; each is made, and renewed, by a function of ours.

    A rotation keeps the one before as `AWSPREVIOUS`, so what was signed with it still holds. Keys of third parties cannot
    be renewed so: they are not declared here. The database's master password is RDS's own, and renewed by it each week.

    Args:
        names: one secret each; US$ 0.40 a month. Cheaper: none; the application logs in to the database by IAM anyway.
        rotation_days: how often; 90 at most (statement 7-d).
    """

    names: tuple[What, ...] = ("session-key",)
    rotation_days: int = Field(default=30, ge=1, le=90)


class HeartbeatSpec(Spec):
    """A scheduled function writes the time into each store once a minute: what came back tells the RPO (about US$ 2 a month).

    Cheaper: null; a drill's RPO is then the recovery point's own instant, which flatters.

    Args:
        database_user: logs in by IAM, and may insert into `stormproof.heartbeat` alone.
        silent_minutes: the alarm comes after so many without a beat in one of the stores.
        setup: a function makes its table and login in the database (and the verifier's), and again in one that was made
            anew. It is the one role that reads the master's secret, and needs the endpoint of Secrets Manager (`egress.services`): without
            that, or off, somebody runs infra/functions/database_setup/schema.sql as the master; the output
            `databaseSetup` says which. Free.
    """

    database_user: Identifier = "heartbeat"
    silent_minutes: int = Field(default=5, ge=3, le=60)
    setup: bool = True


class DataSpec(Spec):
    """Stores of the service. Whoever reads or writes customers' data by them is the role `application`."""

    database: DatabaseSpec | None = DatabaseSpec()
    files: FilesSpec | None = FilesSpec()
    table: TableSpec | None = None
    file_system: FileSystemSpec | None = None
    secrets: SecretsSpec | None = SecretsSpec()
    heartbeat: HeartbeatSpec | None = HeartbeatSpec()

    def check_promises(self, backup: BackupSpec) -> None:
        """Each store's class can be had and keeps what its tag promises. Raises ValueError."""
        stores: dict[str, tuple[BackedUp | None, str, timedelta | None]] = {
            "database": (self.database, "RDS", POINT_IN_TIME),
            "files": (self.files, "S3", None),
            "table": (self.table, "DynamoDB", POINT_IN_TIME),
            "fileSystem": (self.file_system, "EFS", None),
        }
        for name, (store, kind, point_in_time) in stores.items():
            if store is None:
                continue
            problem = backup.problem_of(kind, store.backup, store.rpo, point_in_time=point_in_time)
            if problem is not None:
                raise ValueError(f"data.{name}: {problem}")
