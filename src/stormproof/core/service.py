"""What is recovered: databases, directories of files, and applications made of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from stormproof.core.procedure import Procedure, need_tls
from stormproof.core.spec_part import SpecPart, TableName, Text, mistake
from stormproof.core.units import Duration

RESTIC_ROOT_DEFAULT = "/srv/vault/restic"
REFERENCES_DEFAULT = "/srv/vault/references"
RESTIC_SECRET = "restic-password"  # noqa: S105 - the name of a secret, not its value
CIPHER_SECRET = "pgbackrest-cipher"  # noqa: S105 - likewise


def _absolute(text: str) -> str:
    if not text.startswith("/") or "/../" in f"{text}/" or "\0" in text:
        raise mistake(f"'{text}' is no absolute path", "start it with / and leave out '..'")
    return text.rstrip("/") or "/"


AbsolutePath = Annotated[str, AfterValidator(_absolute)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Readiness(SpecPart):
    """The application's first write and read. `:'run'` stands for the run's id, quoted."""

    write: Text
    read: Text


class Service(SpecPart):
    filled_in: ClassVar[frozenset[str]] = frozenset({"name"})
    tag: ClassVar[str]

    name: str


class StoredService(Service):
    """A service whose data one host holds and one vault keeps. `vault` None: the only host with the repository's role."""

    host: Text
    vault: str = Field(default="", description="host that keeps the backups; left out: the only one with that role")
    files_alias: Text = Field(
        default="vault-files", description="ssh alias of the vault for files, on the recovery host"
    )


class Heartbeat(SpecPart):
    """The writer that tells what was lost: one row per interval, and a file of what was acknowledged to it."""

    host: Text = Field(description="the host that writes, such as the application's: it must survive the database's")
    acknowledged: AbsolutePath = Field(description="its file of acknowledged writes, `sequence at` a line")
    table: TableName = "stormproof.heartbeat"
    interval: Duration = timedelta(milliseconds=100)


class ServerConfig(SpecPart):
    """Configuration outside the data directory (Debian's /etc/postgresql), kept as a restic snapshot."""

    repository: Text
    repository_path: AbsolutePath | None = Field(default=None, description="the repository's folder at the vault")
    reader_path: AbsolutePath | None = Field(default=None, description="the same, as the recovery host sees it")
    tag: Text = "postgresql-config"
    path: AbsolutePath = "/etc/postgresql"
    secret: Text = RESTIC_SECRET


class TlsReader(SpecPart):
    """pgBackRest's TLS server at the vault as the recovery host reaches it; the files lie on that host.

    The server has no read-only mode: it must itself run where it can write nothing and read one repository only.
    """

    port: Port = 8432
    ca: AbsolutePath
    certificate: AbsolutePath
    key: AbsolutePath


class PostgresService(StoredService):
    tag = "postgres"
    kind: Literal["postgres"]
    stanza: Text = Field(description="pgBackRest's name of this cluster")
    database: Text = Field(description="the application's database")
    port: Port = 5432
    superuser: Text = "postgres"
    application_role: Text = Field(description="the role that the application connects as")
    password: Text = Field(description="where the application role's password is, such as file:keys/shop_app")
    readiness: Readiness
    cipher_secret: Text = CIPHER_SECRET
    object_store: bool = Field(
        default=False,
        description="true where the repository lies in an object store (S3, Azure, GCS) and no host keeps it",
    )
    binaries: AbsolutePath | None = Field(
        default=None, description="folder of PostgreSQL's programs on the recovery host, where it is not the usual one"
    )
    restore_processes: int | None = Field(default=None, ge=1, le=64)
    procedure: Procedure = Field(default=Procedure(), description="switches of the recovery's speed")
    tls: TlsReader | None = Field(default=None, description="pgBackRest's TLS server at the vault, where there is one")
    wal_stream: AbsolutePath | None = Field(default=None, description="folder at the vault where pg_receivewal writes")
    wal_stream_reader: AbsolutePath | None = Field(default=None, description="the same, as the recovery host sees it")
    heartbeat: Heartbeat | None = None
    references: AbsolutePath = Field(
        default=REFERENCES_DEFAULT, description="folder at the vault that holds references"
    )
    config: ServerConfig | None = None

    @model_validator(mode="after")
    def _has_its_way(self) -> Self:
        need_tls(self.procedure.transport, self.tls)
        return self

    @property
    def password_secret(self) -> str:
        """Name of the password among the secrets."""
        return self.password.rsplit("/", 1)[-1].removeprefix("file:")

    @property
    def config_repository(self) -> str | None:
        """restic's address of the repository that keeps the configuration; None when none is kept apart."""
        if self.config is None:
            return None
        return _restic_url(
            self.config.repository, self.files_alias, self.config.reader_path or self.config.repository_path
        )

    @property
    def config_repository_path(self) -> str | None:
        """The folder of the configuration's repository at the vault."""
        return _restic_path(self.config.repository, self.config.repository_path) if self.config else None

    @property
    def config_secret(self) -> str:
        return (self.config or ServerConfig(repository="-")).secret

    @property
    def config_tag(self) -> str:
        return (self.config or ServerConfig(repository="-")).tag

    @property
    def config_path(self) -> str:
        return (self.config or ServerConfig(repository="-")).path


class FilesService(StoredService):
    """A directory. `repository` is both restic's tag and the repository's name, or its whole address."""

    tag = "files"
    kind: Literal["files"]
    path: AbsolutePath
    repository: Text
    repository_secret: Text = RESTIC_SECRET
    repository_path_at_vault: AbsolutePath | None = Field(
        default=None, alias="repository_path", description="the repository's folder at the vault"
    )
    reader_path: AbsolutePath | None = Field(default=None, description="the same, as the recovery host sees it")
    snapshot_tag: str = Field(
        default="", description="restic's tag of these snapshots; left out: the repository's name"
    )
    references: AbsolutePath = Field(
        default=REFERENCES_DEFAULT, description="folder at the vault that holds references"
    )

    @property
    def repository_url(self) -> str:
        """restic's address, as the recovery host uses it."""
        return _restic_url(self.repository, self.files_alias, self.reader_path or self.repository_path_at_vault)

    @property
    def repository_path(self) -> str:
        """The repository's folder at the vault."""
        return _restic_path(self.repository, self.repository_path_at_vault)

    @property
    def tag_of_snapshots(self) -> str:
        return self.snapshot_tag or self.repository


class ApplicationService(Service):
    """Several services that belong together; `rows` lists path, sha256 and created_at of each file that a row names."""

    tag = "application"
    kind: Literal["application"]
    made_of: Annotated[tuple[Text, ...], Field(min_length=1, strict=False)]
    rows: Text | None = None


AnyService = Annotated[PostgresService | FilesService | ApplicationService, Field(discriminator="kind")]


def _restic_url(repository: str, alias: str, path: str | None) -> str:
    """A whole address (sftp:…, s3:…) as it is; else the folder, read over sftp by the recovery host's ssh alias."""
    if ":" in repository:
        return repository
    return f"sftp:{alias}:{_restic_path(repository, path)}"


def _restic_path(repository: str, path: str | None) -> str:
    return path or (repository if repository.startswith("/") else f"{RESTIC_ROOT_DEFAULT}/{repository}")
