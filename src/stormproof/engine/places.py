"""Where a run may act: the hosts of its environment, and nothing of production in a drill."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stormproof.core.errors import Refused
from stormproof.core.ports import Hosts, Secrets

if TYPE_CHECKING:  # the models behind it load pydantic; whoever makes a Places has loaded it already
    from stormproof.core.inventory import Inventory

PRIMARY = "primary"  # the role of the host that a service runs on


@dataclass(frozen=True, slots=True)
class Places:
    """What a run is let at: the inventory, connections, and the place that secrets come from."""

    inventory: Inventory
    hosts: Hosts
    secrets: Secrets


def refuse_environment(inventory: Inventory, environment: str, *, mode: str) -> None:
    """Raises Refused for an unknown environment, and for a drill in a protected one."""
    if environment not in inventory.environments:
        raise Refused(
            f"environment '{environment}' is not in the inventory",
            where="inventory, environments",
            fix=f"use one of: {', '.join(sorted(inventory.environments))}",
            code="SP245",
        )
    if mode != "outage" and inventory.environments[environment].protected:
        raise Refused(
            f"a drill may not act in '{environment}': it is a protected environment",
            where=f"inventory, environments.{environment}",
            fix="run the drill in an isolated environment; only --mode outage acts on protected ones",
            code="SP246",
        )


def target_name(inventory: Inventory, *, role: str, environment: str, mode: str, service: str) -> str:
    """The host that plays `role` in the run's environment.

    Nobody needs to be given the role of the primary: it is the host of the run's service, where that lives in this
    environment. In an environment without any role, its only host plays every role.
    Raises Refused: no such host, several of them, or a protected one in a drill.
    """
    here = inventory.hosts_of(environment)
    playing = list(inventory.with_role(role, environment=environment))
    if not playing and role == PRIMARY and service in inventory.services:
        playing = sorted({part.host for part in inventory.parts_of(service) if part.host in here})
    if not playing and not any(host.roles for host in here.values()):
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
    """Raises Refused for an unknown host, and in a drill for any that has an address of a protected environment."""
    if host not in inventory.hosts:
        raise Refused(
            f"host '{host}' is not in the inventory",
            where="inventory, hosts",
            fix=f"use one of: {', '.join(sorted(inventory.hosts))}",
            code="SP241",
        )
    if mode != "outage" and host in inventory.protected_hosts():
        raise Refused(
            f"a drill may not reach '{host}': it has an address of a protected environment",
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
    candidates = {service, *(part.name for part in inventory.parts_of(service))}
    found = sorted(name for name in candidates if inventory.services[name].kind == kind)
    if len(found) != 1:
        raise Refused(
            f"service '{service}' has {'no part' if not found else 'several parts'} of kind '{kind}'",
            where=f"inventory, services.{service}",
            fix=f"name exactly one service of kind {kind} in made_of, or run the runbook for that service itself",
            code="SP244",
        )
    return found[0]
