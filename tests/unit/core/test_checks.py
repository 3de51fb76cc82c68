"""What each check decides, at, below and above its bounds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from stormproof.core.checks import (
    Decided,
    QueryAnswer,
    damaged,
    decide,
    emptied_tables,
    freshness,
    joined,
    query,
    resolve_table,
    unknown,
    volume,
)
from stormproof.core.finding import Severity
from stormproof.core.verdict import CheckResult

T = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
ROWS = {"public.orders": 80, "sales.items": 5, 'public."größen"': 2, "a.twice": 1, "b.twice": 1}


def loud(decided: Decided) -> list[str]:
    return [f.code for f in decided.findings if f.severity is not Severity.INFO]


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("orders", "public.orders"),
        ("Orders", "public.orders"),
        ("public.orders", "public.orders"),
        ("items", "sales.items"),
        ('"größen"', 'public."größen"'),
        ("twice", None),
        ("a.twice", "a.twice"),
        ("nowhere", None),
        ("a.b.c", None),
    ],
)
def test_a_table_is_found_as_a_person_writes_it(written: str, known: str | None) -> None:
    assert resolve_table(written, ROWS) == known


@pytest.mark.parametrize(("bound", "codes"), [(79, []), (80, []), (81, ["SP411"])])
def test_the_least_number_of_rows_is_inclusive(bound: int, codes: list[str]) -> None:
    assert loud(volume("orders", ROWS, None, rows_min=bound)) == codes


@pytest.mark.parametrize(("bound", "codes"), [(79, ["SP411"]), (80, []), (81, [])])
def test_the_greatest_number_of_rows_is_inclusive(bound: int, codes: list[str]) -> None:
    assert loud(volume("orders", ROWS, None, rows_max=bound)) == codes


@pytest.mark.parametrize(("percent", "codes"), [(19.9, ["SP412"]), (20.0, []), (20.1, [])])
def test_the_allowed_drop_is_inclusive(percent: float, codes: list[str]) -> None:
    assert loud(volume("orders", ROWS, {"public.orders": 100}, max_drop_percent=percent)) == codes


@pytest.mark.parametrize(("allowed", "codes"), [(19, ["SP412"]), (20, []), (21, [])])
def test_at_most_so_many_rows_may_be_lost(allowed: int, codes: list[str]) -> None:
    assert loud(volume("orders", ROWS, {"public.orders": 100}, max_drop_rows=allowed)) == codes


def test_more_rows_than_the_reference_are_no_drop() -> None:
    assert volume("orders", ROWS, {"public.orders": 10}, max_drop_percent=0).result is CheckResult.PASSED
    assert volume("orders", ROWS, {"public.orders": 0}, max_drop_percent=0).result is CheckResult.PASSED


def test_a_drop_without_a_reference_is_unknown_unless_a_fixed_bound_fails() -> None:
    assert volume("orders", ROWS, None, max_drop_percent=5).result is CheckResult.UNKNOWN
    assert volume("orders", ROWS, None, max_drop_percent=5, rows_min=1000).result is CheckResult.FAILED


def test_a_table_that_is_gone_failed() -> None:
    assert loud(volume("nowhere", ROWS, None, rows_min=0)) == ["SP413"]


def test_emptied_tables_are_information() -> None:
    found = emptied_tables(
        {"public.queue": 0, "public.kept": 1, "public.never": 0},
        {"public.queue": 5, "public.kept": 9, "public.never": 0},
    )
    assert [(f.severity, f.what) for f in found] == [
        (Severity.INFO, "1 tables had rows at the backup and are empty now: public.queue")
    ]


def test_an_unlogged_table_is_empty_after_every_recovery_and_no_news() -> None:
    objects = {
        "table public.session": "unlogged owner app",
        "table public.parts": "unlogged partitioned by LIST (k) owner app",
        "table public.whole": "permanent partitioned by LIST (k) owner app",
        "table public.whole_1": "unlogged partition FOR VALUES IN (1) of public.whole owner app",
        "table public.mixed": "permanent partitioned by LIST (k) owner app",
        "table public.mixed_1": "unlogged partition FOR VALUES IN (1) of public.mixed owner app",
        "table public.mixed_2": "permanent partition DEFAULT of public.mixed owner app",
        "table public.kept": "permanent owner app",
    }
    names = ["public.session", "public.parts", "public.whole", "public.whole_1", "public.mixed", "public.kept"]
    found = emptied_tables(dict.fromkeys(names, 0), dict.fromkeys(names, 7), objects)
    assert [f.what for f in found] == ["2 tables had rows at the backup and are empty now: public.kept; public.mixed"]


@pytest.mark.parametrize(
    ("answer", "result", "code"),
    [
        (QueryAnswer(1, False, 0.0, True), CheckResult.PASSED, None),
        (QueryAnswer(1, False, 3.0, False), CheckResult.FAILED, "SP414"),
        (QueryAnswer(1, True, None, False), CheckResult.FAILED, "SP414"),
        (QueryAnswer(0, False, None, None), CheckResult.UNKNOWN, "SP416"),
        (QueryAnswer(2, False, None, True), CheckResult.UNKNOWN, "SP416"),
    ],
)
def test_a_query_compares_one_value_or_nothing(answer: QueryAnswer, result: CheckResult, code: str | None) -> None:
    decided = query("q", answer, "equals 0")
    assert (decided.result, [f.code for f in decided.findings]) == (result, [code] if code else [])


@pytest.mark.parametrize(("age", "codes"), [(59.999, []), (60.0, []), (60.001, ["SP441"])])
def test_the_age_of_a_watermark_is_inclusive(age: float, codes: list[str]) -> None:
    assert loud(freshness(T - timedelta(seconds=age), T, max_age_seconds=60, where="w")) == codes


def test_an_empty_watermark_failed() -> None:
    assert loud(freshness(None, T, max_age_seconds=60, where="w")) == ["SP442"]


def test_a_watermark_older_than_the_reference_failed_unless_the_target_is_older_too() -> None:
    newest, reference = T - timedelta(seconds=30), T - timedelta(seconds=10)
    assert loud(freshness(newest, T, max_age_seconds=60, where="w", reference_newest=reference)) == ["SP443"]
    earlier = T - timedelta(seconds=20)
    assert loud(freshness(newest, earlier, max_age_seconds=60, where="w", reference_newest=reference)) == []


def test_a_date_in_the_future_is_information() -> None:
    decided = freshness(T + timedelta(hours=1), T, max_age_seconds=60, where="w")
    assert (decided.result, decided.findings[0].code) == (CheckResult.PASSED, "SP444")


def test_failed_outranks_unknown_which_outranks_passed() -> None:
    passed, lost = decide([]), unknown("x", where="y", fix="z")
    failed = [damaged("a page is broken", "public.orders")]
    assert joined([passed, lost]).result is CheckResult.UNKNOWN
    assert joined([lost, decide(failed), passed]).result is CheckResult.FAILED
    assert joined([]).result is CheckResult.PASSED


@pytest.mark.parametrize(
    ("newest", "reference", "codes"), [(-10, -10, []), (-11, -10, ["SP443"]), (-1, 0, ["SP443"]), (-1, 1, [])]
)
def test_the_references_own_instant_is_inclusive(newest: int, reference: int, codes: list[str]) -> None:
    at, before = T + timedelta(seconds=newest), T + timedelta(seconds=reference)
    assert loud(freshness(at, T, max_age_seconds=60, where="w", reference_newest=before)) == codes


@pytest.mark.parametrize(("ahead", "count"), [(5.0, 0), (5.001, 1)])
def test_a_few_seconds_ahead_are_clocks_and_no_finding(ahead: float, count: int) -> None:
    assert len(freshness(T + timedelta(seconds=ahead), T, max_age_seconds=60, where="w").findings) == count
