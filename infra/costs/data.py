"""What keys and stores cost a month."""

from __future__ import annotations

from typing import Final

from infra.costs.model import Cost, hourly
from infra.spec.key_table import layer_keys
from infra.spec.settings import Layer, Settings

PRIMARY: Final = (Layer.PRIMARY,)
KEYED: Final = (Layer.ACCOUNT, Layer.PRIMARY, Layer.RECOVERY, Layer.VAULT)
# AWS prices each size of a class at double the one before. One unit is a medium.
SIZES: Final = {
    "micro": 0.25, "small": 0.5, "medium": 1.0, "large": 2.0, "xlarge": 4.0, "2xlarge": 8.0, "4xlarge": 16.0,
    "8xlarge": 32.0, "12xlarge": 48.0, "16xlarge": 64.0, "24xlarge": 96.0,
}  # fmt: skip


class UnknownSize(LookupError):
    """An instance class of a size that the table has no factor for. The message is for a person."""


def _keys(settings: Settings, layer: Layer) -> float:
    return len(layer_keys(settings, layer)) + (1 if layer is Layer.PRIMARY and _replicates(settings) else 0)


def _replicates(settings: Settings) -> bool:
    database, files = settings.data.database, settings.data.files
    return (database is not None and database.replicated) or (files is not None and files.replicated)


def _size(settings: Settings, layer: Layer) -> float:
    """In units of a medium instance. Raises UnknownSize."""
    if settings.data.database is None:
        return 0
    size = settings.data.database.instance_class.rpartition(".")[2]
    if size not in SIZES:
        raise UnknownSize(f"data.database.instanceClass: no price for the size {size!r}; there are {', '.join(SIZES)}")
    return SIZES[size]


def _standby(settings: Settings, layer: Layer) -> float:
    database = settings.data.database
    return _size(settings, layer) if database is not None and database.multi_az else 0


def _storage(settings: Settings, layer: Layer) -> float:
    """GB, twice with a standby."""
    database = settings.data.database
    return 0 if database is None else database.storage_gib * (2 if database.multi_az else 1)


def _replica(settings: Settings, layer: Layer) -> float:
    database = settings.data.database
    return database.storage_gib if database is not None and database.replicated else 0


def _monitored(settings: Settings, layer: Layer) -> float:
    """AWS: figures go into a log; twice as often is twice the price."""
    database = settings.data.database
    return 60 / database.monitoring_seconds if database is not None and database.monitoring_seconds else 0


COSTS: list[Cost] = [
    Cost(
        switch="",
        type="aws:kms/key:Key",
        monthly_usd=1.0,
        unit="key",
        buys="one leaked or lost key opens, or takes away, one class of data and not all",
        fallback="none: AWS's own keys are free, and whoever may read a store may use them",
        layers=KEYED,
        count=_keys,
        beside="1.00 more for each of its first two rotations; 0.03 for 10,000 uses",
    ),
    Cost(
        switch="data.database.instanceClass",
        type="aws:rds/instance:Instance",
        monthly_usd=hourly(0.077),
        unit="medium of instance (a small is half, a large two; of t4g, and about a quarter more of m7g)",
        buys="PostgreSQL that AWS patches and backs up",
        fallback="db.t4g.small at half of it; a service without a relational database: null",
        layers=PRIMARY,
        count=_size,
    ),
    Cost(
        switch="data.database.multiAz",
        type="aws:rds/instance:Instance",
        monthly_usd=hourly(0.077),
        unit="medium of standby",
        buys="a standby in another zone that takes over within two minutes",
        fallback="off: the loss of a zone is a restore, of hours",
        layers=PRIMARY,
        count=_standby,
    ),
    Cost(
        switch="data.database.storageGib",
        type="aws:rds/instance:Instance",
        monthly_usd=0.137,
        unit="GB (with a standby twice)",
        buys="the database's storage, encrypted",
        fallback="20 GB, the least; it grows by itself",
        layers=PRIMARY,
        count=_storage,
        beside="0.10 a GB of automated backups beyond the database's own size",
    ),
    Cost(
        switch="data.database.replicated",
        type="aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
        monthly_usd=0.10,
        unit="GB of the database",
        buys="any point in time in the recovery region: a region's loss costs minutes of data",
        fallback="off: the copies of daily backups, up to a day of data",
        layers=PRIMARY,
        count=_replica,
        beside="0.02 a GB of log moved",
    ),
    Cost(
        switch="data.database.monitoringSeconds",
        type="aws:rds/instance:Instance",
        monthly_usd=1.5,
        unit="set of figures a minute",
        buys="figures of the operating system, process by process",
        fallback="0: CloudWatch's own figures, by the minute",
        layers=PRIMARY,
        count=_monitored,
    ),
    Cost(
        switch="data.files",
        type="aws:s3/bucket:Bucket",
        monthly_usd=0,
        unit="bucket",
        buys="customers' files with every version for 90 days, and a log of who read them",
        fallback="fewer days of old versions",
        layers=PRIMARY,
        beside="0.0245 a GB",
    ),
    Cost(
        switch="data.files.replicated",
        type="aws:s3/bucketReplicationConfig:BucketReplicationConfig",
        monthly_usd=0,
        unit="replica",
        buys="each new file in the recovery region within minutes",
        fallback="off: the copies of backups, of hours ago",
        layers=PRIMARY,
        beside="0.0135 a GB kept a second time, 0.02 a GB moved",
    ),
    Cost(
        switch="data.table",
        type="aws:dynamodb/table:Table",
        monthly_usd=0,
        unit="table",
        buys="a table without servers, recoverable to any second of 35 days",
        fallback="null: the database takes its part",
        layers=PRIMARY,
        beside="0.306 a GB, 0.245 a GB of point-in-time recovery, 1.53 for a million writes, 0.31 for a million reads",
    ),
    Cost(
        switch="data.fileSystem",
        type="aws:efs/fileSystem:FileSystem",
        monthly_usd=0,
        unit="file system",
        buys="files shared by instances over all zones",
        fallback="null: files in the bucket, at a twelfth of the price",
        layers=PRIMARY,
        beside="0.36 a GB, 0.03 once cold; 0.04 a GB read, 0.07 a GB written",
    ),
    Cost(
        switch="data.secrets.names",
        type="aws:secretsmanager/secret:Secret",
        monthly_usd=0.40,
        unit="secret",
        buys="secrets that nobody has to know, renewed by themselves",
        fallback="none of ours; the database's own comes with it",
        layers=PRIMARY,
        beside="0.05 for 10,000 reads",
    ),
    Cost(
        switch="data.heartbeat",
        type="aws:lambda/function:Function",
        monthly_usd=2.0,
        unit="heartbeat in three stores",
        buys="an RPO from data that really came back, and an alarm when a store takes no writes",
        fallback="null: the RPO is the recovery point's own instant, which flatters",
        layers=PRIMARY,
    ),
]
