"""What an isolation proof has to look at: which ways, from where, with whose witness. Pure data, made from the inventory."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Literal

INTERNET = "internet"


@dataclass(frozen=True, slots=True)
class Way:
    """One address, port and protocol to try from the isolated hosts.

    `to` is for people (`app-primary:5432`); `group` is the environment that the way leads into, or `internet`;
    `witness` is the host that may connect there, None when the inventory names nobody.
    """

    id: str
    to: str
    host: str
    address: str
    port: int
    group: str
    protocol: Literal["tcp", "udp"] = "tcp"
    expected: Literal["blocked", "connected"] = "blocked"
    witness: str | None = None

    @property
    def family(self) -> Literal["ipv4", "ipv6"]:
        return "ipv6" if ":" in self.address else "ipv4"


@dataclass(frozen=True, slots=True)
class Through:
    """A host that may be reached, and so a way on: its SSH server is tried with every credential that is found."""

    name: str
    address: str
    port: int
    host_key: str
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """An SSH server of a protected environment that a witness can ask whether it would take a public key."""

    host: str
    group: str
    address: str
    port: int
    user: str
    host_key: str
    witness: str


@dataclass(frozen=True, slots=True)
class Isolated:
    """One host of the environment to be proved. `addresses` are those that the inventory gives it."""

    name: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything a proof of one environment looks at.

    `protected_addresses` and `protected_names` map to the host that they mean; `own_addresses` are those of every host
    of the environment, `reachable_addresses` of the hosts that it must reach. `protected_keys` maps the SHA-256
    fingerprints (`SHA256:…`, as ssh-keygen prints them) of keys that open protected hosts to the host's name.
    """

    environment: str
    hosts: tuple[Isolated, ...]
    protected: tuple[str, ...]
    ways: tuple[Way, ...]
    through: tuple[Through, ...]
    asks: tuple[Ask, ...]
    protected_addresses: dict[str, str]
    protected_names: dict[str, str]
    own_addresses: frozenset[str]
    reachable_addresses: frozenset[str]
    ssh_ports: frozenset[int]
    protected_keys: dict[str, str]
    unresolved: tuple[str, ...] = ()

    @property
    def must_count(self) -> tuple[str, ...]:
        """For each of these at least one blocked and witnessed probe is needed."""
        return (*self.protected, INTERNET)

    @property
    def tried_through(self) -> tuple[Way, ...]:
        """The forbidden TCP ways, which are tried again through every host that may be reached."""
        return tuple(w for w in self.ways if w.expected == "blocked" and w.protocol == "tcp")

    @property
    def lookups(self) -> tuple[str, ...]:
        """Names to be looked up on the isolated hosts, where none of them should lead to production."""
        return tuple(self.protected_names)

    def protected_host_of(self, text: str) -> str | None:
        """The protected host that a name, address, `[address]:port` or qualified name means; None for any other.

        `app-primary.example.com` means app-primary, unless the inventory gives that host by another qualified name.
        """
        bare = plain_address(text).rstrip(".")
        found = self.protected_addresses.get(bare) or self.protected_names.get(bare)
        if found is None and "." in bare:
            first = self.protected_names.get(bare.partition(".")[0])
            if first is not None and not any("." in n for n, host in self.protected_names.items() if host == first):
                return first
        return found


def plain_address(text: str) -> str:
    """An address as the inventory's tables hold it: no brackets, port, zone or prefix, IPv6 in its short form."""
    bare = text.strip().strip("'\"")
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    bare = bare.partition("%")[0].partition("/")[0]
    try:
        parsed = ipaddress.ip_address(bare)
    except ValueError:
        return bare.lower()
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)
