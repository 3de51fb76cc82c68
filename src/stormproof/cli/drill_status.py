"""`drill status`: drills that ran or run, from the journal."""

from __future__ import annotations

from stormproof.cli import journals
from stormproof.cli.call import Call


def status(call: Call) -> int:
    """All drills, newest first, or one with its steps. 0 whatever state they are in."""
    return show(call, mode="drill")


def show(call: Call, *, mode: str | None) -> int:
    """Runs of the project; `mode` None shows every mode."""
    from stormproof.core.journal import UnknownRun

    wanted = call.args.run
    with journals.reading(call.project) as journal:
        if journal is None:
            if wanted is not None:
                raise UnknownRun(wanted, where=str(call.project.state / "journal.sqlite"))
            call.out.answer({"schema": "stormproof.runs/v1", "runs": [], "exit_code": 0}, ["no run yet"])
            return 0
        if wanted is not None:
            run, lease, steps = journal.run(wanted), journal.lease(wanted), journal.steps(wanted)
            document = {"schema": "stormproof.run/v1", **journals.run_json(run, lease, steps), "exit_code": 0}
            call.out.answer(document, journals.run_lines(run, lease, steps, width=call.out.width))
            return 0
        runs = [run for run in journal.runs() if mode in (None, run.mode)]
        entries = [journals.run_json(run, journal.lease(run.run_id), []) for run in runs]
        call.out.answer(
            {"schema": "stormproof.runs/v1", "runs": entries, "exit_code": 0},
            journals.runs_table(journal, runs, width=call.out.width),
        )
    return 0
