"""`drill run`, `resume` and `sweep`: the verbs that act, in the isolated environment alone."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from stormproof.cli import journals, workspace
from stormproof.cli.call import Call
from stormproof.cli.ends import Ends
from stormproof.cli.named_path import named_path
from stormproof.core.errors import HungUp, Interrupted, SetupFailed, StormproofError, Terminated
from stormproof.core.verdict import worst_exit_code

if TYPE_CHECKING:
    from stormproof.core.drill_result import DrillResult
    from stormproof.core.drill_spec import DrillSpec
    from stormproof.drill.ports import DrillPorts
    from stormproof.lab.lab import Lab

# The lab ships WAL all the time and snapshots its files every half minute, but nobody backs its database up by the
# clock. An older backup is renewed before a disaster is made: else the RTO would tell how long nobody used the lab.
LAB_BACKUP_AGE_MAX = timedelta(minutes=10)


def run(call: Call) -> int:
    """Drill after drill; the exit code is the worst. With --json one result, or one document with all of them."""
    args, project = call.args, call.project
    names = list(dict.fromkeys(args.names))
    controls: list[str] = []
    if args.negative_control:
        from stormproof.drill.controls.catalogue import chosen

        controls = chosen(args.negative_control)
    specs = workspace.load_drills(project, names)
    if args.targets_from:
        from stormproof.cli.targets_file import with_targets

        specs = [with_targets(spec, named_path(args.targets_from)) for spec in specs]
    choices: dict[str, Any] = {}
    if args.apply:
        from stormproof.cli.drill_compare import switches

        choices = {"procedure": switches(call, specs, args.apply)}
    told: list[Told] = []
    with lab_of(call) as lab:
        for spec in specs:

            def act(ports: DrillPorts, spec: DrillSpec = spec) -> DrillResult:
                return _run_one(call, lab, spec, ports, controls, choices)

            one = one_drill(call, lab, spec.drill, act)
            told.append(one)
            if one.ends_all:
                break
    told += [Told(spec.drill, error=_not_begun(told[-1])) for spec in specs[len(told) :]]
    return _answer(call, told, single=len(specs) == 1)


def resume(call: Call) -> int:
    """Bring a drill to its end whose runner died."""
    from stormproof.drill.resume import resume_drill

    journals.run_of(call.project, call.args.run)  # before a lab is brought up for nothing
    with lab_of(call) as lab:
        one = one_drill(call, lab, call.args.run, lambda ports: resume_drill(call.args.run, ports))
    return _answer(call, [one], single=True)


def sweep(call: Call) -> int:
    """Remove what killed drills left; 5 when something stays."""
    from stormproof.drill.sweep import sweep as sweep_now

    if call.args.run is not None:
        _refuse_unknown(call, call.args.run)
    with lab_of(call) as lab, ports_of(call, lab) as (ports, _):
        report = sweep_now(ports, call.args.run)
    lines = []
    for title in ("removed", "closed", "running", "kept", "refused", "left"):
        lines += [f"{title:<9} {entry}" for entry in getattr(report, title)]
    call.out.answer({**report.as_json()}, lines or ["nothing is left of any drill"])
    return report.exit_code


def _refuse_unknown(call: Call, run_id: str) -> None:
    """Before a lab is brought up for nothing. Raises UnknownRun for what was neither begun here nor signed.

    Where hosts stand anyway, they are asked first: they may hold what a run of another journal left.
    """
    from stormproof.adapters.run_remains import RUN_ID

    if RUN_ID.match(run_id):
        signed = call.project.evidence.is_dir() and any(call.project.evidence.glob(f"*{run_id}*"))
        if signed or not workspace.is_lab(call.project):
            return
        from stormproof.cli.lab import open_lab

        if open_lab(call, call.project).status()["state"] == "up":
            return
    journals.run_of(call.project, run_id)


@dataclass
class Told:
    """How one drill of a call ended: a result, or why there is none."""

    name: str
    result: DrillResult | None = None
    error: StormproofError | None = None
    ended_by: int | None = None

    @property
    def code(self) -> int:
        """A drill that a signal reached too late to change ends as it ended; those after it are told apart."""
        if self.error is not None:
            return self.error.exit_code
        assert self.result is not None, "neither a result nor a reason"
        return self.result.exit_code

    @property
    def ends_all(self) -> bool:
        """Whether the next drill of the same call has no chance, or nobody waits for it."""
        if self.ended_by is not None or isinstance(self.error, SetupFailed | Interrupted | Terminated):
            return True
        return self.result is not None and self.result.exit_code == SetupFailed.exit_code


def one_drill(
    call: Call, lab: Lab | None, name: str, act: Callable[[DrillPorts], DrillResult], *, brief: bool = False
) -> Told:
    """One drill of this call. `brief`: its report is written, and nothing of it printed."""
    try:
        with ports_of(call, lab) as (ports, ends):
            result = act(ports)
            told = Told(name, result, ended_by=ends.exit_code)
    except StormproofError as error:
        call.out.complain(str(error))
        return Told(name, error=error)
    _show(call, result, brief=brief)
    return told


def _run_one(
    call: Call, lab: Lab | None, spec: DrillSpec, ports: DrillPorts, controls: list[str], choices: dict[str, Any]
) -> DrillResult:  # fmt: skip
    from stormproof.drill.conductor import run_drill
    from stormproof.drill.sweep import sweep_due

    for line in sweep_due(ports).removed:
        call.out.say(f"its keep time is over, removed: {line}")
    if lab is not None:
        fresh_backup(call, lab, spec)
    return run_drill(spec, ports, keep=call.args.keep, controls=controls, choices=choices)


@contextlib.contextmanager
def ports_of(call: Call, lab: Lab | None) -> Iterator[tuple[DrillPorts, Ends]]:
    """Everything that a drill needs; its watcher writes to standard error, and signals become stop requests."""
    from stormproof.cli.version import flat_versions
    from stormproof.cli.wiring import ProjectPlaces, drill_ports
    from stormproof.engine.stopping import StopRequest
    from stormproof.report.terminal import live_or_plain

    project = call.project
    project.make_state()
    inventory = workspace.load_inventory(project)
    places = ProjectPlaces(project.folder, project.state, project.runbooks, workspace.inventory_folder(project))
    stop = StopRequest()
    ends = Ends(stop, call.out.complain)
    level = str(lab.status()["isolation_level"] or "none") if lab is not None else "own-machines"
    watcher = live_or_plain(call.out.err, color=call.out.color_err, quiet=call.out.quiet)
    with (
        ends.listening(),
        watcher,
        drill_ports(
            inventory,
            places,
            progress=ends.watching(watcher),
            stop=stop,
            level=level,
            lab=lab,
            versions=flat_versions(call.home),
            journal_dsn=project.settings.journal,
        ) as ports,
    ):
        yield ports, ends


@contextlib.contextmanager
def lab_of(call: Call) -> Iterator[Lab | None]:
    """The lab, up and to ourselves, where the project's inventory is the lab's; else None."""
    if not workspace.is_lab(call.project):
        yield None
        return
    from stormproof.cli.lab import bring_up, open_lab, refuse_without_isolation
    from stormproof.cli.lab_in_use import lab_in_use

    refuse_without_isolation(call.home)
    with lab_in_use(call.project.make_state(), call.out.say):
        lab = open_lab(call, call.project)
        found = lab.status()
        content = found["content"] or {}
        healthy = found["state"] == "up" and content.get("ready") and not content.get("disaster")
        yield lab if healthy else bring_up(call, call.project)


def fresh_backup(call: Call, lab: Lab, spec: DrillSpec) -> None:
    """See LAB_BACKUP_AGE_MAX. Only before a disaster that the lab makes: other drills take what is there."""
    if not spec.scenario.inject:
        return
    label = str((lab.status()["content"] or {}).get("last_backup") or "")
    try:
        made = datetime.strptime(label.split("_")[-1][:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        made = datetime.min.replace(tzinfo=UTC)
    if datetime.now(UTC) - made > LAB_BACKUP_AGE_MAX:
        call.out.say("backing the lab up first: its newest backup is older than ten minutes")
        lab.backup()


def _show(call: Call, result: DrillResult, *, brief: bool = False) -> None:
    """The table, the report's file, and what to do next. Nothing of it with --json."""
    from stormproof.cli import records
    from stormproof.cli.report import render, write

    project = call.project
    page = project.reports / f"{result.run}.html"
    try:
        trusted = records.trust_of(call, result.run)
        past = [one for one in records.results(call, result.drill) if one.run <= result.run]
        write(page, render("html", result, trusted, past))
        where = [f"report    {page}"]
    except StormproofError as error:  # the drill itself is done and signed: a missing view does not change its verdict
        call.out.complain(str(error))
        where = []
    if call.out.json_wanted or brief:
        return
    from stormproof.report.terminal_result import result_text

    lines = [result_text(result, width=call.out.width, color=call.out.color_out).rstrip("\n"), ""]
    lines += where
    call.out.text(lines)


