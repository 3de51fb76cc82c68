"""The hosts of the lab: which there are, what each keeps on its disk, and what it may see of the machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

USER = "postgres"
HOME = "/var/lib/postgresql"
ROUTER = "router"

# Directories that outlive a host: everything else on it is gone when it stops. Debian keeps the server's settings in
# /etc/postgresql, outside the data directory.
PERSISTENT: tuple[str, ...] = (
    "/etc/pgbackrest",
    "/etc/postgresql",
    "/home",
    "/srv",
    "/var/lib/pgbackrest",
    "/var/lib/postgresql",
    "/var/lib/stormproof",
    "/var/lib/stormproof-app",
    "/var/log",
    "/var/spool",
)


@dataclass(frozen=True, slots=True)
class HostSpec:
    """One host, before it has addresses.

    Attributes:
        number: its place in the network, 1 to 250, unique in a lab.
        etc: further files below /etc (path relative to /etc -> content), read-only on the host, mode 0644.
        read_only_paths: folders of the machine shown at the same path, read-only (an interpreter, say).
        memory_dirs: directories below a persistent one that are kept in memory (lost when the host stops).
        read_only_views: directory -> another directory of the same host that it shows, read-only.
    """

    name: str
    number: int
    etc: Mapping[str, str] = field(default_factory=dict)
    read_only_paths: tuple[Path, ...] = ()
    memory_dirs: tuple[str, ...] = ()
    read_only_views: Mapping[str, str] = field(default_factory=dict)


HOSTS: tuple[HostSpec, ...] = (
    HostSpec("app-primary", 1),
    HostSpec("app-web", 2),
    HostSpec("vault", 3),
    HostSpec("recovery-1", 4),
    HostSpec("outside", 5),
)
