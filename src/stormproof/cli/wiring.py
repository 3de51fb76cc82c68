"""Joins adapters to the ports of the core: connections, secrets, journal, evidence, and in the lab its disaster maker."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stormproof.cli.named_path import named_path

if TYPE_CHECKING:
    from stormproof.adapters.ssh import SshHosts
    from stormproof.core.drill_spec import Scenario
    from stormproof.core.inventory import Inventory
    from stormproof.core.journal import Journal
    from stormproof.core.ports import Secrets
    from stormproof.core.progress import Progress
    from stormproof.core.redact import Redactor
    from stormproof.drill.ports import Disaster, DrillPorts
    from stormproof.engine.runbook import Runbook
    from stormproof.engine.stopping import StopRequest
    from stormproof.lab.lab import Lab


@dataclass(frozen=True, slots=True)
class ProjectPlaces:
    """Where one project's things are: what it is made of (folder, runbooks) and what it made (home)."""

    folder: Path
    home: Path
    runbooks: Path
    inventory_folder: Path


def open_hosts(inventory: Inventory, folder: Path, redactor: Redactor) -> SshHosts:
    """Connections to every host of the inventory, opened when first used; a lab's host is dialled by its namespace."""
    from stormproof.adapters.namespace_dial import dial
    from stormproof.adapters.ssh import Dialer, SshHosts, SshPlace

    places: dict[str, SshPlace] = {}
    dialers: dict[str, Dialer] = {}
    for name, host in inventory.hosts.items():
        identity = named_path(host.identity, where=f"inventory: hosts.{name}.identity")
        places[name] = SshPlace(
            name=name,
            address=host.address,
            port=host.port,
            user=host.user,
            host_key=host.host_key,
            identity=identity if identity.is_absolute() else folder / identity,
            work=host.work,
        )
        if host.via is not None:
            dialers[name] = partial(dial, Path(host.via.namespace), host.via.host)
    return SshHosts(places, dialers, redactor)


def open_secrets(inventory: Inventory, folder: Path) -> Secrets:
    """`secrets: {source: file:…}`, relative to the inventory's own folder."""
    from stormproof.adapters.file_secrets import FileSecrets

    place = named_path(inventory.secrets.source.removeprefix("file:"), where="inventory: secrets.source")
    return FileSecrets(place if place.is_absolute() else folder / place, shown_as=inventory.secrets.source)


def open_journal(home: Path, redactor: Redactor, dsn: str | None = None) -> Journal:
    """The project's journal: SQLite in its state folder, or PostgreSQL for several machines."""
    if dsn:
        from stormproof.adapters.journal_postgres import PostgresJournal

        return PostgresJournal(dsn, redactor)
    from stormproof.adapters.journal_sqlite import SqliteJournal

    return SqliteJournal(home / "journal.sqlite", redactor)


# What the lab writes around a dropped table (lab/disaster.py): one row just before the target, one just after.
MARKER_KEPT = "select count(*) from public.orders where details->>'marker' = 'before the drop'"
MARKER_GONE = "select count(*) from public.customers where name = 'marker: after the drop'"


class LabDisasters:
    """The lab as a drill sees it: it harms its own source, and heals it."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def inject(self, scenario: Scenario) -> Disaster:
        from stormproof.drill.ports import Disaster

        wanted: dict[str, Any] = {"kind": scenario.kind}
        if scenario.table is not None:
            wanted["table"] = scenario.table
        told: Mapping[str, Any] = self._lab.inject(wanted)
        target = told.get("target")
        return Disaster(
            t_fail=datetime.fromisoformat(str(told["t_fail"])),
            lsn=told.get("lsn"),
            target=datetime.fromisoformat(str(target)) if target else None,
            kept=MARKER_KEPT if scenario.kind == "dropped-table" else None,
            gone=MARKER_GONE if scenario.kind == "dropped-table" else None,
        )

    def heal(self) -> None:
        self._lab.heal()


@contextmanager
def drill_ports(
    inventory: Inventory,
    places: ProjectPlaces,
    *,
    progress: Progress,
    stop: StopRequest,
    level: str,
    lab: Lab | None = None,
    versions: Mapping[str, str] | None = None,
    journal_dsn: str | None = None,
    books: Callable[[str], Runbook] | None = None,
) -> Iterator[DrillPorts]:
    """Everything that a drill needs, closed again afterwards."""
    from stormproof.adapters.evidence_reader import unfinished_starts
    from stormproof.adapters.evidence_store import EvidenceStore
    from stormproof.adapters.signing import load_or_create_signer
    from stormproof.adapters.system_clock import SystemClock
    from stormproof.core.redact import Redactor
    from stormproof.drill.ports import DrillPorts
    from stormproof.engine.discovery import load_runbook

    redactor = Redactor()
    hosts = open_hosts(inventory, places.inventory_folder, redactor)
    journal = open_journal(places.home, redactor, journal_dsn)
    try:
        yield DrillPorts(
            inventory=inventory,
            hosts=hosts,
            secrets=open_secrets(inventory, places.inventory_folder),
            journal=journal,
            evidence=EvidenceStore(places.home / "evidence", load_or_create_signer(places.home / "keys")),
            clock=SystemClock(),
            redactor=redactor,
            progress=progress,
            stop=stop,
            books=books or (lambda name: load_runbook(places.runbooks, name)),
            isolation_level=level,
            unfinished=partial(unfinished_starts, places.home / "evidence"),
            disaster=LabDisasters(lab) if lab is not None else None,
            versions=dict(versions or {}),
        )
    finally:
        hosts.close()
        journal.close()
