"""What a control works on: snapshots of the judged copy below the run's own folder, a server of its own, and the checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from stormproof.adapters import snapshots
from stormproof.adapters.check_runner import run_checks
from stormproof.adapters.postgres_questions import Session, ask
from stormproof.adapters.restored_postgres import RestoredServer, start, stop, wait_ready
from stormproof.core.check_context import CheckContext, PostgresPlace
from stormproof.core.check_spec import Check, VolumeCheck
from stormproof.core.drill_result import CheckReport
from stormproof.core.negative_control import Watch
from stormproof.core.ports import Host

if TYPE_CHECKING:
    from stormproof.core.drill_spec import DrillSpec
    from stormproof.core.inventory import PostgresService
    from stormproof.drill.before import Before
    from stormproof.drill.ports import DrillPorts

START_BOUND_SECONDS = 120.0
SQL_BOUND_SECONDS = 600.0

AskChecks = Callable[[Sequence[Check], CheckContext], list[CheckReport]]


@dataclass(frozen=True, slots=True)
class Judged:
    """The drill's own copy, which is only read, and everything that is known of it.

    Args:
        context: what its checks were asked with.
        server: None when the drill restored no database.
        outputs: of the runbook's steps, by their whole names.
        ask: how checks are asked.
    """

    ports: DrillPorts
    spec: DrillSpec
    before: Before
    context: CheckContext
    outputs: Mapping[str, Mapping[str, Any]]
    entry: PostgresService | None = None
    server: RestoredServer | None = None
    ask: AskChecks = run_checks

    @property
    def host(self) -> Host:
        return self.context.host

    @property
    def run_dir(self) -> str:
        return self.before.layout.run_dir


@dataclass
class Bench:
    """One control's place. `folder` is its own; `lane` holds a server that controls use one after the other."""

    judged: Judged
    folder: str
    lane: str
    seeded_at: float | None = field(default=None, init=False)

    @property
    def host(self) -> Host:
        return self.judged.host

    @property
    def run_dir(self) -> str:
        return self.judged.run_dir

    @property
    def ports(self) -> DrillPorts:
        return self.judged.ports

    @property
    def context(self) -> CheckContext:
        """What the judged copy's checks were asked with; `own_context` is the snapshot's."""
        return self.judged.context

    @property
    def place(self) -> PostgresPlace:
        """Where the lane's own server listens: a socket, nothing else."""
        there = self.judged.context.postgres
        assert there is not None, "a control of a database, and no database was restored"
        return replace(there, socket_dir=f"{self.lane}/socket", pgdata=f"{self.lane}/pgdata")

    def own_context(self, **changed: Any) -> CheckContext:
        """The judged copy's context with the snapshot in its place; its server is never started again by a check."""
        postgres = self.place if self.judged.server is not None else None
        values: dict[str, Any] = {
            "work": self.folder,
            "postgres": postgres,
            "start_server": None,
            "look_at_backup": None,
        } | changed
        return replace(self.judged.context, **values)

    def server(self) -> RestoredServer:
        """The lane's server on a fresh snapshot of the judged data directory; not started. Raises what Host raises."""
        judged = self.judged.server
        assert judged is not None, "a control of a database, and no database was restored"
        self.mirror(f"{judged.run_dir}/pgdata", f"{self.lane}/pgdata")
        return snapshots.own_server(self.host, judged, self.lane)

    def start(self, server: RestoredServer) -> None:
        start(self.host, server, confined=True)
        wait_ready(self.host, server, timeout_seconds=START_BOUND_SECONDS)

    def stop(self, server: RestoredServer) -> None:
        stop(self.host, server)

    def sql(self, text: str, *, database: str = "") -> None:
        """Statements as the superuser, with triggers off and nothing preloaded. Raises QuestionFailed."""
        ask(
            self.host,
            self.place,
            text,
            Session(bound_seconds=SQL_BOUND_SECONDS, writable=True, database=database),
        )

    def mirror(self, source: str, target: str) -> None:
        snapshots.mirror(self.host, source, target)

    def seeded(self) -> None:
        """The fault is in place: from here on the seconds count in which it is noticed."""
        self.seeded_at = self.ports.clock.now().monotonic

    def ask(self, watch: Watch, context: CheckContext) -> list[CheckReport]:
        """The watchers' checks of a copy, and no others; `wal_continuity` and `reached` among them where they watch."""
        names = {watcher.name for watcher in watch.watchers}
        counted = any(isinstance(check, VolumeCheck) for check in watch.checks)
        asked = self.judged.ask(watch.checks, replace(context, count_rows=counted))
        return [report for report in asked if report.name in names]
