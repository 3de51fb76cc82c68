"""After t_ready: facts, checks, figures of loss, and the first new backup. Nothing here counts towards the RTO."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from stormproof.adapters import pgbackrest, restic
from stormproof.adapters.check_runner import run_checks
from stormproof.adapters.postgres_questions import heartbeat_ranges
from stormproof.adapters.restored_postgres import RestoredServer, start, wait_ready
from stormproof.core import heartbeat
from stormproof.core.check_context import CheckContext
from stormproof.core.drill_result import CheckReport, Disarmed, RecoveryPointReached
from stormproof.core.errors import StormproofError
from stormproof.core.figures import Figure
from stormproof.core.finding import Finding, Severity
from stormproof.core.inventory import PostgresService
from stormproof.core.ports import Host
from stormproof.core.recovery_parts import PostgresParts
from stormproof.core.recovery_point import reach_back
from stormproof.core.reference import Reference
from stormproof.core.run_state import StepState
from stormproof.core.verdict import CheckResult
from stormproof.core.wal import format_lsn
from stormproof.drill.backup_look import backup_look
from stormproof.drill.before import Before
from stormproof.drill.clocks import Clocks
from stormproof.drill.gather import RestoredPostgres, outputs_under, postgres_place, wal_facts
from stormproof.drill.heartbeats import read_acknowledged, writer_of
from stormproof.drill.layout import Parts, parts_of
from stormproof.drill.markers import marker_check
from stormproof.drill.recovery_parts import recovery_parts
from stormproof.drill.references import read_reference, store_of

if TYPE_CHECKING:
    from stormproof.core.drill_spec import DrillSpec
    from stormproof.drill.ports import DrillPorts
    from stormproof.engine.runbook import Runbook
    from stormproof.engine.session import Session

POINT_UNCERTAINTY_SECONDS = 1.0  # pgBackRest tells whole seconds


@dataclass(slots=True)
class Verification:
    """What was found out about the restored copy. Empty for a run that never got that far."""

    checks: list[CheckReport] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    disarmed: list[Disarmed] = field(default_factory=list)
    points: list[RecoveryPointReached] = field(default_factory=list)
    rpo_point: Figure = field(default_factory=lambda: Figure.unmeasured("the recovery did not end"))
    rpo_data: Figure = field(default_factory=lambda: Figure.unmeasured("the recovery did not end"))
    rpo_consistent: Figure = field(default_factory=lambda: Figure.unmeasured("the recovery did not end"))
    writes_lost: Figure = field(default_factory=lambda: Figure.unmeasured("the recovery did not end"))
    first_backup: Figure = field(default_factory=lambda: Figure.unmeasured("no database was restored"))
    window: Figure = field(default_factory=lambda: Figure.unmeasured("no window was asked for"))
    discarded: int | None = None
    parts: PostgresParts | None = None  # the database's recovery below the level of steps
    has_tls: bool = False  # whether the vault has a TLS server for it
    checks_seconds: float | None = None
    context: CheckContext | None = None  # what the checks were asked with
    server: RestoredServer | None = None  # the restored one, where there is one
    outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # of each step, by its whole name

    @property
    def failed(self) -> bool:
        return any(check.result is CheckResult.FAILED for check in self.checks)

    @property
    def unknown(self) -> bool:
        return any(check.result is CheckResult.UNKNOWN for check in self.checks)


def verify(spec: DrillSpec, ports: DrillPorts, session: Session, before: Before, book: Runbook) -> Verification:
    """Look at the restored copy from every side. What could not be looked at is a check of result `unknown`."""
    found = Verification()
    host = ports.hosts.host(before.layout.host)
    outputs = step_outputs(session, book)
    parts = parts_of(ports.inventory, spec.scenario.service)
    entry = parts.postgres
    began = ports.clock.now().monotonic
    postgres, quiet = None, False
    if entry is not None:
        steps = outputs_under(outputs, "postgres")
        place = postgres_place(entry, before.layout.run_dir, steps)
        postgres = RestoredPostgres(place, wal_facts(host, place, before.layout.run_dir, before.holdings, steps))
        for name in ("disarm_settings", "start_server", "disarm_catalog"):
            found.disarmed += [Disarmed.model_validate(d) for d in steps.get(name, {}).get("disarmed", [])]
    files = outputs_under(outputs, "files") if parts.files is not None else {}
    snapshot_at = datetime.fromisoformat(files["choose_snapshot"]["instant"]) if files else None
    reference = _reference(ports, before.layout.host, parts, outputs, snapshot_at, found)
    if postgres is not None and entry is not None:
        # Before the checks: the last of them stops the server.
        quiet = _loss(ports, before, host, postgres, entry, found)
        if before.disaster.kept or before.disaster.gone:
            found.checks.append(marker_check(host, postgres.place, before.disaster, ports.clock))
        found.parts = recovery_parts(ports, before, host, entry, outputs_under(outputs, "postgres"))
        found.has_tls = entry.tls is not None
        found.first_backup = _first_new_backup(host, before.layout.run_dir, postgres, ports)
    elif snapshot_at is not None:
        _loss_of_files(before, snapshot_at, found)
    found.outputs = outputs
    if entry is not None:
        found.server = restored_server(host, entry, before, outputs)
    found.context = context = CheckContext(
        host=host,
        work=before.layout.run_dir,
        t_fail=before.disaster.t_fail,
        target=before.disaster.target,
        postgres=postgres.place if postgres else None,
        files_root=str(files["restore"]["root"]) if files else None,
        reference=reference,
        rows_sql=ports.inventory.rows_of(spec.scenario.service),
        files_snapshot_at=snapshot_at,
        heartbeat_table=entry.heartbeat.table if entry is not None and entry.heartbeat is not None else None,
        heartbeat_quiet=quiet,
        wal=postgres.wal if postgres else None,
        disarmed=found.disarmed,
        look_at_backup=backup_look(ports, entry, before, outputs),
        start_server=partial(start_again, host, found.server) if found.server is not None else None,
    )
    found.checks += run_checks(
        spec.checks,
        context,
        on_done=lambda report: ports.progress(
            {"kind": "check-done", "name": report.name, "result": report.result.value, "seconds": report.seconds}
        ),
    )
    found.checks_seconds = round(ports.clock.now().monotonic - began, 3)
    if spec.window is not None:
        _window(spec, ports, before, parts, host, found)
    _points(found, outputs, parts, before, postgres)
    _consistent(found, before)
    return found


def wake(spec: DrillSpec, ports: DrillPorts, session: Session, before: Before, book: Runbook) -> None:
    """A runner may have died while a check, or a snapshot, had the restored server stopped. Raises RunFailed."""
    entry = parts_of(ports.inventory, spec.scenario.service).postgres
    if entry is not None:
        host = ports.hosts.host(before.layout.host)
        start_again(host, restored_server(host, entry, before, step_outputs(session, book)))


def step_outputs(session: Session, book: Runbook) -> dict[str, dict[str, Any]]:
    """What each step that is done returned, by its whole name."""
    done = {}
    for record in session.journal.steps(session.run_id):
        if record.state is StepState.DONE:
            done[record.step] = dict(record.outputs or {})
    return {bound.name: done[bound.name] for bound in book.steps if bound.name in done}


def _reference(
    ports: DrillPorts, reader: str, parts: Parts, outputs: Mapping[str, Mapping[str, Any]], snapshot_at: datetime | None,
    found: Verification,
) -> Reference | None:  # fmt: skip
    """Both parts' references as one. A missing one is a finding, and the checks that need it answer unknown."""
    whole: Reference | None = None
    for service in parts.present:
        vault = ports.hosts.host(ports.inventory.keeper_of(service.name, reader))
        label = None
        if service is parts.postgres:
            label = str(outputs_under(outputs, "postgres")["choose_point"]["label"])
        try:
            part = read_reference(
                vault, service.references, service.name, label=label, snapshot_at=snapshot_at, stanza=store_of(service)
            )
        except StormproofError as error:
            found.findings.append(
                Finding(code=error.code, severity=Severity.HIGH, what=error.what, where=error.where, fix=error.fix)
            )
            continue
        whole = part if whole is None else whole.model_copy(
            update={"postgres": whole.postgres or part.postgres, "files": whole.files or part.files}
        )  # fmt: skip
    return whole


