"""`drill compare`: two runs side by side, or a drill without and with a remedy, run by turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from stormproof.cli.call import Call
from stormproof.core.errors import Refused
from stormproof.core.verdict import EXIT_CODES, Verdict, worst_exit_code

if TYPE_CHECKING:
    from stormproof.cli.drill_run import Told
    from stormproof.core.drill_result import DrillResult
    from stormproof.core.drill_spec import DrillSpec
    from stormproof.core.inventory import PostgresService
    from stormproof.core.remedy import Remedy
    from stormproof.lab.lab import Lab

ROUNDS_DEFAULT, ROUNDS_MAX = 3, 50
SEGMENTS_BEHIND = 8  # WAL behind each run's backup in the lab, 128 MB
LAB_COMPRESSION = "zst"  # as the lab's vault is set up
ENDED_WELL = (EXIT_CODES[Verdict.MET], EXIT_CODES[Verdict.MISSED])


def compare(call: Call) -> int:
    """A B: two runs, row by row. NAME --apply REMEDY: both ways are run, and the prediction is held against them."""
    if call.args.apply:
        return _apply(call)
    for flag, value in (("--rounds", call.args.rounds), ("--from", call.args.from_procedure)):
        if value is not None:
            raise Refused(
                f"{flag} says how a drill is run with a remedy, and none is named",
                where="stormproof drill compare",
                fix=f"add --apply REMEDY, or leave {flag} out to compare two runs that are there",
                code="SP814",
            )
    if call.args.b is None:
        raise Refused(
            "one run alone cannot be compared",
            where="stormproof drill compare",
            fix="name two runs, or a drill with --apply REMEDY",
            code="SP814",
        )
    from stormproof.cli.drill_history import compare_runs

    return compare_runs(call)


def switches(call: Call, specs: Sequence[DrillSpec], names: Sequence[str]) -> dict[str, Any]:
    """What `drill run --apply` changes of every drill's procedure. Raises Refused before anything is harmed."""
    from stormproof.core.procedure import chosen_procedure
    from stormproof.core.remedy import parse_remedy

    remedy = parse_remedy(names)
    if remedy.act:
        raise Refused(
            f"'{remedy.name}' changes the backup and not the procedure",
            where="--apply",
            fix=f"stormproof drill compare {specs[0].drill} --apply {remedy.name}",
            code="SP815",
        )
    for spec in specs:
        entry = _database(call, spec)
        chosen_procedure(entry.procedure, dict(remedy.changes), has_tls=entry.tls is not None, service=entry.name)
    return dict(remedy.changes)


def _apply(call: Call) -> int:
    from stormproof.cli import workspace
    from stormproof.cli.drill_run import lab_of
    from stormproof.core.procedure import chosen_procedure
    from stormproof.core.remedy import comparison, parse_remedy, prediction_for
    from stormproof.report.remedy_text import remedy_lines

    args = call.args
    remedy = parse_remedy(args.apply)
    count = ROUNDS_DEFAULT if args.rounds is None else args.rounds
    if args.b is not None or not 1 <= count <= ROUNDS_MAX:
        raise Refused(
            "--apply takes one drill, and from 1 to 50 rounds",
            where="stormproof drill compare",
            fix="stormproof drill compare shop-latest --apply tls --rounds 3",
            code="SP814",
        )
    spec = workspace.load_drills(call.project, [args.a])[0]
    entry = _database(call, spec)
    base = {"procedure": args.from_procedure} if args.from_procedure else {}
    own = chosen_procedure(entry.procedure, args.from_procedure, has_tls=entry.tls is not None, service=entry.name)
    changed = chosen_procedure(own, dict(remedy.changes), has_tls=entry.tls is not None, service=entry.name)
    with lab_of(call) as lab:
        if remedy.act and lab is None:
            raise Refused(
                f"'{remedy.name}' changes the backup, which is done in the lab alone",
                where="--apply",
                fix="take such a backup yourself, run the drill before and after, and compare the two runs",
                code="SP815",
            )
        with_it = {"procedure": changed.model_dump()} if remedy.changes or base else {}
        rounds = _rounds(call, lab, spec, remedy, count, base, with_it)
    results = [[told.result for told in side if told.result is not None] for side in rounds]
    good = [[one for one in side if one.exit_code in ENDED_WELL] for side in results]
    found = comparison(
        remedy, good[0], good[1], lambda run: prediction_for(run, remedy, own, has_tls=entry.tls is not None)
    )
    codes = [0 if told.code in ENDED_WELL else told.code for side in rounds for told in side]
    code = worst_exit_code(codes)
    document = {
        "schema": "stormproof.drill-remedy/v1",
        "drill": spec.drill,
        "rounds": count,
        **found.as_json(),
        "before_runs": [one.run for one in results[0]],
        "after_runs": [one.run for one in results[1]],
        "before_bottlenecks": [b.model_dump() for b in good[0][-1].bottlenecks] if good[0] else [],
        "errors": [told.error.as_json() for side in rounds for told in side if told.error is not None],
        "exit_code": code,
    }
    call.out.answer(document, remedy_lines(found, drill=spec.drill, ended_well=code == 0))
    return code


