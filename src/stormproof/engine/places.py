"""Where a run may act: the hosts of its environment, and nothing of production in a drill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from stormproof.core.errors import Refused
from stormproof.core.ports import Hosts, Secrets


class HostEntry(Protocol):
    """One host of the inventory, as far as the engine looks at it."""

    @property
    def environment(self) -> str: ...

    @property
    def address(self) -> str: ...

    @property
    def roles(self) -> Sequence[str]: ...


class EnvironmentEntry(Protocol):
    @property
    def protected(self) -> bool: ...


class Inventory(Protocol):
    """The inventory, as far as the engine looks at it."""

    @property
    def hosts(self) -> Mapping[str, HostEntry]: ...

    @property
    def environments(self) -> Mapping[str, EnvironmentEntry]: ...

    @property
    def services(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Places:
    """What a run is let at: the inventory, connections, and the place that secrets come from."""

    inventory: Any  # an Inventory; runbooks read more of it than the engine does
    hosts: Hosts
    secrets: Secrets


def is_protected(inventory: Inventory, host: str) -> bool:
    """Whether a host, or another host with its address, belongs to a protected environment."""
    address = inventory.hosts[host].address
    return any(
        entry.address == address
        and (environment := inventory.environments.get(entry.environment)) is not None
        and environment.protected
        for entry in inventory.hosts.values()
    )


def target_name(inventory: Inventory, *, role: str, environment: str, mode: str) -> str:
    """The host that plays `role` in the run's environment.

    In an environment without roles, its only host plays every role.
    Raises Refused: no such host, several of them, or a protected one in a drill.
    """
    here = {name: entry for name, entry in inventory.hosts.items() if entry.environment == environment}
    playing = [name for name, entry in here.items() if role in entry.roles]
    if not playing and not any(entry.roles for entry in here.values()):
        playing = list(here)
    if len(playing) != 1:
        raise Refused(
            f"environment '{environment}' has {'no host' if not playing else 'several hosts'} for role '{role}'"
            + (f": {', '.join(sorted(playing))}" if playing else ""),
            where=f"inventory, hosts with environment: {environment}",
            fix=f"give exactly one of them roles: [{role}]",
            code="SP240",
        )
    refuse_protected(inventory, playing[0], mode=mode)
    return playing[0]


def refuse_protected(inventory: Inventory, host: str, *, mode: str) -> None:
    """Raises Refused for an unknown host, and in a drill for any address that the inventory knows as protected."""
    if host not in inventory.hosts:
        raise Refused(
            f"host '{host}' is not in the inventory",
            where="inventory, hosts",
            fix=f"use one of: {', '.join(sorted(inventory.hosts))}",
            code="SP241",
        )
    if mode != "outage" and is_protected(inventory, host):
        raise Refused(
            f"a drill may not reach '{host}': {inventory.hosts[host].address} belongs to a protected environment",
            where=f"inventory, hosts.{host}",
            fix="run the drill in an isolated environment; only --mode outage acts on protected hosts",
            code="SP242",
        )


def service_name(inventory: Inventory, *, service: str, kind: str) -> str:
    """The service of that kind that a run for `service` is about: itself, or the one part of it.

    Raises Refused: none, or several.
    """
    if service not in inventory.services:
        raise Refused(
            f"service '{service}' is not in the inventory",
            where="inventory, services",
            fix=f"use one of: {', '.join(sorted(inventory.services)) or '(none is declared)'}",
            code="SP243",
        )
    entry = inventory.services[service]
    parts = [service, *(getattr(entry, "made_of", None) or ())]
    found = [name for name in parts if name in inventory.services and inventory.services[name].kind == kind]
    if len(found) != 1:
        raise Refused(
            f"service '{service}' has {'no part' if not found else 'several parts'} of kind '{kind}'",
            where=f"inventory, services.{service}",
            fix=f"name exactly one service of kind {kind} in made_of, or run the runbook for that service itself",
            code="SP244",
        )
    return str(found[0])
