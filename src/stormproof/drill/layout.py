"""Where a drill's restored copy lies on the recovery host: the same places as the runbooks use."""

from __future__ import annotations

from dataclasses import dataclass

from stormproof.core.errors import Refused
from stormproof.core.inventory import FilesService, Inventory, PostgresService


@dataclass(frozen=True, slots=True)
class Layout:
    """The recovery host by name, its work folder and the run's own folder in it."""

    host: str
    work: str
    run_dir: str


def layout_of(inventory: Inventory, environment: str, run_id: str) -> Layout:
    """Raises Refused when the environment has not exactly one host."""
    names = [name for name, host in inventory.hosts.items() if host.environment == environment]
    if len(names) != 1:
        raise Refused(
            f"the environment {environment!r} has {len(names)} hosts; a drill restores onto exactly one",
            where="inventory.yaml: hosts",
            fix=f"give one host `environment: {environment}`",
            code="SP110",
        )
    work = inventory.hosts[names[0]].work
    return Layout(names[0], work, f"{work}/{run_id}")


@dataclass(frozen=True, slots=True)
class Parts:
    """The stored services that a drill's service consists of: at most one of each kind."""

    postgres: PostgresService | None
    files: FilesService | None

    @property
    def stores(self) -> list[str]:
        """Which there are, as the runbooks of several call them."""
        return [name for name in ("postgres", "files") if getattr(self, name) is not None]

    @property
    def present(self) -> list[PostgresService | FilesService]:
        return [part for part in (self.postgres, self.files) if part is not None]

    @property
    def secrets(self) -> list[str]:
        """Names of the passphrases and passwords that bringing them back takes."""
        names = [self.files.repository_secret] if self.files is not None else []
        if self.postgres is not None:
            names += [self.postgres.cipher_secret, self.postgres.password_secret]
            names += [self.postgres.config_secret] if self.postgres.config is not None else []
        return sorted(set(names))


def parts_of(inventory: Inventory, service: str) -> Parts:
    """Raises Refused for a service of two databases or two directories: one procedure restores one of each."""
    found = inventory.parts_of(service)
    postgres = [part for part in found if isinstance(part, PostgresService)]
    files = [part for part in found if isinstance(part, FilesService)]
    if len(postgres) > 1 or len(files) > 1:
        raise Refused(
            f"the service {service!r} is made of {len(postgres)} databases and {len(files)} directories",
            where=f"inventory.yaml: services.{service}",
            fix="drill them as applications of at most one of each",
            code="SP114",
        )
    return Parts(postgres[0] if postgres else None, files[0] if files else None)
