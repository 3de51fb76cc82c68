"""What the source looked like at a backup. Captured then, kept in the vault; drills compare with it and never ask production."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from stormproof.core.instant import Instant


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class PostgresReference(_Part):
    """One database cluster's shape at one instant. Only names, definitions, counts and digests: never a row.

    `databases` maps a database's name to its shape. Definitions are texts as PostgreSQL prints them.
    """

    captured_at: Instant
    lsn: str
    timeline: int
    system_identifier: str
    server_version: str
    settings: dict[str, str]  # every setting whose source is not the default: name -> value
    roles: dict[str, str]  # role -> attributes and memberships, one line
    databases: dict[str, DatabaseReference]
    checksums: bool


class DatabaseReference(_Part):
    encoding: str
    collation: str
    ctype: str
    extensions: dict[str, str]  # name -> version
    collation_versions: dict[str, str]  # collation -> version recorded and in use
    objects: dict[str, str]  # 'table public.orders', 'column public.orders.id', 'constraint …', 'index …' -> definition
    grants: dict[str, str]  # object -> access list
    rows: dict[str, int]  # table -> exact count
    sequences: dict[str, int]  # sequence -> last value
    sequences_behind: tuple[str, ...] = ()  # columns that already held more than their sequence had given out
    large_objects: int
    materialised_views: dict[str, bool]  # name -> populated
    heartbeat_sequence: int | None = None
    heartbeat_at: Instant | None = None


class FilesReference(_Part):
    captured_at: Instant
    snapshot: str | None
    files: int
    bytes: int
    digest: str  # sha256 over the sorted lines "path\tsha256\n"
    until: Instant | None = None  # only files last modified at or before this instant are counted


class Reference(_Part):
    """The document in the vault: references/SERVICE/LABEL.json."""

    service: str
    label: str
    captured_at: Instant
    postgres: PostgresReference | None = None
    files: FilesReference | None = None
