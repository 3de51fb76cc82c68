"""Whose mistake it is that a step ended in an exception that nobody expected: the runbook's, or ours."""

from __future__ import annotations

from pathlib import Path

from stormproof.core.errors import RunFailed
from stormproof.core.redact import Redactor
from stormproof.engine.raised import WORDS_MAX, lines_of, words_of
from stormproof.engine.runbook import BoundStep
from stormproof.engine.shipped import is_as_shipped
from stormproof.engine.step import StepMistake

_PACKAGE = Path(__file__).resolve().parents[1]


def book_mistake(error: BaseException, bound: BoundStep, redactor: Redactor) -> RunFailed | None:
    """The mistake as a runbook's author should read it; None for a mistake of ours.

    It is the runbook's where its own line raised it, and where our code did that a line of the runbook called, unless
    that module is as we ship it: a copy of an earlier version hands on what has another shape by now.
    """
    folders = _folders(bound)
    frames = [(Path(file), line) for file, line in lines_of(error.__traceback__)]
    lines = [(file, line) for file, line in frames if file.parent in folders]
    own = [file for file, _ in frames if file.parent in folders or file.is_relative_to(_PACKAGE)]
    told = isinstance(error, StepMistake)
    if not told and (not lines or (own[-1].parent not in folders and is_as_shipped(lines[-1][0]))):
        return None
    what = " ".join(redactor.text(str(error)).split())[:WORDS_MAX] if told else words_of(error, redactor.text)
    return RunFailed(
        f"step '{bound.name}' has a mistake: {what}",
        where=f"{lines[-1][0]}:{lines[-1][1]}" if lines else bound.where,
        fix="correct that line; where it is a copy from an earlier version, compare it with what `stormproof init "
        "NEW-FOLDER` writes now",
        code="SP237",
    )


def _folders(bound: BoundStep) -> set[Path]:
    """Where the runbook's modules lie: a step's functions may come from several."""
    step = bound.step
    layers = (function for _, function in bound.layers)
    functions = (step.act, step.verify_act, step.undo_act, step.outputs_of_act, step.touches, *layers)
    files = [code.co_filename for code in (getattr(function, "__code__", None) for function in functions) if code]
    return {Path(file).parent for file in (bound.where.rpartition(":")[0], *files)}
