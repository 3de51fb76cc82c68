"""Whatever a copy holds and whatever its checks answer: a control is planned or does not apply, and is caught only by a check that named it.

Controls have no file of their own. What they read is the copy's shape, with names that anybody may have given a table, the
reference, and `--negative-control`; what they write for people is a line of YAML for the drill.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import yaml
from hypothesis import assume, example, given
from hypothesis import strategies as st
from mutating import VALUES, broken_documents, outcome
from pydantic import ValidationError
from spec_samples import SOUND_DRILL, inventory

from stormproof.core import negative_control_files as files
from stormproof.core import negative_control_rows as rows
from stormproof.core import negative_control_schema as schema
from stormproof.core.check_spec import QueryCheck
from stormproof.core.checks import SequenceUse
from stormproof.core.drill_result import CheckReport
from stormproof.core.drill_spec import DrillSpec
from stormproof.core.drill_text import Known, parse_drill
from stormproof.core.errors import Refused
from stormproof.core.finding import Finding, Severity
from stormproof.core.negative_control import Answers, Facts, Heap, NotApplicable, Seed, Status, Watch, all_caught, judge
from stormproof.core.reference import PostgresReference, Reference
from stormproof.core.settings_parity import ServerSetting
from stormproof.core.table_name import quoted
from stormproof.core.verdict import CheckResult
from stormproof.drill.controls.catalogue import ALL_CONTROLS, chosen, controls_of

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
KNOWN = Known({"restore_shop": "application"}, inventory(lab=True), datetime(2026, 11, 23, tzinfo=UTC))
PLANS = {
    name: (getattr(module, name), getattr(module, watch))
    for module, names in (
        (rows, "truncated_table deleted_rows stale_copy reset_sequence lying_index flipped_heap_bit"),
        (schema, "missing_constraint disabled_constraint missing_extension unpopulated_view dropped_role lost_grant "
                 "changed_collation weaker_setting"),
        (files, "missing_file swapped_file rows_without_files"),
    )
    for name in names.split()
    for watch in [{"missing_file": "watch_files", "swapped_file": "watch_files", "rows_without_files": "watch_stores"}.get(name, f"watch_{name}")]
}  # fmt: skip
CONTROLS = st.sampled_from(sorted(PLANS))
# Names that PostgreSQL takes, in double quotes: it takes every character but the null.
NAMES = st.one_of(
    st.sampled_from(
        ("orders", "Orders", "null", "true", "a b", "a: b", "a #b", "a, b", "{a}", "[a]", "'a'", 'a"b', "a.b", "-", "*", "&a", "!a", "%a", "ä", "a\nb", "\t", "\x85", "select", "0", "~", "größe; drop table x --")
    ),
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=8),
)  # fmt: skip


def identifier(name: str) -> str:
    """As PostgreSQL's `%I` prints it, key words apart."""
    return name if re.fullmatch("[a-z_][a-z0-9_]*", name) else quoted(name)


def shape_with(table: str, at_schema: str = "public") -> dict[str, Any]:
    own, key = f"{identifier(at_schema)}.{identifier(table)}", identifier(f"{table}_pkey")
    return {
        "captured_at": NOON.isoformat(), "lsn": "0/1", "timeline": 1, "system_identifier": "7", "server_version": "15.1",
        "settings": {}, "roles": {"shop_owner": "", "shop_app": "login"}, "checksums": True,
        "databases": {"shop": {
            "encoding": "UTF8", "collation": "C.UTF-8", "ctype": "C.UTF-8", "extensions": {"plpgsql": "1.0", table: "1.6"},
            "collation_versions": {own: "1 recorded, 1 in use"},
            "objects": {
                f"table {own}": "permanent owner shop_owner with ", "table public.other": "permanent owner shop_owner with ",
                f"column {own}.id": "bigint not null", f"index {identifier(at_schema)}.{key}": f"CREATE UNIQUE INDEX {key} ON {own} USING btree (id)",
                f"constraint public.other.{identifier(table)}": f"FOREIGN KEY (id) REFERENCES {own}(id)",
            },
            "grants": {f"table {own}": "shop_app=arw/shop_owner"}, "rows": {own: 1000, "public.other": 10},
            "sequences": {own: 1000}, "large_objects": 0, "materialised_views": {own: True},
        }},
    }  # fmt: skip


def facts_of(shape: PostgresReference, *, checks: Any = (), heartbeat: str = "stormproof.heartbeat") -> Facts:
    names = sorted(shape.databases["shop"].rows) if "shop" in shape.databases else []
    return Facts(
        checks=tuple(checks), instant=NOON, database="shop", role="shop_app", shape=shape,
        settings={"full_page_writes": ServerSetting("on", "default")},
        sequences=tuple(SequenceUse(name, f"{name}.id", 1000, 1, 1000, True) for name in names),
        heaps=tuple(Heap(name, "base/5/70", 40) for name in names),
        reference=Reference(service="shop", label="x", captured_at=NOON, postgres=shape), heartbeat=heartbeat,
        files=True, rows=True, snapshot_at=NOON,
    )  # fmt: skip


NOBODY = (QueryCheck.model_validate({"kind": "query", "name": "one", "sql": "select 1", "expect": {"equals": 1}}),)


