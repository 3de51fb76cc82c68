"""Was a seeded fault caught, and named? And which checks could have?"""

from __future__ import annotations

from typing import Any

import pytest

from stormproof.core.check_spec import StructureCheck
from stormproof.core.drill_result import CheckReport
from stormproof.core.finding import Finding, Severity
from stormproof.core.negative_control import (
    Answers,
    Judged,
    Seed,
    Status,
    Watch,
    Watcher,
    WouldSee,
    all_caught,
    judge,
    names,
)
from stormproof.core.verdict import CheckResult

SEED = Seed("all rows of public.orders are gone", "table public.orders", ("public.orders",), frozenset({"SP411"}))
LINE = WouldSee("volume", "- volume: {table: orders, rows: {min: 1}}")
VOLUME = Watcher("volume of orders", "volume", StructureCheck(kind="structure"))
QUERY = Watcher("my query", "query", sure=False, named_by=("my query",), codes=frozenset({"SP414"}))


def finding(what: str = "0 rows", where: str = "public.orders", code: str = "SP411", **more: Any) -> Finding:
    return Finding(code=code, severity=more.pop("severity", Severity.CRITICAL), what=what, where=where, fix="look")


def report(result: str, *findings: Finding, name: str = "volume of orders") -> CheckReport:
    return CheckReport(name=name, kind="volume", result=CheckResult(result), seconds=0.1, findings=list(findings))


def judged(*answers: CheckReport, baseline: tuple[CheckReport, ...] = (), watchers: tuple[Watcher, ...] = (VOLUME,),
           named: bool | None = None) -> Judged:  # fmt: skip
    return judge(SEED, Watch(watchers, LINE), Answers(answers, named), baseline or (report("passed"),))


def test_a_failing_check_that_names_the_object_has_caught_it():
    told = judged(report("failed", finding()))
    assert (told.status, told.caught_by, told.finding) == (Status.CAUGHT, ("volume of orders",), finding())


@pytest.mark.parametrize(
    "other",
    [
        finding(where="public.orders_2026"),  # another table
        finding(where="public.orders.id"),  # a column of it
        finding(where="xpublic.orders"),
        finding(code="SP414"),  # another kind of finding
        finding(severity=Severity.INFO),
    ],
)
def test_a_failing_check_that_does_not_name_the_object_has_missed_it(other: Finding):
    told = judged(report("failed", other))
    assert told.status is Status.MISSED
    said = "" if other.severity is Severity.INFO else f": {other.code} 0 rows"
    assert told.why == f"volume of orders failed, and did not name table public.orders{said}"


def test_a_check_that_says_that_all_is_well_has_missed_it():
    told = judged(report("passed"))
    assert (told.status, told.why) == (Status.MISSED, "volume of orders looked, and said that all is well")


def test_a_passing_check_catches_nothing_whatever_it_found():
    assert judged(report("passed", finding())).status is Status.MISSED


@pytest.mark.parametrize("before", ["failed", "unknown"])
def test_a_check_that_had_not_passed_before_the_seeding_proves_nothing(before: str):
    told = judged(report("failed", finding()), baseline=(report("passed"), report(before)))
    assert told.status is Status.UNKNOWN
    assert told.why == "volume of orders had not passed before the fault was seeded, and proves nothing"


def test_a_finding_that_was_there_before_is_not_the_faults():
    """A check may pass with information; the same words afterwards say nothing new."""
    assert judged(report("failed", finding()), baseline=(report("passed", finding()),)).status is Status.MISSED


@pytest.mark.parametrize("answers", [(), (report("unknown", finding("no reference", code="SP493")),)])
def test_a_check_that_could_not_look_is_unknown_and_never_a_miss(answers: tuple[CheckReport, ...]):
    told = judged(*answers)
    assert told.status is Status.UNKNOWN
    assert told.why.startswith("volume of orders could not look: ")


def test_a_check_that_may_see_it_catches_it_and_its_silence_is_a_blind_spot():
    seen = report("failed", finding("expected equals 0, got 5", "my query", "SP414"), name="my query")
    quiet = report("passed", name="my query")
    assert judged(seen, watchers=(QUERY,), baseline=(quiet,)).status is Status.CAUGHT
    assert judged(quiet, watchers=(QUERY,), baseline=(quiet,)).status is Status.BLIND_SPOT


def test_one_of_two_sure_checks_is_enough_and_both_are_told():
    other = Watcher("integrity", "integrity")
    baseline = (report("passed"), report("passed", name="integrity"))
    both = judged(report("failed", finding()), report("failed", finding(), name="integrity"),
                  watchers=(VOLUME, other), baseline=baseline)  # fmt: skip
    assert both.caught_by == ("volume of orders", "integrity")
    one = judged(
        report("failed", finding()), report("passed", name="integrity"), watchers=(VOLUME, other), baseline=baseline
    )
    assert (one.status, one.caught_by) == (Status.CAUGHT, ("volume of orders",))


def test_nobody_who_could_see_it_is_a_blind_spot():
    assert judged(watchers=()).status is Status.BLIND_SPOT


@pytest.mark.parametrize(("named", "status"), [(True, Status.CAUGHT), (False, Status.MISSED)])
def test_where_names_stay_on_the_host_its_list_decides(named: bool, status: Status):
    assert judged(report("failed", finding(where="restored files")), named=named).status is status


@pytest.mark.parametrize(
    ("statuses", "good"),
    [
        (["caught"], True),
        (["caught", "not-applicable"], True),
        (["not-applicable"], False),  # nothing was proved
        ([], False),
        (["caught", "missed"], False),
        (["caught", "blind-spot"], False),
        (["caught", "unknown"], False),
    ],
)
def test_a_run_passes_only_when_every_fault_that_applies_was_caught(statuses: list[str], good: bool):
    assert all_caught(Status(status) for status in statuses) is good


@pytest.mark.parametrize(
    ("text", "name", "there"),
    [
        ("1 missing: public.a; public.b", "public.b", True),
        ("table public.orders (was 'x')", "public.orders", True),
        ('rights are missing on 1: table public."größen" (was', 'public."größen"', True),
        ('"public.orders"', "public.orders", False),
        ("public.orders_old", "public.orders", False),
        ("base/16387/164890", "base/16387/16489", False),
        ("", "public.orders", False),
    ],
)
def test_a_name_is_found_as_a_whole_or_not_at_all(text: str, name: str, there: bool):
    assert names(text, name) is there
