"""The operator's page of a runbook: what a person reads at 3 a.m., from the same source that runs.

`operator_page` gathers it once; Markdown and HTML (document_html.py) are two views of it.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass

from stormproof.engine.plan import expected_critical_path
from stormproof.engine.runbook import BoundStep, Runbook


@dataclass(frozen=True, slots=True)
class StepPage:
    """One step in words. Texts are Markdown."""

    number: int
    name: str
    title: str
    facts: tuple[tuple[str, str], ...]
    text: str
    verify: str
    undo: str
    in_drill: str
    phase: str
    needs: tuple[str, ...]
    expected: str
    critical: bool


@dataclass(frozen=True, slots=True)
class OperatorPage:
    """A whole runbook in words. Texts are Markdown."""

    name: str
    title: str
    service_kind: str
    description: str
    commands: tuple[tuple[str, str], ...]  # what for, command
    parameters: tuple[tuple[str, str], ...]
    steps: tuple[StepPage, ...]
    expected: str
    critical_path: tuple[str, ...]
    trouble: tuple[tuple[str, str], ...]  # what is seen, what to do


def operator_page(book: Runbook) -> OperatorPage:
    """Raises SpecInvalid for a book with mistakes; needs no inventory and touches nothing."""
    steps = book.steps
    path = expected_critical_path(steps, mode="outage")
    total = sum(bound.step.expected_seconds for bound in steps if bound.name in path)
    return OperatorPage(
        name=book.name,
        title=book.title,
        service_kind=book.service_kind,
        description=book.description,
        commands=(
            ("See what it would do; touches nothing", f"stormproof runbook plan {book.name} --environment ENVIRONMENT"),
            (
                "Rehearse it in an isolated environment",
                f"stormproof runbook run {book.name} --environment recovery --mode drill",
            ),
            (
                "Recover",
                f"stormproof runbook run {book.name} --environment production --service SERVICE --mode outage",
            ),
            ("See how far a run is", "stormproof runbook status RUN"),
            ("Go on after a crash or a stop", "stormproof runbook resume RUN"),
            ("Stop a run and take back what it did", "stormproof runbook cancel RUN"),
        ),
        parameters=tuple(book.parameters.items()),
        steps=tuple(_step_page(number, bound, bound.name in path) for number, bound in enumerate(steps, start=1)),
        expected=seconds_in_words(total),
        critical_path=tuple(path),
        trouble=(
            (
                "Exit code 3: a step failed",
                "What was done has been undone, newest first. Read the cause and its fix, then begin a new run.",
            ),
            (
                "Exit code 6: stopped half-way",
                "Only a person can decide. The message names the step and what still stands. Look for yourself, then"
                " `stormproof runbook resume RUN`, with `--happened STEP` or `--again STEP` if it asks for that.",
            ),
            (
                "The runner died",
                "Nothing is lost: `stormproof runbook resume RUN` goes on from the journal, on this machine or another"
                " that uses the same journal.",
            ),
            (
                "Another runner has the run",
                "Its host, process and start are named. Wait for it, or `stormproof runbook cancel RUN`.",
            ),
        ),
    )


def markdown(book: Runbook) -> str:
    """The operator's page as Markdown."""
    page = operator_page(book)
    lines = [f"# {page.title}", "", f"Runbook `{page.name}`, for services of kind `{page.service_kind}`.", ""]
    if page.description:
        lines += [page.description, ""]
    lines += ["## Commands", "", "| to | run |", "|---|---|"]
    lines += [f"| {_cell(purpose)} | `{command}` |" for purpose, command in page.commands]
    if page.parameters:
        lines += ["", "## Parameters", "", "| name | means |", "|---|---|"]
        lines += [f"| `{name}` | {_cell(meaning)} |" for name, meaning in page.parameters]
    lines += [
        "",
        "## Overview",
        "",
        f"Expected on the critical path: **{page.expected}**. Steps on it are marked ●; the others run beside them.",
        "",
        "| | step | phase | expected | needs |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {'●' if step.critical else ''} | {step.number}. {_cell(step.title)} | {step.phase} | {step.expected} | "
        f"{', '.join(f'`{need}`' for need in step.needs)} |"
        for step in page.steps
    ]
    lines += ["", "## Steps", ""]
    for step in page.steps:
        lines += [f"### {step.number}. {step.title}", "", f"`{step.name}`", ""]
        lines += [f"* {name}: {value}" for name, value in step.facts]
        lines += ["", step.text, ""]
        for heading, text in _parts(step):
            lines += [f"**{heading}.** {text}", ""]
    lines += ["## When something goes wrong", ""]
    lines += [f"* **{seen}.** {act}" for seen, act in page.trouble]
    return "\n".join(lines) + "\n"


def _parts(step: StepPage) -> list[tuple[str, str]]:
    """Heading and text of what a step says beside its main text; also used by the HTML view."""
    parts = [("How to see that it happened", step.verify), ("How it is taken back", step.undo)]
    return [(heading, text) for heading, text in [*parts, ("In a drill", step.in_drill)] if text]


def seconds_in_words(seconds: float) -> str:
    """`45 s`, `2 min 5 s`, `1 h 10 min`."""
    whole = round(seconds)
    if seconds < 10 and seconds != whole:
        return f"{seconds:g} s"
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    parts = [(hours, "h"), (minutes, "min"), (left, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"


def _step_page(number: int, bound: BoundStep, critical: bool) -> StepPage:
    step = bound.step
    facts = [
        ("phase", step.phase.value.replace("_", " ")),
        (
            "expected",
            f"{seconds_in_words(step.expected_seconds)}, stopped after {seconds_in_words(step.timeout_seconds)}",
        ),
        ("may be repeated", "yes" if step.repeatable else "no: after a crash its verify decides, or a person"),
    ]
    if bound.needs:
        facts.insert(1, ("waits for", ", ".join(f"`{need}`" for need in bound.needs)))
    if step.retry.on:
        kinds = ", ".join(sorted(kind.__name__ for kind in step.retry.on))
        facts.append(("tried again", f"on {kinds}, up to {step.retry.attempts} times within {step.retry.seconds:g} s"))
    if step.approvals:
        facts.append(("approvals", str(step.approvals)))
    if step.undo_act is None:
        facts.append(("undo", "none: it leaves nothing to take back"))
    return StepPage(
        number=number,
        name=bound.name,
        title=step.title,
        facts=tuple(facts),
        text=step.doc,
        verify=_doc(step.verify_act, "Looked at by the runbook itself."),
        undo=_doc(step.undo_act, "Done by the runbook itself."),
        in_drill="Left out." + (f" {step.in_drill}" if step.in_drill else "") if step.skip_in_drill else step.in_drill,
        phase=step.phase.value.replace("_", " "),
        needs=bound.needs,
        expected=seconds_in_words(step.expected_seconds),
        critical=critical,
    )


def _doc(function: object, otherwise: str) -> str:
    if function is None:
        return ""
    return " ".join((inspect.getdoc(function) or otherwise).split())


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