@given(CONTROLS, NAMES, st.one_of(st.just("public"), NAMES), st.booleans())
@example("truncated_table", "Orders", "public", True)
@example("deleted_rows", "null", "public", False)
@example("stale_copy", "a: {b}", "public", True)
@example("deleted_rows", "\U00018cd6\\", "public", False)
def test_the_line_that_would_see_a_fault_sees_it(name: str, table: str, at_schema: str, beat: bool) -> None:
    """Whatever its objects are called: a person copies the line into the drill, and the next run looks there."""
    plan, watch_of = PLANS[name]
    assume(all(len(part.encode()) <= 58 for part in (table, at_schema)) and (table, at_schema) != ("other", "public"))
    shape = PostgresReference.model_validate(shape_with(table, at_schema), strict=False)
    heartbeat = f"{identifier(at_schema)}.{identifier(table)}" if beat else "stormproof.heartbeat"
    facts = facts_of(shape, checks=NOBODY, heartbeat=heartbeat)
    seed = plan(facts)
    if isinstance(seed, NotApplicable):
        return
    watch = watch_of(facts, seed)
    assume(watch.watchers == ())  # a table called `select` stands in the question
    drill = yaml.safe_load(SOUND_DRILL)
    text = yaml.safe_dump({key: value for key, value in drill.items() if key != "checks"}, sort_keys=False)
    read = parse_drill(f"{text}checks:\n  {watch.would_see.yaml}\n", file="shop-latest.yaml", known=KNOWN)
    assert [check.tag for check in read.checks] == [watch.would_see.check]
    again = facts_of(shape, checks=read.checks, heartbeat=heartbeat)
    assert plan(again) == seed
    assert watch_of(again, seed).watchers != (), watch.would_see.yaml


@given(CONTROLS, broken_documents(shape_with("Orders")), broken_documents(shape_with("orders")))
def test_any_shape_and_any_reference_are_planned_for(name: str, document: Any, before: Any) -> None:
    shape, other = (
        outcome(lambda one=one: PostgresReference.model_validate(one, strict=False), ValidationError)  # type: ignore[misc]
        for one in (document, before)
    )
    if not isinstance(shape, PostgresReference):
        return
    checks = parse_drill(SOUND_DRILL, file="shop-latest.yaml", known=KNOWN).checks
    facts = facts_of(shape, checks=checks)
    if isinstance(other, PostgresReference):
        facts = replace(facts, reference=Reference(service="shop", label="x", captured_at=NOON, postgres=other))
    plan, watch_of = PLANS[name]
    seed = plan(facts)
    assert isinstance(seed, Seed | NotApplicable)
    if isinstance(seed, Seed):
        assert all(seed.named_by)
        assert seed.codes
        assert isinstance(watch_of(facts, seed), Watch)


SEED = Seed("it is gone", "table public.orders", ("public.orders",), frozenset({"SP411"}))
DRILL: DrillSpec = parse_drill(SOUND_DRILL, file="shop-latest.yaml", known=KNOWN)
FINDINGS = st.builds(
    Finding,
    code=st.sampled_from(("SP411", "SP412", "SP101")),
    severity=st.sampled_from(Severity),
    what=st.sampled_from(("table public.orders", "table public.orders_2026 is empty", "public.orders.id", "")),
    where=st.sampled_from(("here", "public.orders", '"public.orders"')),
    fix=st.just("x"),
)
WATCH = rows.watch_truncated_table(
    facts_of(PostgresReference.model_validate(shape_with("orders"), strict=False), checks=DRILL.checks), SEED
)
REPORTS = st.lists(
    st.builds(
        CheckReport,
        name=st.sampled_from([*(watcher.name for watcher in WATCH.watchers), "another"]),
        kind=st.just("volume"),
        result=st.sampled_from(CheckResult),
        seconds=st.just(0.0),
        findings=st.lists(FINDINGS, max_size=3),
    ),
    max_size=4,
)


@given(REPORTS, REPORTS, st.sampled_from((None, True, False)))
def test_a_fault_is_caught_only_by_a_check_that_passed_before_and_named_it(
    answers: list[CheckReport], before: list[CheckReport], named: bool | None
) -> None:
    found = judge(SEED, WATCH, Answers(answers, named), before)
    caught = found.status is Status.CAUGHT
    assert caught == bool(found.caught_by)
    assert all_caught([found.status]) is caught
    for name in found.caught_by:
        assert name in {watcher.name for watcher in WATCH.watchers}
        assert all(report.result is CheckResult.PASSED for report in before if report.name == name)
        (*failed,) = [one for one in answers if one.name == name and one.result is CheckResult.FAILED]
        assert any(
            finding.code == "SP411" and finding.severity is not Severity.INFO for r in failed for finding in r.findings
        )
        assert named is not False


@given(st.lists(st.sampled_from(Status), max_size=6))
def test_controls_are_proved_by_nothing_but_faults_that_were_caught(ends: list[Status]) -> None:
    expected = Status.CAUGHT in ends and not {Status.MISSED, Status.BLIND_SPOT, Status.UNKNOWN} & set(ends)
    assert all_caught(ends) is expected


@given(
    st.one_of(
        st.text(),
        st.lists(st.sampled_from([*(c.name for c in ALL_CONTROLS), "all", "", "lost-grants", " "])).map(",".join),
    )
)
@example("all,lost-grants")
@example(",")
@example(str([value for value in VALUES if isinstance(value, str)]))
def test_any_choice_of_controls_is_controls_or_refused(wanted: str) -> None:
    found = outcome(lambda: chosen(wanted))
    if isinstance(found, Refused):
        return
    assert found
    assert [control.name for control in controls_of(found)] == found
    assert {name.strip() for name in wanted.split(",")} <= {"all", *found}
