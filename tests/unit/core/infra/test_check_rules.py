"""How a check of a program ends: what fails, what is not known, what is excepted and until when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from declared import program, res

from stormproof.core.finding import Severity
from stormproof.core.infra.check import check
from stormproof.core.infra.exceptions import RuleException
from stormproof.core.infra.resource_graph import ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

TODAY = date(2026, 3, 1)


def _rule(rule_id: str = "no-bad", **changes: object) -> Rule:
    def look(graph: ResourceGraph) -> Iterator[Answer]:
        for one in graph:
            verdict = {"bad": failed(one, "it is bad", "make it good"), "later": unknown(one, "what it is")}
            yield verdict.get(str(one.get("state")), passed(one))

    facts = {"title": "t", "statements": ("1-a",), "severity": Severity.HIGH, "risk": "r", "remedy": "m", "check": look}
    return Rule(id=rule_id, **{**facts, **changes})  # type: ignore[arg-type]


def _exception(**changes: object) -> RuleException:
    facts = {"rule": "no-bad", "resource": "b", "owner": "sam", "reason": "until the move is over"}
    return RuleException(**{**facts, "expires": date(2026, 4, 1), **changes})  # type: ignore[arg-type]


GOOD, BAD, LATER = res("x:y:Z", "g", state="good"), res("x:y:Z", "b", state="bad"), res("x:y:Z", "l", state="later")


@pytest.mark.parametrize(
    ("graph", "code"),
    [
        (program(GOOD), 0),
        (program(), 0),
        (program(GOOD, BAD), 3),
        (program(GOOD, LATER), 4),
        (program(BAD, LATER), 3),
    ],
)
def test_how_a_check_ends(graph: ResourceGraph, code: int) -> None:
    assert check([_rule()], graph, today=TODAY).exit_code == code


def test_an_advisory_rule_tells_and_does_not_refuse() -> None:
    told = check([_rule(advisory=True)], program(BAD), today=TODAY)
    assert (told.exit_code, len(told.judged)) == (0, 1)


@pytest.mark.parametrize("resource", ["b", "*", "urn:*::b"])
def test_an_exception_covers_the_resource_that_it_names(resource: str) -> None:
    told = check([_rule()], program(BAD), exceptions=[_exception(resource=resource)], today=TODAY)
    assert (told.exit_code, told.judged[0].excepted is not None, told.unused) == (0, True, [])


@pytest.mark.parametrize("changes", [{"resource": "other"}, {"rule": "other"}])
def test_an_exception_for_something_else_covers_nothing_and_is_told_as_unused(changes: dict[str, str]) -> None:
    told = check([_rule()], program(BAD), exceptions=[_exception(**changes)], today=TODAY)
    assert (told.exit_code, len(told.unused)) == (3, 1)


@pytest.mark.parametrize(("expires", "code"), [(date(2026, 2, 28), 3), (date(2026, 3, 1), 0), (date(2026, 3, 2), 0)])
def test_an_exception_holds_through_its_last_day(expires: date, code: int) -> None:
    assert check([_rule()], program(BAD), exceptions=[_exception(expires=expires)], today=TODAY).exit_code == code


def test_an_expired_exception_fails_even_when_nothing_needs_it_any_more() -> None:
    told = check([_rule()], program(GOOD), exceptions=[_exception(expires=date(2026, 1, 1))], today=TODAY)
    assert (told.exit_code, len(told.expired)) == (3, 1)


def test_an_exception_that_covers_only_a_pass_is_unused() -> None:
    told = check([_rule()], program(GOOD), exceptions=[_exception(resource="g")], today=TODAY)
    assert len(told.unused) == 1


@pytest.mark.parametrize(
    ("declared", "asked", "judged"),
    [
        (None, None, 0),
        ("account", None, 1),
        (None, "account", 1),
        ("vault", None, 0),
        ("all", None, 1),
        (None, "all", 1),
    ],
)
def test_a_rule_of_a_layer_is_asked_where_that_layer_is_declared_or_asked_for(
    declared: str | None, asked: str | None, judged: int
) -> None:
    told = check([_rule(layer="account")], program(BAD, layer=declared), today=TODAY, layer=asked)
    assert len(told.judged) == judged


def test_a_rule_that_concerns_nothing_is_told_as_silent() -> None:
    assert [rule.id for rule in check([_rule()], program(), today=TODAY).silent] == ["no-bad"]
