"""`runbook run`, `resume`, `status` and `cancel`: one procedure on its own, in a drill's place or in an outage."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from stormproof.cli import journals, workspace
from stormproof.cli.call import Call
from stormproof.cli.drill_run import lab_of, ports_of
from stormproof.cli.runbook import choose_place, read_parameters
from stormproof.core.errors import Refused

if TYPE_CHECKING:
    from stormproof.cli.ends import Ends
    from stormproof.drill.ports import DrillPorts
    from stormproof.engine.executor import Outcome
    from stormproof.engine.resume import Answer
    from stormproof.engine.runbook import Runbook


def run(call: Call) -> int:
    """0 when every step is done. In mode drill the environment's isolation is proved first: no proof, no restore."""
    from stormproof.drill.run_id import new_run_id
    from stormproof.engine.discovery import load_runbook
    from stormproof.engine.executor import begin_run

    args, project = call.args, call.project
    book = load_runbook(project.runbooks, args.name)
    parameters = read_parameters(args.parameter, book.parameters)
    choose_place(workspace.load_inventory(project), book, args.environment, args.service, args.mode)  # before the lab
    with _acting(call) as (ports, ends):
        environment, service = choose_place(ports.inventory, book, args.environment, args.service, args.mode)
        now = ports.clock.now().utc
        run_id = new_run_id(now)
        with _the_place(ports, environment, run_id, args.mode):
            begin_run(
                ports.journal,
                book,
                run_id=run_id,
                mode=args.mode,
                environment=environment,
                service=service,
                parameters=parameters,
                created_at=now,
            )
            return _execute(call, ports, ends, book, run_id)


def resume(call: Call) -> int:
    """Go on where a run stands; a drill is resumed as a drill."""
    from stormproof.engine.discovery import load_runbook

    found, where = journals.run_of(call.project, call.args.run)
    if "spec" in found.parameters:
        raise Refused(
            f"run {found.run_id} is a drill's",
            where=where,
            fix=f"`stormproof drill resume {found.run_id}` resumes it with its proof and its checks",
            code="SP115",
        )
    answers = answers_of(call.args.happened, call.args.again)
    book = load_runbook(call.project.runbooks, found.runbook)
    with (
        _acting(call) as (ports, ends),
        _the_place(ports, found.environment, found.run_id, found.mode),
    ):
        return _execute(call, ports, ends, book, found.run_id, answers)


def answers_of(happened: Sequence[str], again: Sequence[str]) -> dict[str, Answer]:
    """What a person says about steps. Raises Refused when both are said of one."""
    from stormproof.engine.resume import Answer

    if both := sorted(set(happened) & set(again)):
        raise Refused(
            f"step '{both[0]}' cannot have happened and be done again",
            where=f"--happened {both[0]} --again {both[0]}",
            fix="look at it once more, and keep one of them",
            code="SP100",
        )
    return dict.fromkeys(happened, Answer.HAPPENED) | dict.fromkeys(again, Answer.AGAIN)


def status(call: Call) -> int:
    """Every run of this project, drills among them."""
    from stormproof.cli.drill_status import show

    return show(call, mode=None)


def cancel(call: Call) -> int:
    """Ask; whoever executes the run stops after the step in flight, and undoes."""
    import getpass

    from stormproof.core.journal import UnknownRun
    from stormproof.engine.cancel import request_cancel

    run_id = call.args.run
    with journals.reading(call.project) as journal:
        if journal is None:
            raise UnknownRun(run_id, where=str(call.project.state / "journal.sqlite"))
        held = request_cancel(journal, run_id, getpass.getuser())
        state = journal.run(run_id).state.value
    line = (
        f"run {run_id} was asked to stop; `stormproof runbook status {run_id}` shows when it has"
        if held
        else f"nobody executes run {run_id} ({state}); it stops when it is resumed"
    )
    call.out.answer({"schema": "stormproof.cancel/v1", "run": run_id, "executing": held, "exit_code": 0}, [line])
    return 0


@contextlib.contextmanager
def _acting(call: Call) -> Iterator[tuple[DrillPorts, Ends]]:
    with lab_of(call) as lab, ports_of(call, lab) as both:
        yield both


@contextlib.contextmanager
def _the_place(ports: DrillPorts, environment: str, run_id: str, mode: str) -> Iterator[None]:
    """In mode drill nobody else restores there meanwhile, and isolation is proved. An outage waits for no drill."""
    if mode != "drill":
        yield
        return
    from stormproof.drill.conductor import have_the_host
    from stormproof.drill.layout import layout_of

    with have_the_host(ports, layout_of(ports.inventory, environment, run_id), run_id):
        _prove(ports, environment)
        yield


def _prove(ports: DrillPorts, environment: str) -> None:
    from stormproof.adapters.isolation_probe import prove_isolation
    from stormproof.core.isolation import not_isolated

    proof = prove_isolation(ports.hosts, ports.inventory, environment, clock=ports.clock)
    ports.progress({"kind": "isolation", "when": "before", "result": proof.result})
    if proof.result != "proved":
        raise not_isolated(proof, environment)


def _execute(
    call: Call, ports: DrillPorts, ends: Ends, book: Runbook, run_id: str, answers: Mapping[str, Answer] | None = None
) -> int:
    from stormproof.engine.executor import execute
    from stormproof.engine.places import Places
    from stormproof.engine.session import Session

    ports.progress({"kind": "run-started", "run": run_id, "drill": book.name, "title": book.title, "rto_s": None})
    ends.began()
    with Session(ports.journal, run_id, ports.clock) as session:
        places = Places(ports.inventory, ports.hosts, ports.secrets)
        outcome: Outcome = execute(
            book, session, places, redactor=ports.redactor, stop=ports.stop, progress=ports.progress, answers=answers
        )
    ports.progress({"kind": "run-done", "verdict": outcome.state.value})
    if outcome.bug is not None:
        raise outcome.bug
    return _answer(call, ports, outcome)


def _answer(call: Call, ports: DrillPorts, outcome: Outcome) -> int:
    from stormproof.cli import journals

    journal = ports.journal
    run, steps = journal.run(outcome.run_id), journal.steps(outcome.run_id)
    code = outcome.error.exit_code if outcome.error else 0
    document = {"schema": "stormproof.run/v1", **journals.run_json(run, None, steps)}
    if outcome.error is not None:
        call.out.complain(str(outcome.error))
        document |= outcome.error.as_json()
    lines = journals.run_lines(run, None, steps, width=call.out.width)
    if code == 0 and run.mode == "drill":
        lines += ["", f"what was restored stays until: stormproof drill sweep {run.run_id}"]
    call.out.answer({**document, "exit_code": code}, lines)
    return code
