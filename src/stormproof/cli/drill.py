"""`drill list`, `check` and `plan`: what drills say, without touching anything."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from stormproof.cli import workspace
from stormproof.cli.call import Call
from stormproof.cli.plan_text import plan_lines
from stormproof.cli.table import table

if TYPE_CHECKING:
    from stormproof.core.drill_spec import DrillSpec
    from stormproof.core.errors import SpecProblem


def list_drills(call: Call) -> int:
    """Every drill of the project; a wrong one is listed too, with its first mistake."""
    project = call.project
    specs, problems = workspace.check_drills(project, [])
    sound = {spec.drill: spec for spec in specs}
    rows, entries = [], []
    for name, path in workspace.drill_files(project).items():
        spec, file = sound.get(name), project.shown(path)
        own = [problem for problem in problems if _is_in(problem, file)]
        if spec is None:
            rows.append([name, "", "", "", f"wrong: {own[0].what}" if own else "wrong"])
            entries.append({"drill": name, "file": file, "valid": False, "problems": workspace.as_json(own)})
            continue
        rows.append([name, spec.scenario.service, spec.scenario.kind, _targets(spec), spec.title])
        entries.append({**spec.as_json(), "file": file, "valid": True})
    heads = ["drill", "service", "scenario", "rto / rpo", ""]
    lines = table(heads, rows, width=call.out.width) if rows else ["there is no drill in this project"]
    call.out.answer({"schema": "stormproof.drill-list/v1", "drills": entries, "exit_code": 0}, lines)
    for problem in problems:
        if not any(_is_in(problem, str(entry["file"])) for entry in entries):
            call.out.say(f"note: {problem.what} ({problem.where})")
    return 0


def _is_in(problem: SpecProblem, file: str) -> bool:
    """Whether a mistake is that file's: its place is the file, or `file:line`, or `file, byte n`."""
    return problem.where == file or problem.where.startswith((f"{file}:", f"{file}, "))


def check(call: Call) -> int:
    """Every mistake at once: 0 for none, 2 for any."""
    project = call.project
    specs, problems = workspace.check_drills(project, call.args.names)
    code = 2 if problems else 0
    document = {
        "schema": "stormproof.drill-check/v1",
        "drills": [spec.drill for spec in specs],
        "problems": workspace.as_json(problems),
        "exit_code": code,
    }
    if problems:
        call.out.document(document)
        for problem in problems:
            call.out.complain(f"error SP101: {problem.what}\n  where: {problem.where}\n  fix:   {problem.fix}")
        call.out.complain(f"{len(problems)} mistake{'s' if len(problems) > 1 else ''}; nothing was touched")
        return code
    count = f"{len(specs)} drill{'' if len(specs) == 1 else 's'}"
    call.out.answer(document, [f"{count} checked, no mistakes: {', '.join(spec.drill for spec in specs)}"])
    return code


def plan(call: Call) -> int:
    """What each drill would do, step by step, and whether its RTO can be met. 2 when something would stop it."""
    from stormproof.engine.discovery import load_runbooks
    from stormproof.engine.plan import plan as plan_of

    project = call.project
    specs = workspace.load_drills(project, call.args.names)
    inventory, books = workspace.load_inventory(project), load_runbooks(project.runbooks)
    documents: list[dict[str, Any]] = []
    lines: list[str] = []
    code = 0
    for spec in specs:
        made = plan_of(
            books[spec.runbook],
            inventory=inventory,
            mode="drill",
            environment=spec.environment,
            service=spec.scenario.service,
            parameters={"drill": spec.drill, "point": spec.point},
            rto_seconds=spec.targets.rto.total_seconds(),
        )
        code = 2 if made.problems else code
        documents.append({"drill": spec.drill, "spec": spec.as_json(), "plan": made.as_json()})
        lines += [*_head(spec), *plan_lines(made, width=call.out.width), *_after(spec, call.out.width), ""]
    schema = "stormproof.drill-plan/v1"
    one = {"schema": schema, **documents[0], "exit_code": code} if len(documents) == 1 else None
    many = {"schema": "stormproof.drill-plans/v1", "plans": documents, "exit_code": code}
    call.out.answer(one or many, lines[:-1])
    return code


def _targets(spec: DrillSpec) -> str:
    from stormproof.core.units import format_duration

    return f"{format_duration(spec.targets.rto)} / {format_duration(spec.targets.rpo)}"


def _head(spec: DrillSpec) -> list[str]:
    scenario = spec.scenario
    happens = {
        "loss": f"{scenario.service} is lost",
        "dropped-table": f"table {scenario.table} of {scenario.service} is dropped",
        "point-in-time": f"{scenario.service} goes back to {scenario.at}",
    }[scenario.kind]
    how = "; the lab really does it" if scenario.inject else "; nothing is harmed"
    return [
        f"{spec.drill}: {spec.title}",
        f"  what happens   {happens}{how}",
        "  first          prove isolation by structure and by probes; no proof, no data",
    ]


def _after(spec: DrillSpec, width: int) -> list[str]:
    asked = ", ".join(["reached", *(check.title for check in spec.checks)])
    return [
        *textwrap.wrap(f"  then           checks: {asked}", width, subsequent_indent=" " * 17),
        "                 prove isolation again, destroy the restored data,",
        "                 look that nothing is left, sign the evidence",
    ]
