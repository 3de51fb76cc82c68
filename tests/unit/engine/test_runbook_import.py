"""What is wrong with a runbook is said when it is imported, with file and line and what to do."""

from __future__ import annotations

from typing import Any

import pytest
from engine_support import a_book, add

from stormproof.core.errors import AccessRefused, HostUnreachable, Refused, RunFailed, SpecInvalid, StormproofError
from stormproof.engine.retry import Retry
from stormproof.engine.runbook import Context, Outputs, Phase, Runbook


def said(book: Runbook) -> list[tuple[str, str]]:
    with pytest.raises(SpecInvalid) as refused:
        book.check()
    return [(problem.what, problem.fix) for problem in refused.value.problems]


def test_a_sound_book_is_not_complained_about() -> None:
    book = a_book()
    add(book, "a")
    book.check()


def test_every_message_names_file_and_line_of_the_step() -> None:
    book = a_book()

    @book.step(title="A", phase=Phase.START, repeatable=True)
    def a(context: Context) -> None: ...

    line = a.act.__code__.co_firstlineno
    with pytest.raises(SpecInvalid) as refused:
        book.check()
    assert str(refused.value) == (
        f"error SP101: step 'a' has no docstring\n  where: {__file__}:{line}\n"
        "  fix:   write what the operator should read at 3 a.m. under its `def` line"
    )


def test_all_mistakes_are_said_at_once() -> None:
    book = a_book()
    add(book, "a", title=" ", needs=("nobody",), timeout_seconds=0, expected_seconds=-1)
    assert len(said(book)) == 4


def test_a_book_without_steps_is_refused() -> None:
    assert said(a_book()) == [("runbook 'toy' has no steps", "add @book.step(...)")]


def test_an_unknown_need_is_named_with_those_there_are() -> None:
    book = a_book()
    add(book, "a", needs=("chose",))
    add(book, "choose")
    assert said(book) == [("step 'a' needs 'chose', which is no step of this runbook", "use one of: choose")]


def test_a_circle_of_needs_is_named_step_by_step() -> None:
    book = a_book()
    add(book, "start", needs=())
    add(book, "a", needs=("c", "start"))
    add(book, "b", needs=("a",))
    add(book, "c", needs=("b",))
    assert said(book) == [("steps need each other in a circle: a -> c -> b -> a", "drop one of these needs")]


def test_a_step_that_needs_itself_is_a_circle() -> None:
    book = a_book()
    add(book, "a", needs=("a",))
    assert said(book)[0][0] == "steps need each other in a circle: a -> a"


def test_two_steps_of_one_name_are_refused_where_the_second_stands() -> None:
    book = a_book()
    first = add(book, "a")
    with pytest.raises(SpecInvalid) as refused:
        add(book, "a")
    assert refused.value.what == f"runbook 'toy' has two steps named 'a' (the other: {first.where})"


def test_two_books_under_one_prefix_are_refused() -> None:
    inner, outer = a_book("inner"), a_book("outer")
    add(inner, "a")
    outer.include(inner, prefix="p")
    with pytest.raises(SpecInvalid) as refused:
        outer.include(inner, prefix="p")
    assert refused.value.fix == "use another prefix"


def test_what_may_not_be_repeated_must_have_a_verify() -> None:
    book = a_book()
    add(book, "promote", repeatable=False)
    assert said(book) == [
        (
            "step 'promote' may not be repeated and has no verify, so after a crash nobody could know whether it"
            " happened",
            "add a function under @promote.verify, or make the act safe to repeat: repeatable=True",
        )
    ]


def test_not_to_be_repeated_is_the_default() -> None:
    book = a_book()

    @book.step(title="A", phase=Phase.START)
    def a(context: Context) -> None:
        """Read."""

    assert "may not be repeated and has no verify" in said(book)[0][0]