def _loss(
    ports: DrillPorts, before: Before, host: Host, postgres: RestoredPostgres, service: PostgresService,
    found: Verification,
) -> bool:  # fmt: skip
    """RPO data and writes lost, from the heartbeat alone: its writer's own file against what came back.

    Answers whether the heartbeat had stopped before the failure, with all of it that was acknowledged back.
    """
    writer = writer_of(service)
    clocks = Clocks.look_again(ports.hosts, before.offsets, ports.clock)
    found.findings += clocks.findings
    if writer is None:
        why = "the inventory names no heartbeat for this service"
        found.rpo_data = found.writes_lost = Figure.unmeasured(why)
        return False
    instant = before.disaster.target or before.disaster.t_fail
    try:
        acknowledged = read_acknowledged(ports.hosts.host(writer.host), writer)
        restored = heartbeat_ranges(host, postgres.place, writer.table)
    except StormproofError as error:
        found.rpo_data = found.writes_lost = Figure.unmeasured(error.what)
        found.findings.append(
            Finding(code=error.code, severity=Severity.HIGH, what=error.what, where=error.where, fix=error.fix)
        )
        return False
    if (stepped := clocks.stepped.get(writer.host)) is not None:
        found.rpo_data = found.writes_lost = Figure.unmeasured(stepped)
        return False
    offset = clocks.of_stamps(writer.host, acknowledged, found.findings)
    figures = heartbeat.rpo_data(
        acknowledged, restored, instant, interval_s=writer.interval_s, writer_offset_s=offset.seconds,
        offset_uncertainty_s=offset.uncertainty_seconds,
    )  # fmt: skip
    found.rpo_data, found.writes_lost = figures.rpo_data, figures.writes_lost
    found.findings += figures.findings
    if before.disaster.target is not None:
        discarded = heartbeat.discarded_writes(
            acknowledged, before.disaster.target, before.t_start, writer_offset_s=offset.seconds
        )
        found.discarded = None if discarded.value is None else int(discarded.value)
    return figures.quiet


