"""Drills: what a sound one says, and every mistake of a wrong one at once, with file, line and fix."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from spec_samples import INVENTORY, SOUND_DRILL, inventory

from stormproof.core.check_spec import CHECK_KINDS, QueryCheck, VolumeCheck
from stormproof.core.drill_spec import DrillSpec
from stormproof.core.drill_text import Known, parse_drill
from stormproof.core.errors import SpecInvalid, SpecProblem

BOOKS = {"restore_shop": "application", "restore_postgres": "postgres", "restore_files": "files"}
NOW = datetime(2026, 11, 23, tzinfo=UTC)
FILE = "drills/shop-latest.yaml"


def read(text: str, *, known: Known | None = None, file: str = FILE) -> DrillSpec:
    return parse_drill(text, file=file, known=known)


def wrong(text: str, *, known: Known | None = None) -> list[SpecProblem]:
    with pytest.raises(SpecInvalid) as caught:
        read(text, known=known)
    return caught.value.problems


def lab_known() -> Known:
    return Known(BOOKS, inventory(lab=True), NOW)


def changed(old: str, new: str) -> str:
    assert old in SOUND_DRILL
    return SOUND_DRILL.replace(old, new)


def test_a_sound_drill_is_read_whole() -> None:
    spec = read(SOUND_DRILL, known=lab_known())
    assert spec.targets.rto == timedelta(minutes=5)
    assert spec.targets.rpo_consistent == timedelta(minutes=2)
    assert (spec.scenario.kind, spec.scenario.at, spec.scenario.inject) == ("loss", None, True)
    assert [check.kind for check in spec.checks] == ["structure", "volume", "query", "integrity", "freshness", "files", "cross_store", "settings"]  # fmt: skip
    volume, query = spec.checks[1], spec.checks[2]
    assert isinstance(volume, VolumeCheck)
    assert isinstance(query, QueryCheck)
    assert volume.rows.max_drop_percent == 20
    assert (query.title, query.timeout, query.expect.equals) == ("no order without customer", timedelta(seconds=30), 0)
    assert (spec.keep.on_success, spec.window and spec.window.min) == (timedelta(0), timedelta(days=14))


def test_a_drill_as_json_reads_back_as_itself() -> None:
    spec = read(SOUND_DRILL)
    assert read(json.dumps(spec.as_json())) == spec
    assert DrillSpec.model_validate(spec.as_json()) == spec


def test_a_spec_cannot_be_changed() -> None:
    spec = read(SOUND_DRILL)
    with pytest.raises(ValueError, match="frozen"):
        spec.owner = "x"  # type: ignore[misc]


@pytest.mark.parametrize("kind", [kind for kind in CHECK_KINDS if kind not in ("volume", "query", "freshness")])
def test_a_check_without_fields_may_be_left_empty(kind: str) -> None:
    head = SOUND_DRILL.split("checks:")[0]
    assert read(f"{head}checks:\n  - {kind}:\n").checks[0].kind == kind


@pytest.mark.parametrize(
    ("old", "new", "line", "what", "fix"),
    [
        ("title: The", "titel: The", 2, "unknown key 'titel'",
         "did you mean 'title'? use one of: checks, drill, environment, keep, owner, point, runbook, scenario, schedule, "
         "targets, title, window"),
        ("rto: 5m", "rto: 300", 9, "targets.rto: '300' has no unit",
         "write 300s if you mean that; write for example 90s, 5m, 2h or 1d"),
        ("rto: 5m", "rto: 0s", 9, "targets.rto: a target of 0s can never be met",
         "write what the business was promised, such as 5m"),
        ("rto: 5m, ", "", 9, "'targets.rto' is missing",
         "add 'rto: …' (from the failure's isolation proof to the first write and read, such as 5m)"),
        ("runbook: restore_shop", "runbook: restore_shopp", 4, "there is no runbook 'restore_shopp'",
         "did you mean 'restore_shop'? use one of: restore_files, restore_postgres, restore_shop"),
        ("environment: recovery", "environment: production", 5,
         "environment 'production' is protected: a drill can never act on it", "use one of: recovery"),
        ("environment: recovery", "environment: recvery", 5, "there is no environment 'recvery'",
         "did you mean 'recovery'? use one of: recovery"),
        ("environment: recovery", "environment: backup", 5,
         "environment 'backup' says nothing about its isolation, so it could not be proved",
         "add 'isolation' to it in the inventory (must_reach, must_not_reach, witness), or use one of: recovery"),
        ("service: shop", "service: shopp", 6, "there is no service 'shopp'",
         "did you mean 'shop'? use one of: orders-db, shop, uploads"),
        ("kind: loss", "kind: lost", 6, "'scenario.kind' cannot be 'lost'",
         "did you mean 'loss'? use one of: dropped-table, loss, point-in-time"),
        ("at: now, inject: true", "at: 2026-01-31T09:00:00", 6,
         "scenario.at: '2026-01-31T09:00:00' has no zone, so it could be any of 38 instants",
         "write 2026-01-31T09:00:00Z for UTC"),
        ("at: now, inject: true", "at: 2026-12-31T09:00:00Z", 6, "'2026-12-31T09:00:00Z' is in the future",
         "give an instant that has passed, or now"),
        ("at: now, inject: true", "at: 2026-01-31T09:00:00Z, inject: true", 6,
         "scenario: what is injected happens now", "write 'at: now', or remove 'inject'"),
        ("inject: true", "inject: yes", 6, "'scenario.inject' is neither true nor false", "write true or false"),
        ("inject: true", "inject: true, table: orders", 6, "scenario: a scenario of kind loss has no table",
         "remove 'table'"),
        ("kind: loss", "kind: dropped-table", 6, "scenario: a dropped table needs its name", "add 'table: NAME'"),
        ("kind: loss, service: shop, at: now, inject: true", "kind: point-in-time, service: shop", 6,
         "scenario: a point in time needs its instant",
         "add 'at: 2026-01-31T09:00:00Z' with the instant you mean"),
        ("point: newest", "point: latest", 7, "'point' cannot be 'latest'", "use one of: newest, oldest, random"),
        ("drill: shop-latest", "drill: shop_latest", 1, "drill: 'shop_latest' is no name of a drill",
         "use lower-case letters, digits and hyphens, at most 63"),
        ("table: orders,", 'table: "orders; drop",', 12, "checks[2].volume.table: 'orders; drop' is no name of a table",
         'write name, schema.name, or "Name" in double quotes'),
        ("min: 1000,", "min: 1000, max: 3,", 12, "checks[2].volume.rows: min 1000 is above max 3", "swap them"),
        ("expect: {equals: 0}", "expect: {equal: 0}", 13, "unknown key 'equal' in checks[3].query.expect",
         "did you mean 'equals'? use one of: equals, max, min, rows"),
        ("timeout: 30s", "timeout: 30", 13, "checks[3].query.timeout: '30' has no unit",
         "write 30s if you mean that; write for example 90s, 5m, 2h or 1d"),
        ("timeout: 30s", "timeout: 0s", 13, "checks[3].query: a timeout of nothing lets no check end",
         "write for example 30s"),
        ("- files: {}", "- flies: {}", 16, "check 6: there is no check 'flies'",
         "did you mean 'files'? use one of: cross_store, files, freshness, integrity, query, settings, structure, volume"),
        ("- files: {}", "- files", 16, "check 6: this is no mapping of one key", "write '- files: {}'"),
        ("- files: {}", "- reached: {}", 16, "check 6: 'reached' is always asked and is not listed", "remove this line"),
        ("- files: {}", "- {files: {}, structure: {}}", 16, "check 6: it has 2 keys (files, structure) and not one",
         "start each check with '- '"),
        ("- files: {}", "- files: 5", 16, "check 6: 'files' holds no mapping", "write '- files: {}'"),
        ('"0 4 * * 1"', '"0 4 * *"', 20, "schedule: '0 4 * *' is no schedule: it has 4 fields and not five",
         'write five fields, for example "0 4 * * 1" for Mondays at 04:00'),
        ("owner: platform@example.com", "owner:", 3, "'owner': this is no text",
         "write text; put it in quotes if it looks like a number"),
        ("schedule:", "owner: b\nschedule:", 20, "'owner' is given twice (first in line 3)", "keep one of them"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_its_fix(old: str, new: str, line: int, what: str, fix: str) -> None:
    found = [problem for problem in wrong(changed(old, new), known=lab_known()) if problem.what == what]
    assert found == [SpecProblem(what, where=f"{FILE}:{line}", fix=fix)]


def test_every_mistake_is_told_at_once_in_the_order_of_lines() -> None:
    text = SOUND_DRILL
    for old, new in (
        ("title: The", "titel: The"),
        ("runbook: restore_shop", "runbook: nothing"),
        ("environment: recovery", "environment: production"),
        ("service: shop", "service: nowhere"),
        ("rto: 5m", "rto: 300"),
        ("table: orders,", "table: 1,"),
        ("- files: {}", "- flies: {}"),
        ("0 4 * * 1", "never"),
    ):
        text = text.replace(old, new)
    problems = wrong(text, known=lab_known())
    lines = [int(problem.where.rpartition(":")[2]) for problem in problems]
    assert lines == sorted(lines)
    assert set(lines) == {1, 2, 4, 5, 6, 9, 12, 16, 20}  # line 1: the title that is now missing


def test_nothing_may_be_injected_outside_the_lab() -> None:
    problems = wrong(SOUND_DRILL, known=Known(BOOKS, inventory(lab=False), NOW))
    assert problems == [
        SpecProblem(
            "'inject: true' would break the service, which only the lab may do",
            where=f"{FILE}:6",
            fix="remove 'inject'; the drill then recovers as if it had happened",
        )
    ]


def test_a_drill_is_named_like_its_file() -> None:
    with pytest.raises(SpecInvalid) as caught:
        read(SOUND_DRILL, file="drills/other.yaml")
    assert caught.value.problems == [
        SpecProblem(
            "drill 'shop-latest' is in a file named 'other'",
            where="drills/other.yaml:1",
            fix="rename the file to shop-latest.yaml",
        )
    ]


def test_checks_that_the_service_cannot_answer_are_told() -> None:
    text = changed("service: shop", "service: uploads").replace("runbook: restore_shop", "runbook: restore_files")
    told = {problem.what for problem in wrong(text, known=lab_known())}
    assert "check 'structure' needs a service of kind postgres, and 'uploads' has none" in told
    assert not any("'files'" in what for what in told)


def test_a_runbook_of_another_kind_is_refused() -> None:
    problems = wrong(changed("service: shop", "service: uploads"), known=lab_known())
    assert (
        SpecProblem(
            "runbook 'restore_shop' recovers a service of kind application, and 'uploads' is of kind files",
            where=f"{FILE}:4",
            fix="use one of: restore_files",
        )
        in problems
    )


def test_cross_store_needs_to_know_the_rows() -> None:
    silent = Known(BOOKS, inventory(lab=True, text=INVENTORY.replace("rows:", "# rows:")), NOW)
    assert wrong(SOUND_DRILL, known=silent) == [
        SpecProblem(
            "check 'cross_store' needs to know which files the rows of 'shop' point to",
            where=f"{FILE}:17",
            fix="add 'rows' (SQL for path, sha256, created_at) to service 'shop' in the inventory",
        )
    ]


def test_two_queries_of_one_name_are_told() -> None:
    query = next(line for line in SOUND_DRILL.splitlines() if "query:" in line)
    problems = wrong(changed(query, f"{query}\n{query}"))
    assert [problem.what for problem in problems] == [
        "two checks are named 'no order without customer' (the other is check 3)"
    ]


def test_a_list_of_checks_must_not_be_empty() -> None:
    head = SOUND_DRILL.split("checks:")[0]
    assert [(p.what, p.fix) for p in wrong(f"{head}checks: []\n")] == [
        ("'checks' is empty", "give at least one, or leave it out if that is allowed")
    ]


def test_a_loss_in_the_past_is_refused_since_todays_vault_would_flatter() -> None:
    text = changed("at: now, inject: true", "at: 2026-01-31T09:00:00Z, inject: false")
    assert [problem.what for problem in wrong(text, known=lab_known())] == [
        "scenario: what the vault held at a past instant is not known any more, and today's vault would flatter"
    ]


@pytest.mark.parametrize(("written", "means"), [("true", "required"), ("false", "off"), ("if-enabled", "if-enabled")])
def test_checksums_may_be_asked_for_in_one_word(written: str, means: str) -> None:
    from stormproof.core.check_spec import IntegrityCheck

    value = {"true": True, "false": False}.get(written, written)
    assert IntegrityCheck.model_validate({"kind": "integrity", "checksums": value}).checksums == means
