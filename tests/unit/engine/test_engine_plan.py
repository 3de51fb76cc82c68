"""A plan shows everything and touches nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from engine_support import a_book, add
from spec_samples import inventory

from stormproof.core.errors import SpecInvalid
from stormproof.core.phase import Phase
from stormproof.engine.plan import Plan, plan
from stormproof.engine.runbook import Runbook


def diamond() -> Runbook:
    book = a_book()
    add(book, "choose", expected_seconds=2, phase=Phase.DECIDE)
    add(book, "data", expected_seconds=20, needs=("choose",), touches=lambda view: [view.target_name("primary")])
    add(book, "files", expected_seconds=5, needs=("choose",), timeout_seconds=60)
    add(book, "start", expected_seconds=3, needs=("data", "files"), phase=Phase.START)
    add(book, "send", expected_seconds=100, needs=("start",), skip_in_drill=True, phase=Phase.CUT_OVER)
    return book


def planned(book: Runbook, **options: Any) -> Plan:
    facts = {"mode": "drill", "environment": "recovery", "service": "shop", "parameters": {}, **options}
    return plan(book, inventory=inventory(lab=False), **facts)


def test_the_expected_critical_path_is_the_longest_chain() -> None:
    made = planned(diamond())
    assert made.critical_path == ("choose", "data", "start", "send")
    assert made.expected_seconds == 25  # what a drill leaves out takes no time in it
    assert planned(diamond(), mode="outage").expected_seconds == 125


@pytest.mark.parametrize(("rto", "fits"), [(25, True), (24.9, False), (None, None)])
def test_it_is_held_against_the_rto(rto: float | None, fits: bool | None) -> None:
    assert planned(diamond(), rto_seconds=rto).fits is fits


def test_each_step_says_what_it_would_touch() -> None:
    steps = {step.name: step for step in planned(diamond()).steps}
    assert steps["data"].touches == ("recovery-1",)
    assert steps["send"].skipped
    assert not steps["files"].critical


def test_what_would_be_refused_is_a_problem_of_the_plan_and_the_rest_is_shown() -> None:
    made = planned(diamond(), environment="production")
    assert len(made.steps) == 5
    assert made.problems == (
        "a drill may not act in 'production': it is a protected environment"
        " (fix: run the drill in an isolated environment; only --mode outage acts on protected ones)",
        "data: a drill may not reach 'app-primary': it has an address of a protected environment"
        " (fix: run the drill in an isolated environment; only --mode outage acts on protected hosts)",
    )


def test_a_service_of_another_kind_is_a_problem_of_the_plan() -> None:
    assert planned(diamond(), service="uploads").problems == (
        "service 'uploads' has no part of kind 'application' (fix: name exactly one service of kind application in"
        " made_of, or run the runbook for that service itself)",
    )


def test_no_act_verify_or_undo_is_called() -> None:
    book = a_book()

    def never(context: Any) -> None:
        raise AssertionError("a plan acted")

    add(book, "a", never, verify=never, undo=never)
    assert len(planned(book).steps) == 1


def test_included_steps_are_planned_with_their_own_parameters() -> None:
    inner, outer = a_book("inner"), a_book("outer")
    add(inner, "a", touches=lambda view: [view.parameters["folder"]])
    outer.include(inner, prefix="p", parameters=lambda view: {"folder": f"{view.parameters['base']}/p"})
    assert planned(outer, parameters={"base": "/x"}).steps[0].touches == ("/x/p",)


def test_a_plan_is_json() -> None:
    document = json.loads(json.dumps(planned(diamond(), rto_seconds=60).as_json()))
    assert document["schema"] == "stormproof.plan/v1"
    assert document["fits"] is True
    assert [step["name"] for step in document["steps"]] == ["choose", "data", "files", "start", "send"]


def test_a_mistake_of_a_function_that_a_plan_asks_is_the_books() -> None:
    for wrong, what in (
        (lambda view: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda view: exec("raise Exception('x')"), "Exception: x"),
        (lambda view: exec("raise SystemExit(0)"), "SystemExit: 0"),
        (lambda view: 5, "its touches answers no list of texts"),
        (lambda view: "text", "its touches answers no list of texts"),
        (lambda view: [5], "its touches answers no list of texts"),
        (lambda view: ["\ud800"], "its touches answers no list of texts"),
        (len, "TypeError: object of type 'PlanView' has no len()"),
        (ord, "TypeError: ord() expected string of length 1, but PlanView found"),
    ):
        book = a_book()
        add(book, "a", touches=wrong)
        with pytest.raises(SpecInvalid) as caught:
            planned(book)
        assert caught.value.what == f"step 'a' has a mistake: {what}"


@pytest.mark.parametrize(("wrong", "what"), [
    (lambda view: view.parameters["nope"], "KeyError: 'nope'"),
    (lambda view: [], "its parameters are no mapping but a list"),
])  # fmt: skip
def test_a_mistake_of_a_function_that_makes_parameters_is_the_books(wrong: Any, what: str) -> None:
    inner, outer = a_book(), a_book()
    add(inner, "a")
    outer.include(inner, prefix="p", parameters=wrong)
    with pytest.raises(SpecInvalid) as caught:
        planned(outer)
    assert caught.value.what == f"step 'p.a' has a mistake: {what}"