def _loss_of_files(before: Before, snapshot_at: datetime, found: Verification) -> None:
    """Without rows, all that is known is that nothing written after the snapshot's start came back."""
    value = max(0.0, (before.disaster.t_fail - snapshot_at).total_seconds())
    found.rpo_data = Figure(
        value=value, uncertainty_s=0.001, source="the snapshot's start: what was written since is lost"
    )
    found.writes_lost = Figure.unmeasured("files have no heartbeat of their own")
    found.rpo_consistent = Figure.unmeasured("one store alone")


def _first_new_backup(host: Host, run_dir: str, postgres: RestoredPostgres, ports: DrillPorts) -> Figure:
    """How long until the restored service is backed up again: a full copy to the recovery host's own disk.

    The vault is not written to in a drill, so this leaves out the way there; it is shown, not counted.
    """
    place = postgres.place
    folder = f"{run_dir}/first-backup"
    began = ports.clock.now().monotonic
    done = host.run(
        f"rm -rf {shlex.quote(folder)} && exec {shlex.quote(place.bin_dir)}/pg_basebackup -h {shlex.quote(place.socket_dir)} "
        f"-p {place.port} -U {shlex.quote(place.superuser)} -D {shlex.quote(folder)} -F tar -X fetch -c fast --no-sync "
        f"--no-manifest -w --compress=none",
        timeout_seconds=1800,
    )
    seconds = ports.clock.now().monotonic - began
    host.run(f"rm -rf {shlex.quote(folder)}", timeout_seconds=300)
    if done.status != 0:
        return Figure.unmeasured(f"a new backup could not be taken: {' '.join(done.stderr.split())[-200:]}")
    return Figure(value=round(seconds, 3), uncertainty_s=0.1, source="pg_basebackup to the recovery host's own disk")


def _window(spec: DrillSpec, ports: DrillPorts, before: Before, parts: Parts, host: Host, found: Verification) -> None:
    """How far back recovery is possible: to the oldest point that every part of the service has."""
    assert spec.window is not None, "asked for by nobody"
    reaches: list[float] = []
    try:
        if parts.postgres is not None:
            env = {pgbackrest.CIPHER_VARIABLE: _secret(ports, parts.postgres.cipher_secret)}
            backups = pgbackrest.list_backups(host, stanza=parts.postgres.stanza, env=env)
            held = [b for b in backups if b.label in before.holdings.backups]
            reaches.append(_seconds(reach_back(held, at=before.disaster.t_fail)))
        if parts.files is not None:
            files = parts.files
            env = {restic.PASSWORD_VARIABLE: _secret(ports, files.repository_secret)}
            snapshots = restic.list_snapshots(
                host,
                repository=files.repository_url,
                env=env,
                tag=files.tag_of_snapshots,
            )
            known = [s for s in snapshots if s.label in before.holdings.snapshots.get(files.name, ())]
            reaches.append(_seconds(reach_back(known, at=before.disaster.t_fail)))
    except StormproofError as error:
        found.window = Figure.unmeasured(error.what)
        return
    reach = min(reaches)
    found.window = Figure(value=reach, uncertainty_s=POINT_UNCERTAINTY_SECONDS, source="oldest points in the vault")
    wanted = spec.window.min.total_seconds()
    if reach < wanted:
        found.findings.append(
            Finding(
                code="SP804",
                severity=Severity.HIGH,
                what=f"recovery reaches back {reach / 86400:.1f} days, and {wanted / 86400:.1f} were promised",
                where="the vault's oldest points",
                fix="keep backups longer; a window fills up only as time passes",
            )
        )