def _answer(call: Call, told: list[Told], *, single: bool) -> int:
    code = worst_exit_code(one.code for one in told)
    if single and told[0].result is not None:
        call.out.document(told[0].result.as_json())
    elif single:
        assert told[0].error is not None, "neither a result nor a reason"
        call.out.document({**told[0].error.as_json(), "drill": told[0].name})
    else:
        document: dict[str, Any] = {
            "schema": "stormproof.drill-results/v1",
            "exit_code": code,
            "results": [one.result.as_json() for one in told if one.result is not None],
            "errors": [{"drill": one.name, **one.error.as_json()} for one in told if one.error is not None],
        }
        call.out.document(document)
        call.out.text(
            [f"{one.name}: {one.result.verdict.value if one.result else 'not run to its end'}" for one in told]
        )
    return code


def _not_begun(before: Told) -> StormproofError:
    """Why a drill of the same call was not begun: the one before it was interrupted, or could not even be set up."""
    by_code = {kind.exit_code: kind for kind in (Interrupted, HungUp, Terminated)}
    code = before.ended_by if before.error is None else before.error.exit_code
    kind: type[StormproofError] = by_code.get(code or 0, SetupFailed)
    return kind(
        "not begun", where=f"after drill {before.name}", fix="run it again when that one is through", code="SP131"
    )
