"""`runbook list|plan|doc`: what procedures say, without touching anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stormproof.cli import workspace
from stormproof.cli.call import Call
from stormproof.cli.named_path import output_file
from stormproof.cli.plan_text import plan_lines
from stormproof.cli.table import table
from stormproof.core.errors import Refused, SpecProblem

if TYPE_CHECKING:
    from stormproof.core.inventory import Inventory
    from stormproof.engine.runbook import Runbook


def list_books(call: Call) -> int:
    """Every runbook; 2 when a module cannot be read, after listing the others."""
    from stormproof.engine.discovery import find_runbooks

    project = call.project
    books, problems = find_runbooks(project.runbooks)
    rows = [[book.name, book.service_kind, len(book.steps), book.title] for book in books.values()]
    code = 2 if problems else 0
    document = {
        "schema": "stormproof.runbook-list/v1",
        "runbooks": [
            {
                "runbook": book.name,
                "title": book.title,
                "service_kind": book.service_kind,
                "steps": [bound.name for bound in book.steps],
                "parameters": book.parameters,
                "digest": book.digest,
                "file": project.shown(Path(book.file)),
            }
            for book in books.values()
        ],
        "problems": workspace.as_json(problems),
        "exit_code": code,
    }
    lines = table(["runbook", "recovers", "steps", ""], rows, width=call.out.width) if rows else ["no runbook here"]
    call.out.answer(document, lines)
    for problem in problems:
        call.out.complain(_told(problem))
    return code


def plan(call: Call) -> int:
    """What a run would do; 2 when something would stop it. In mode drill without --environment: the isolated one."""
    from stormproof.engine.discovery import load_runbook
    from stormproof.engine.plan import plan as plan_of

    args, project = call.args, call.project
    book, inventory = load_runbook(project.runbooks, args.name), workspace.load_inventory(project)
    environment, service = choose_place(inventory, book, args.environment, args.service, args.mode)
    made = plan_of(
        book,
        inventory=inventory,
        mode=args.mode,
        environment=environment,
        service=service,
        parameters=read_parameters(args.parameter, book.parameters),
    )
    code = 2 if made.problems else 0
    call.out.answer(
        {**made.as_json(), "exit_code": code}, [f"{book.name}: {book.title}", *plan_lines(made, width=call.out.width)]
    )
    return code


def doc(call: Call) -> int:
    """The operator's page, from the runbook alone: no inventory, no hosts."""
    from stormproof.engine.discovery import load_runbook
    from stormproof.engine.document import markdown
    from stormproof.engine.document_html import html

    book = load_runbook(call.project.runbooks, call.args.name)
    text = html(book) if call.args.format == "html" else markdown(book)
    document: dict[str, Any] = {
        "schema": "stormproof.runbook-doc/v1",
        "runbook": book.name,
        "format": call.args.format,
        "exit_code": 0,
    }
    if call.args.output is None:
        call.out.answer({**document, "text": text}, text)
        return 0
    from stormproof.cli.report import write

    path = write(output_file(call.args.output), text)
    call.out.answer({**document, "path": str(path)}, [f"operator's page of {book.name}: {path}"])
    return 0


def choose_place(
    inventory: Inventory, book: Runbook, environment: str | None, service: str | None, mode: str
) -> tuple[str, str]:
    """Environment and service of a run: as named, or the only ones that fit. Raises Refused for none or several.

    In an outage both are named by a person: nothing that acts on production is guessed.
    """
    if mode == "outage" and (environment is None or service is None):
        raise Refused(
            "an outage run names where it acts and what it recovers",
            where="stormproof runbook",
            fix="give --environment ENV and --service SERVICE",
            code="SP100",
        )
    usable = [name for name, entry in inventory.environments.items() if not entry.protected and entry.isolation]
    fitting = [name for name, entry in inventory.services.items() if entry.kind == book.service_kind]
    chosen_environment = _chosen(environment, inventory.environments, usable, "environment", "--environment")
    chosen_service = _chosen(service, inventory.services, fitting, "service", "--service")
    if inventory.environments[chosen_environment].protected and mode != "outage":
        raise Refused(
            f"environment '{chosen_environment}' is protected: only an outage run acts on it",
            where=f"--environment {chosen_environment}",
            fix=f"use one of: {', '.join(usable) or 'none'}; or give --mode outage",
            code="SP100",
        )
    return chosen_environment, chosen_service


def read_parameters(given: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
    """KEY=VALUE pairs as a mapping. Raises Refused: no '=', twice, or a key that the runbook does not know."""
    from stormproof.core.spec_text import nearest_fix

    found: dict[str, str] = {}
    for pair in given:
        key, equals, value = pair.partition("=")
        where = f"--parameter {pair}"
        if not equals or not key:
            raise Refused("a parameter is KEY=VALUE", where=where, fix="write for example point=oldest", code="SP100")
        if key in found:
            raise Refused(f"parameter '{key}' is given twice", where=where, fix="keep one of them", code="SP100")
        if key not in known:
            raise Refused(
                f"the runbook has no parameter '{key}'", where=where, fix=nearest_fix(key, known), code="SP100"
            )
        found[key] = value
    return found


def _chosen(given: str | None, known: Mapping[str, object], fitting: Sequence[str], what: str, flag: str) -> str:
    from stormproof.core.spec_text import nearest_fix

    if given is not None:
        if given not in known:
            raise Refused(
                f"there is no {what} '{given}'", where=f"{flag} {given}", fix=nearest_fix(given, known), code="SP100"
            )
        return given
    if len(fitting) != 1:
        raise Refused(
            f"{'no' if not fitting else 'more than one'} {what} fits, so it must be named",
            where=flag,
            fix=f"give {flag} with one of: {', '.join(fitting or sorted(known))}",
            code="SP100",
        )
    return fitting[0]


def _told(problem: SpecProblem) -> str:
    return f"error SP101: {problem.what}\n  where: {problem.where}\n  fix:   {problem.fix}"
