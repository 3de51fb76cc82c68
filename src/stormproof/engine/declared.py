"""Whether what a module declared is of the kinds that the engine goes by; Python itself holds no annotation."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from stormproof.core.errors import SpecProblem, StormproofError
from stormproof.core.phase import Phase
from stormproof.engine.retry import Retry

if TYPE_CHECKING:
    from stormproof.engine.runbook import BoundStep, Runbook
    from stormproof.engine.step import Step

SECONDS_MAX = 10**9  # 31 years
_SHOWN_MAX = 60
_NO_TEXT = re.compile("[\0\ud800-\udfff]")


def kind_problems(book: Runbook, steps: list[BoundStep]) -> list[SpecProblem]:
    """Every value of a wrong kind in a book and its steps. Only where there is none may they be asked anything further."""
    found = _told(f"runbook {_shown(book.name)}", book.where, _book_kinds(book))
    for bound in steps:
        found += _told(f"step {_shown(bound.name)}", bound.step.where, _step_kinds(bound.step, bound.needs))
    return found


def _book_kinds(book: Runbook) -> list[tuple[str, Any, bool, str]]:
    """(what, its value, whether it is right, what to give) for each value of a book."""
    return [
        ("name", book.name, _is_name(book.name), "a word"),
        ("title", book.title, is_words(book.title), "text"),
        ("service_kind", book.service_kind, is_words(book.service_kind), "the kind of a service, such as 'postgres'"),
        ("description", book.description, is_words(book.description), "text"),
        (
            "parameters",
            book.parameters,
            all(_is_name(key) and is_words(value) for key, value in book.parameters.items()),
            "a mapping of names to what they mean, in words",
        ),
    ]


def _step_kinds(step: Step, needs: tuple[str, ...]) -> list[tuple[str, Any, bool, str]]:
    return [
        ("name", step.name, _is_name(step.name), "a function with a name"),
        ("title", step.title, is_words(step.title), "text"),
        ("phase", step.phase, isinstance(step.phase, Phase), f"one of {', '.join(f'Phase.{p.name}' for p in Phase)}"),
        ("needs", needs, all(_is_name(need) for need in needs), "a list of steps, or of their names"),
        ("docstring", step.doc, is_words(step.doc), "text"),
        ("expected_seconds", step.expected_seconds, _is_number(step.expected_seconds), "a number of seconds"),
        ("timeout_seconds", step.timeout_seconds, _is_number(step.timeout_seconds), "a number of seconds"),
        ("repeatable", step.repeatable, isinstance(step.repeatable, bool), "True or False"),
        ("retry", step.retry, _is_retry(step.retry), "a Retry with numbers, and errors of stormproof in `on`"),
        ("approvals", step.approvals, _is_count(step.approvals), "a whole number"),
        ("touches", step.touches, step.touches is None or callable(step.touches), "a function of the plan"),
        ("in_drill", step.in_drill, is_words(step.in_drill), "text"),
        ("skip_in_drill", step.skip_in_drill, isinstance(step.skip_in_drill, bool), "True or False"),
        *(
            (what, function, function is None or callable(function), "a function")
            for what, function in (
                ("verify", step.verify_act),
                ("undo", step.undo_act),
                ("outputs_of", step.outputs_of_act),
            )
        ),
    ]


def is_words(value: object) -> bool:
    """Text that can be written as UTF-8: no half of a surrogate pair, no null."""
    return isinstance(value, str) and _NO_TEXT.search(value) is None


def _told(whose: str, where: str, kinds: list[tuple[str, Any, bool, str]]) -> list[SpecProblem]:
    return [
        SpecProblem(f"{what} of {whose} cannot be {_shown(value)}", where=where, fix=f"give {wanted}")
        for what, value, right, wanted in kinds
        if not right
    ]


def _shown(value: object) -> str:
    """Of plain values what stands there, of everything else its kind: its own words are whatever its author made them."""
    if value is None or type(value) in (str, bool, float) or (type(value) is int and abs(value) < 10**18):
        return repr(value)[:_SHOWN_MAX]
    return f"a {type(value).__name__}"


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value.strip() == value != "" and value.isprintable()


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= SECONDS_MAX  # NaN is not


def _is_count(value: object) -> bool:
    return type(value) is int


def _is_retry(retry: object) -> bool:
    if type(retry) is not Retry or type(retry.on) is not tuple:
        return False
    numbers = (retry.seconds, retry.first_wait_seconds, retry.wait_seconds_max)
    kinds: tuple[Callable[..., object], ...] = retry.on
    return (
        _is_count(retry.attempts)
        and all(_is_number(number) for number in numbers)
        and all(isinstance(kind, type) and issubclass(kind, StormproofError) for kind in kinds)
    )
