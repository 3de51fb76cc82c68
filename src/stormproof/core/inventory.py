"""The machines, services and environments that recovery knows: inventory.yaml, the lab's or a user's own.

Only what is written there is held here. Relative `file:` paths and identities are relative to `folder`, the inventory's
own; who reads them resolves them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, model_validator

from stormproof.core.check_spec import SpecPart, TableName, Text, mistake
from stormproof.core.errors import Refused
from stormproof.core.units import Duration

WORK_DEFAULT = "/var/lib/stormproof"
RESTIC_ROOT_DEFAULT = "/srv/vault/restic"
REFERENCES_DEFAULT = "/srv/vault/references"
NAME = re.compile(r"[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?", re.ASCII)
_HOST_NAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\.[A-Za-z0-9]([A-Za-z0-9-]{0,62}))*", re.ASCII)
_ENDPOINT = re.compile(r"(?P<host>[a-z0-9._-]+):(?P<port>\d{1,5})(/(?P<protocol>tcp|udp))?", re.ASCII)
_HOST_KEY = re.compile(r"(ssh-(ed25519|rsa)|ecdsa-sha2-\S+|sk-\S+) [A-Za-z0-9+/]+={0,3}( .*)?")


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        if _HOST_NAME.fullmatch(text) and not re.fullmatch(r"[\d.]+", text):
            return text
    raise mistake(f"'{text}' is neither an IP address nor a host name", "write for example 10.0.10.5")


def _address6(text: str) -> str:
    try:
        return str(ipaddress.IPv6Address(text))
    except ValueError:
        raise mistake(f"'{text}' is no IPv6 address", "write for example fd00::5, or leave it out") from None


def _host_key(text: str) -> str:
    if _HOST_KEY.fullmatch(text.strip()) is None:
        raise mistake(
            "this is no SSH host key", 'write it as in /etc/ssh/ssh_host_ed25519_key.pub: "ssh-ed25519 AAAA…"'
        )
    return text.strip()


def _absolute(text: str) -> str:
    if not text.startswith("/") or "/../" in f"{text}/" or "\0" in text:
        raise mistake(f"'{text}' is no absolute path", "start it with / and leave out '..'")
    return text.rstrip("/") or "/"


def _file_place(text: str) -> str:
    if not text.startswith("file:") or not text.removeprefix("file:"):
        raise mistake(f"'{text}' names no place", "write for example file:keys/")
    return text


class Endpoint(SpecPart):
    """One thing to reach or not to reach: `vault:22`, `outside:53/udp`."""

    host: str
    port: Annotated[int, Field(ge=1, le=65535)]
    protocol: Literal["tcp", "udp"] = "tcp"

    def __str__(self) -> str:
        return f"{self.host}:{self.port}" + ("/udp" if self.protocol == "udp" else "")


def _endpoint(value: Any) -> Any:
    if isinstance(value, Endpoint):
        return value
    match = _ENDPOINT.fullmatch(value) if isinstance(value, str) else None
    if match is None or not 1 <= int(match["port"]) <= 65535:
        raise mistake(f"'{value}' is no host:port", "write for example vault:22 or outside:53/udp")
    return Endpoint(host=match["host"], port=int(match["port"]), protocol=match["protocol"] or "tcp")


Address = Annotated[str, AfterValidator(_address)]
AbsolutePath = Annotated[str, AfterValidator(_absolute)]
Port = Annotated[int, Field(ge=1, le=65535)]
Endpoints = Annotated[tuple[Annotated[Endpoint, BeforeValidator(_endpoint)], ...], Field(strict=False)]


class IsolationRules(SpecPart):
    """What a proof of isolation tries. `witness` maps a host to the one that may connect to it and so proves it alive."""

    must_reach: Endpoints = ()
    must_not_reach: Endpoints = ()
    witness: Mapping[str, str] = {}


class Environment(SpecPart):
    protected: bool = Field(description="true where a drill may never act, such as production")
    isolation: IsolationRules | None = None


class Via(SpecPart):
    """How a host of the lab is dialled: through the namespaces that the lab's state file knows."""

    namespace: Text
    host: Text


class HostEntry(SpecPart):
    """One machine. `work` is the folder in which each run has its own, on that machine."""

    filled_in: ClassVar[frozenset[str]] = frozenset({"name"})

    name: str
    environment: Text
    address: Address
    address6: Annotated[str, AfterValidator(_address6)] | None = None
    port: Port = 22
    user: Text = Field(description="the user to log in as")
    host_key: Annotated[str, AfterValidator(_host_key)] = Field(description="the host's public key, pinned")
    identity: Text = Field(description="the private key to log in with")
    roles: tuple[Text, ...] = Field(default=(), strict=False)
    via: Via | None = None
    work: AbsolutePath = WORK_DEFAULT


class Readiness(SpecPart):
    """The application's first write and read. `:'run'` stands for the run's id, quoted."""

    write: Text
    read: Text