def _seconds(reach: timedelta | None) -> float:
    return reach.total_seconds() if reach is not None else 0.0


def _secret(ports: DrillPorts, name: str) -> str:
    value = ports.secrets.get(name)
    ports.redactor.add(name, value)
    return value


def restored_server(
    host: Host, entry: PostgresService, before: Before, outputs: Mapping[str, Mapping[str, Any]]
) -> RestoredServer:
    """The server that the runbook started."""
    steps = outputs_under(outputs, "postgres")
    return RestoredServer(
        run_dir=before.layout.run_dir, pg_bin=str(steps["prepare"]["pg_bin"]), address=host.address, port=entry.port,
        superuser=entry.superuser,
    )  # fmt: skip


def start_again(host: Host, server: RestoredServer) -> None:
    """Nothing happens when it runs. Raises RunFailed."""
    start(host, server, confined=True)
    wait_ready(host, server, timeout_seconds=60)


def _points(
    found: Verification, outputs: Mapping[str, Mapping[str, Any]], parts: Parts, before: Before,
    postgres: RestoredPostgres | None,
) -> None:  # fmt: skip
    t_fail = before.disaster.target or before.disaster.t_fail
    if postgres is not None:
        point = outputs_under(outputs, "postgres")["choose_point"]
        instant = datetime.fromisoformat(str(point["instant"]))
        arrived, end = postgres.wal.arrived, postgres.wal.newest_end
        found.points.append(
            RecoveryPointReached(
                store="postgres",
                label=str(point["label"]),
                instant=instant,
                reached=arrived.log.last_completed if arrived else None,
                reached_lsn=format_lsn(arrived.lsn) if arrived and arrived.lsn is not None else None,
                expected_lsn=format_lsn(end.end) if end and before.disaster.target is None else None,
                timeline=arrived.new_timeline if arrived else None,
            )
        )
        found.rpo_point = heartbeat.rpo_point(
            t_fail, instant, uncertainty_s=POINT_UNCERTAINTY_SECONDS, source=f"end of backup {point['label']}"
        )
    if parts.files is not None:
        snapshot = outputs_under(outputs, "files")["choose_snapshot"]
        instant = datetime.fromisoformat(str(snapshot["instant"]))
        found.points.append(
            RecoveryPointReached(store="files", label=str(snapshot["label"])[:16], instant=instant, reached=instant)
        )
        if parts.postgres is None:
            found.rpo_point = heartbeat.rpo_point(
                t_fail, instant, source=f"start of snapshot {str(snapshot['label'])[:8]}"
            )


def _consistent(found: Verification, before: Before) -> None:
    """RPO across stores, from the cross-store check: the newest T up to which every row has its file."""
    check = next((c for c in found.checks if c.kind == "cross_store"), None)
    if check is None:
        if found.rpo_consistent.why == "the recovery did not end":
            found.rpo_consistent = Figure.unmeasured("no cross_store check was asked for")
        return
    if check.result is CheckResult.UNKNOWN:
        found.rpo_consistent = Figure.unmeasured("the cross-store check could not look")
        return
    until = check.facts.get("consistent_until")
    dangling = (
        datetime.fromisoformat(str(until)).astimezone(UTC) if until and check.facts.get("dangling_rows") else None
    )
    instant = before.disaster.target or before.disaster.t_fail
    offset = max((o.uncertainty_seconds for o in before.offsets.values()), default=0.0)
    found.rpo_consistent = heartbeat.rpo_consistent(
        instant, found.rpo_data, dangling, uncertainty_s=round(offset + timedelta(milliseconds=1).total_seconds(), 6)
    )