def _rounds(
    call: Call, lab: Lab | None, spec: DrillSpec, remedy: Remedy, count: int, base: dict[str, Any], with_it: dict[str, Any]
) -> tuple[list[Told], list[Told]]:  # fmt: skip
    """By turns, beginning with the other side each round: what drifts meanwhile falls on both alike.

    In the lab each run has a backup of its own with as much WAL behind it: every disaster leaves a segment more behind
    an old one, which would count against the later runs.
    """
    from stormproof.core.drift import sides_of_round

    sides: tuple[list[Told], list[Told]] = ([], [])
    pinned = spec.point == "newest" and lab is not None
    old = _newest(lab) if pinned else None
    for number in range(count):
        for side in sides_of_round(number):
            label = old
            if lab is not None and spec.scenario.inject and (side or remedy.act != "backup"):
                label = _back_up(call, lab, remedy, with_it=bool(side))
            choices = {**(with_it if side else base), **({"backup": label} if pinned and label else {})}
            call.out.say(f"round {number + 1} of {count}, {'with' if side else 'without'} {remedy.name}")
            told = _drill(call, lab, spec, choices)
            sides[side].append(told)
            if told.ends_all or told.code not in ENDED_WELL:
                return sides  # a comparison of what failed would say nothing
    return sides


def _back_up(call: Call, lab: Lab, remedy: Remedy, *, with_it: bool) -> str:
    """A backup for one run, and the same WAL behind each; behind a fresher one there is none. Answers its label."""
    compression = (remedy.value if with_it else LAB_COMPRESSION) if remedy.act == "compression" else ""
    call.out.say("a backup for this run, with the same WAL behind it as behind the others")
    label = lab.backup(compression=compression).label
    if remedy.act != "backup":
        lab.write_wal(SEGMENTS_BEHIND)
    return label


def _drill(call: Call, lab: Lab | None, spec: DrillSpec, choices: dict[str, Any]) -> Told:
    from stormproof.cli.drill_run import one_drill
    from stormproof.drill.conductor import run_drill
    from stormproof.drill.ports import DrillPorts

    def act(ports: DrillPorts) -> DrillResult:
        return run_drill(spec, ports, choices=choices)

    return one_drill(call, lab, spec.drill, act, brief=True)


def _newest(lab: Lab | None) -> str | None:
    content: dict[str, Any] = (lab.status()["content"] or {}) if lab is not None else {}
    return content.get("last_backup")


def _database(call: Call, spec: DrillSpec) -> PostgresService:
    from stormproof.cli import workspace
    from stormproof.core.inventory import PostgresService

    inventory = workspace.load_inventory(call.project)
    parts: Sequence[object] = inventory.parts_of(spec.scenario.service)
    found = [part for part in parts if isinstance(part, PostgresService)]
    if not found:
        raise Refused(
            f"the drill {spec.drill} restores no database, and these remedies are a database's",
            where=f"drill {spec.drill}",
            fix="choose a drill with a database in it",
            code="SP814",
        )
    return found[0]
