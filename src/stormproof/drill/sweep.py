"""Finds what killed drills left and removes it: only what carries a run's id and belongs to a run of this journal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from stormproof.adapters.host_claim import clear, owner_of
from stormproof.adapters.run_remains import RUN_ID, destroy, run_folders
from stormproof.core.errors import StormproofError
from stormproof.core.journal import LeaseHeld, UnknownRun
from stormproof.drill.aftermath import DESTROYED_EVENT, KEPT_EVENT
from stormproof.drill.closing import close_abandoned, ended_at_the_start
from stormproof.engine.session import Session

if TYPE_CHECKING:
    from stormproof.drill.ports import DrillPorts


@dataclass(slots=True)
class SweepReport:
    """What a sweep did. Texts say host, place and why."""

    removed: list[str] = field(default_factory=list)
    running: list[str] = field(default_factory=list)  # a living runner owns it
    kept: list[str] = field(default_factory=list)  # a keep rule holds it until its deadline
    refused: list[str] = field(default_factory=list)  # cannot be tied to a run of this journal
    left: list[str] = field(default_factory=list)  # could not be removed, or not be looked at
    closed: list[str] = field(default_factory=list)  # drills that were never ended: signed as stopped
    destroyed_bytes: int = 0

    @property
    def exit_code(self) -> int:
        return 5 if self.left or self.refused else 0

    @property
    def is_empty(self) -> bool:
        return not (self.removed or self.running or self.kept or self.refused or self.left or self.closed)

    def as_json(self) -> dict[str, Any]:
        return {
            "schema": "stormproof.sweep/v1", "exit_code": self.exit_code, "removed": self.removed, "running": self.running,
            "kept": self.kept, "refused": self.refused, "left": self.left, "closed": self.closed, "destroyed_bytes": self.destroyed_bytes,
        }  # fmt: skip


def sweep(ports: DrillPorts, run_id: str | None = None) -> SweepReport:
    """Look at every unprotected environment's hosts and remove the folders and processes of runs that are over.

    Args:
        run_id: only this run, and also when a keep rule would hold it: naming it is saying so.

    Raises UnknownRun for a named run that is neither in the journal nor signed, and left nothing.
    """
    if run_id is not None and not RUN_ID.match(run_id):
        raise UnknownRun(run_id, where=ports.journal.where)
    report = SweepReport()
    for name, work in _places(ports):
        try:
            ids, others = run_folders(ports.hosts.host(name), work)
        except StormproofError as error:
            report.left.append(f"{name}: could not look ({error.what})")
            continue
        report.refused += [f"{name}:{work}/{other} carries no run's id" for other in others if run_id is None]
        for found in ids:
            if run_id in (None, found):
                _one(ports, report, name, work, found, named=run_id is not None)
        _claim(ports, report, name, work, run_id)
    report.closed = close_abandoned(ports, run_id)
    if run_id is not None and report.is_empty and ports.evidence.find(run_id, "start") is None:
        ports.journal.run(run_id)  # a misspelt id must not read as "nothing is left"
    return report


def sweep_due(ports: DrillPorts) -> SweepReport:
    """Remove kept copies whose deadline is over: the next drill does it, so that nobody has to think of it.

    Everything else is left for `sweep`, and so is a host that does not answer.
    """
    report = SweepReport()
    for name, work in _places(ports):
        try:
            ids, _ = run_folders(ports.hosts.host(name), work)
        except StormproofError as error:
            report.left.append(f"{name}: could not look ({error.what})")
            continue
        for found in ids:
            try:
                until = _kept_until(ports, found)
            except UnknownRun:
                continue
            if until is not None and until <= ports.clock.now().utc:
                _one(ports, report, name, work, found, named=False)
    return report


def _places(ports: DrillPorts) -> Iterator[tuple[str, str]]:
    """Host and work folder, only where drills restore to: a place with isolation rules. Never a protected host."""
    protected = ports.inventory.protected_hosts()
    for name, entry in ports.inventory.hosts.items():
        environment = ports.inventory.environments[entry.environment]
        if not environment.protected and name not in protected and environment.isolation is not None:
            yield name, entry.work


def _one(ports: DrillPorts, report: SweepReport, host: str, work: str, run_id: str, *, named: bool) -> None:
    place = f"{host}:{work}/{run_id}"
    try:
        run = ports.journal.run(run_id)
    except UnknownRun:
        report.refused.append(f"{place} belongs to no run of this journal ({ports.journal.where})")
        return
    if run.mode != "drill":
        report.refused.append(f"{place} belongs to an outage: it is production's data, and nobody's to sweep")
        return
    until = _kept_until(ports, run_id)
    if until is not None and not named and ports.clock.now().utc < until:
        report.kept.append(f"{place} until {until.isoformat()}")
        return
    try:
        with Session(ports.journal, run_id, ports.clock) as session:
            remains = destroy(ports.hosts.host(host), work, run_id)
            if not remains.left:
                session.event(DESTROYED_EVENT, {"host": host, "bytes": remains.destroyed_bytes, "by": "sweep"})
    except LeaseHeld as error:
        report.running.append(f"{place}: {error.what}")
        return
    except StormproofError as error:
        report.left.append(f"{place}: {error.what}")
        return
    report.destroyed_bytes += remains.destroyed_bytes
    if remains.left:
        report.left += [f"{place}: {what}" for what in remains.left]
    else:
        report.removed.append(f"{place} ({remains.destroyed_bytes} bytes)")


def _claim(ports: DrillPorts, report: SweepReport, host: str, work: str, run_id: str | None) -> None:
    """Take away the claim on a host of a run of ours whose runner is gone. Another project's lapses by itself."""
    try:
        owner = owner_of(ports.hosts.host(host), work)
        if owner is None or run_id not in (None, owner.run_id):
            return
        try:
            with Session(ports.journal, owner.run_id, ports.clock):
                clear(ports.hosts.host(host), work, owner.run_id)
        except UnknownRun:  # one that died at its start, also where its claim was still on its way when it was closed
            if owner.run_id not in ended_at_the_start(ports) and ports.evidence.find(owner.run_id) is None:
                return
            clear(ports.hosts.host(host), work, owner.run_id)
        except LeaseHeld:
            return  # a living runner owns it, as its folder says too
    except StormproofError as error:
        report.left.append(f"{host}:{work}: whose run it is could not be looked at ({error.what})")
        return
    report.removed.append(f"{host}:{work}: the claim of run {owner.run_id}")


def _kept_until(ports: DrillPorts, run_id: str) -> datetime | None:
    kept = ports.journal.events(run_id, KEPT_EVENT)
    return datetime.fromisoformat(str(kept[-1].document["until"])) if kept else None
