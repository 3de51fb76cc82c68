"""The machines, services and environments that recovery knows: inventory.yaml, the lab's or a user's own.

Only what is written there is held here. Relative `file:` paths and identities are relative to `folder`, the inventory's
own; who reads them resolves them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, model_validator

from stormproof.core.errors import Refused
from stormproof.core.service import (
    AbsolutePath,
    AnyService,
    ApplicationService,
    FilesService,
    Port,
    PostgresService,
)
from stormproof.core.spec_part import SpecPart, Text, mistake

__all__ = ["ApplicationService", "Environment", "FilesService", "HostEntry", "Inventory", "PostgresService"]

WORK_DEFAULT = "/var/lib/stormproof"
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
    protocol: Literal["tcp", "udp"] = "udp" if match["protocol"] == "udp" else "tcp"
    return Endpoint(host=match["host"], port=int(match["port"]), protocol=protocol)


Address = Annotated[str, AfterValidator(_address)]
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
                wanted = isinstance(service, kind) and not getattr(service, "object_store", False)
                if wanted and isinstance(service, kind) and not service.vault and len(keeping) == 1:
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

    def keeper_of(self, service: str, reader: str) -> str:
        """The host to ask what a service's repository holds: its vault, or for an object store `reader` itself.

        Raises Refused as `vault_of`.
        """
        return reader if getattr(self.services[service], "object_store", False) else self.vault_of(service)

    def rows_of(self, service: str) -> str | None:
        """The SQL that lists the files that rows point to; None when the service says nothing about them."""
        entry = self.services[service]
        return entry.rows if isinstance(entry, ApplicationService) else None


def _addresses(host: HostEntry) -> set[str]:
    return {address for address in (host.address, host.address6) if address}