class Service(SpecPart):
    filled_in: ClassVar[frozenset[str]] = frozenset({"name", "password_secret", "config_repository_url"})
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
    secret: Text = "restic-password"


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
    cipher_secret: Text = "pgbackrest-cipher"
    restore_processes: int | None = Field(default=None, ge=1, le=64)
    wal_stream: AbsolutePath | None = Field(default=None, description="folder at the vault where pg_receivewal writes")
    wal_stream_reader: AbsolutePath | None = Field(default=None, description="the same, as the recovery host sees it")
    heartbeat: Heartbeat | None = None
    references: AbsolutePath = Field(
        default=REFERENCES_DEFAULT, description="folder at the vault that holds references"
    )
    config: ServerConfig | None = None

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
    repository_secret: Text = "restic-password"
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


class SecretsPlace(SpecPart):
    source: Annotated[str, AfterValidator(_file_place)]


class Inventory(SpecPart):
    """All of it. Mappings are by name; every entry knows its own name."""

    environments: Mapping[str, Environment]
    hosts: Mapping[str, HostEntry]
    services: Mapping[str, AnyService]
    secrets: SecretsPlace
    lab: bool = Field(default=False, description="true in an inventory that the lab wrote; never in your own")

    _folder: str = PrivateAttr(default=".")

    @model_validator(mode="before")
    @classmethod
    def _name_entries(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        named = dict(data)
        for section in ("hosts", "services"):
            entries = data.get(section)
            if isinstance(entries, dict):
                named[section] = {
                    name: {**entry, "name": name} if isinstance(entry, dict) else entry
                    for name, entry in entries.items()
                }
        return named

    @model_validator(mode="after")
    def _fill_vaults(self) -> Self:
        """A service that names no vault gets the only host that has the repository's role."""
        for role, kind in (("pgbackrest-repository", PostgresService), ("restic-repository", FilesService)):
            keeping = self.with_role(role)
            for name, service in self.services.items():
                if isinstance(service, kind) and not service.vault and len(keeping) == 1:
                    filled = service.model_copy(update={"vault": keeping[0]})
                    self.services[name] = filled  # type: ignore[index]
        return self

    @property
    def folder(self) -> str:
        """The inventory file's own folder: what relative paths in it are relative to."""
        return self._folder

    def in_folder(self, folder: str) -> Inventory:
        """The same inventory, read from a file in `folder`."""
        copy = self.model_copy()
        copy._folder = folder
        return copy

    def protected_environments(self) -> frozenset[str]:
        return frozenset(name for name, environment in self.environments.items() if environment.protected)

    def protected_hosts(self) -> frozenset[str]:
        """Hosts of a protected environment, and every other host that shares an address with one of them."""
        addresses = self.protected_addresses()
        return frozenset(name for name, host in self.hosts.items() if addresses & _addresses(host))

    def protected_addresses(self) -> frozenset[str]:
        protected = self.protected_environments()
        return frozenset(
            address for host in self.hosts.values() if host.environment in protected for address in _addresses(host)
        )

    def hosts_of(self, environment: str) -> Mapping[str, HostEntry]:
        return {name: host for name, host in self.hosts.items() if host.environment == environment}

    def with_role(self, role: str, *, environment: str | None = None) -> Sequence[str]:
        """Names of the hosts that have a role, in the file's order."""
        return [
            name for name, host in self.hosts.items() if role in host.roles and environment in (None, host.environment)
        ]

    def parts_of(self, service: str) -> Sequence[PostgresService | FilesService]:
        """The stored services that a service consists of: itself, or an application's parts in their order."""
        entry = self.services[service]
        if not isinstance(entry, ApplicationService):
            return [entry]
        return [part for name in entry.made_of for part in self.parts_of(name)]

    def part(self, service: str, kind: str) -> PostgresService | FilesService | None:
        """The first part of that kind, or None."""
        return next((part for part in self.parts_of(service) if part.kind == kind), None)

    def vault_of(self, service: str) -> str:
        """The host that keeps a stored service's backups. Raises Refused when none, or several, could be meant."""
        entry = self.services[service]
        vault = getattr(entry, "vault", "")
        if not vault:
            raise Refused(
                f"the service {service!r} names no vault, and not exactly one host has its repository's role",
                where=f"inventory.yaml: services.{service}",
                fix="give it `vault: HOST`",
                code="SP113",
            )
        return str(vault)

    def rows_of(self, service: str) -> str | None:
        """The SQL that lists the files that rows point to; None when the service says nothing about them."""
        entry = self.services[service]
        return entry.rows if isinstance(entry, ApplicationService) else None


def _addresses(host: HostEntry) -> set[str]:
    return {address for address in (host.address, host.address6) if address}


def _restic_url(repository: str, alias: str, path: str | None) -> str:
    """A whole address (sftp:…, s3:…) as it is; else the folder, read over sftp by the recovery host's ssh alias."""
    if ":" in repository:
        return repository
    return f"sftp:{alias}:{_restic_path(repository, path)}"


def _restic_path(repository: str, path: str | None) -> str:
    return path or (repository if repository.startswith("/") else f"{RESTIC_ROOT_DEFAULT}/{repository}")