def test_what_may_not_be_repeated_must_have_a_way_to_find_its_outputs() -> None:
    book = a_book()

    @book.step(title="A", phase=Phase.START)
    def a(context: Context) -> Outputs:
        """Read."""
        return {"x": 1}

    @a.verify
    def a_verify(context: Context) -> bool:
        return True

    assert said(book) == [
        (
            "step 'a' may not be repeated, and after a crash its outputs would be lost",
            "let its verify return them, or add a function under @a.outputs_of",
        )
    ]
    a.outputs_of(lambda context: {"x": 1})
    book.check()


def test_a_step_has_one_verify() -> None:
    book = a_book()
    step = add(book, "a", verify=lambda c: True)
    with pytest.raises(SpecInvalid) as refused:
        step.verify(lambda c: True)
    assert refused.value.what == "step 'a' has two verify functions"


def test_what_may_not_be_repeated_has_no_retry() -> None:
    book = a_book()
    step = add(book, "a", repeatable=False, retry=Retry(on=(HostUnreachable,)), verify=lambda c: True)
    step.outputs_of(lambda c: {})
    assert said(book) == [
        (
            "step 'a' may not be repeated but has a retry",
            "drop retry, or make the act safe to repeat: repeatable=True",
        )
    ]


@pytest.mark.parametrize("kind", [Refused, AccessRefused, RunFailed, StormproofError, SpecInvalid])
def test_only_named_transient_faults_are_tried_again(kind: Any) -> None:
    book = a_book()
    add(book, "a", retry=Retry(on=(kind,)))
    assert said(book)[0][0] == (
        f"step 'a' has an unsound retry: {kind.__name__} is not transient: trying again cannot help, or hides what is"
        " wrong"
    )


@pytest.mark.parametrize("retry", [Retry(attempts=0), Retry(seconds=0), Retry(first_wait_seconds=-1)])
def test_a_retry_has_bounds(retry: Retry) -> None:
    book = a_book()
    add(book, "a", retry=retry)
    assert "attempts must be at least 1" in said(book)[0][0]


def test_a_step_expected_to_outlast_its_bound_is_refused() -> None:
    book = a_book()
    add(book, "a", expected_seconds=10, timeout_seconds=9.5)
    assert said(book) == [
        (
            "step 'a' is expected to take 10 s but is stopped after 9.5 s",
            "raise timeout_seconds well above expected_seconds",
        )
    ]


def test_also_needs_names_only_steps_of_the_included_book() -> None:
    inner, outer = a_book("inner"), a_book("outer")
    add(inner, "a")
    with pytest.raises(SpecInvalid) as refused:
        outer.include(inner, prefix="p", also_needs={"b": ("x",)})
    assert refused.value.what == "also_needs names 'b', which is no step of runbook 'inner'"


def test_needs_from_outside_bind_the_included_books_first_steps() -> None:
    inner, outer = a_book("inner"), a_book("outer")
    add(inner, "a")
    add(inner, "b", needs=("a",))
    before = add(outer, "before")
    outer.include(inner, prefix="p", needs=(before,), also_needs={"b": ("after",)})
    add(outer, "after")
    assert {bound.name: bound.needs for bound in outer.steps} == {
        "before": (),
        "after": (),
        "p.a": ("before",),
        "p.b": ("p.a", "after"),
    }


def test_the_digest_holds_names_wiring_and_policy_and_nothing_else() -> None:
    def digest(**options: Any) -> str:
        book = a_book()
        add(book, "first")
        add(book, "a", **options)
        return book.digest

    base = digest()
    assert digest(title="Other words", expected_seconds=5, in_drill="x") == base
    changes: list[dict[str, Any]] = [
        {"needs": ("first",)},
        {"phase": Phase.START},
        {"timeout_seconds": 9},
        {"retry": Retry()},
        {"approvals": 1},
        {"skip_in_drill": True},
        {"undo": lambda c: None},
        {"verify": lambda c: True},
    ]
    assert len({base, *(digest(**change) for change in changes)}) == len(changes) + 1


def test_the_order_of_writing_does_not_change_the_digest() -> None:
    one, two = a_book(), a_book()
    for book, names in ((one, "ab"), (two, "ba")):
        for name in names:
            add(book, name)
    assert one.digest == two.digest
