"""Which object a fault is made to, and who could see it: from the enabled checks and the copy's shape alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from stormproof.core import negative_control_files as files
from stormproof.core import negative_control_rows as data
from stormproof.core import negative_control_schema as schema
from stormproof.core.check_spec import AnyCheck, IntegrityCheck
from stormproof.core.checks import SequenceUse
from stormproof.core.negative_control import Facts, Heap, NotApplicable, Seed
from stormproof.core.reference import DatabaseReference, PostgresReference, Reference
from stormproof.core.settings_parity import ServerSetting

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
ADAPTER: TypeAdapter[AnyCheck] = TypeAdapter(AnyCheck)


def checks(*entries: dict[str, dict[str, Any]]) -> tuple[AnyCheck, ...]:
    return tuple(
        ADAPTER.validate_python({"kind": kind, **fields}) for entry in entries for kind, fields in entry.items()
    )


SHOP = DatabaseReference(
    encoding="UTF8",
    collation="C.UTF-8",
    ctype="C.UTF-8",
    extensions={"plpgsql": "1.0", "pg_trgm": "1.6"},
    collation_versions={'pg_catalog."de-x-icu"': "153.120 recorded, 153.120 in use"},
    objects={
        "table public.orders": "permanent partitioned by RANGE (at) owner shop_owner with ",
        "table public.orders_2026": "permanent partition FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') owner shop_owner",
        "table public.orders_outside": "permanent partition DEFAULT of public.orders owner shop_owner with ",
        "table public.payments": "permanent owner shop_owner with ",
        "table public.customers": "permanent owner shop_owner with ",
        "table stormproof.heartbeat": "permanent owner shop_owner with ",
        "column public.payments.id": "bigint not null",
        "constraint public.orders.orders_customer_fkey": "FOREIGN KEY (customer_id) REFERENCES public.customers(id)",
        "constraint public.orders_outside.orders_customer_fkey": "FOREIGN KEY (customer_id) REFERENCES public.customers(id)",
        "constraint public.payments.payments_order_fkey": "FOREIGN KEY (order_id) REFERENCES public.orders(id)",
        "constraint public.payments.payments_amount_check": "CHECK ((amount >= 0))",
        "index public.payments_pkey": "CREATE UNIQUE INDEX payments_pkey ON public.payments USING btree (id)",
        "index public.orders_pkey": "CREATE UNIQUE INDEX orders_pkey ON ONLY public.orders USING btree (id)",
        "index public.customers_name": "CREATE INDEX customers_name ON public.customers USING gin (name)",
    },
    grants={
        "table public.orders": "shop_app=arw/shop_owner shop_owner=arwdDxt/shop_owner",
        "table public.payments": "shop_app=arw/shop_owner shop_owner=arwdDxt/shop_owner",
        "table stormproof.heartbeat": "shop_app=ar/shop_owner",
    },
    rows={
        "public.orders": 1000, "public.orders_2026": 1000, "public.payments": 1000, "public.customers": 100,
        "stormproof.heartbeat": 99999,
    },
    sequences={"public.payment_number": 1000, "public.spare": 0},
    large_objects=0,
    materialised_views={"public.sales": True, "public.empty": False},
)  # fmt: skip
CLUSTER = PostgresReference(
    captured_at=NOON, lsn="0/1", timeline=1, system_identifier="7", server_version="15.1", settings={},
    roles={"postgres": "superuser login", "shop_owner": "", "shop_app": "login"}, databases={"shop": SHOP}, checksums=True,
)  # fmt: skip
EVERYTHING = checks(
    {"structure": {}},
    {"volume": {"table": "orders", "rows": {"min": 10, "max_drop_percent": 20.0}}},
    {"query": {"name": "no orphan", "sql": "select count(*) from orders o", "expect": {"equals": 0}}},
    {"integrity": {}},
    {"freshness": {"watermark": {"table": "stormproof.heartbeat", "column": "at"}, "max_age": "1m"}},
    {"files": {}},
    {"cross_store": {}},
    {"settings": {}},
)
FACTS = Facts(
    checks=EVERYTHING,
    instant=NOON,
    database="shop",
    role="shop_app",
    shape=CLUSTER,
    settings={name: ServerSetting("on", "default") for name in ("full_page_writes", "synchronous_commit")},
    sequences=(
        SequenceUse("public.payment_number", "public.payments.id", 1000, 1, 1000, True),
        SequenceUse("public.spare", "public.spare.id", 0, 1, None, True),
    ),
    heaps=(Heap("public.payments", "base/5/70", 40), Heap("public.customers", "base/5/60", 4)),
    reference=Reference(service="shop", label="x", captured_at=NOON, postgres=CLUSTER),
    heartbeat="stormproof.heartbeat",
    files=True,
    rows=True,
    snapshot_at=NOON,
)
PLANS = {
    "truncated-table": (data.truncated_table, data.watch_truncated_table),
    "deleted-rows": (data.deleted_rows, data.watch_deleted_rows),
    "stale-copy": (data.stale_copy, data.watch_stale_copy),
    "reset-sequence": (data.reset_sequence, data.watch_reset_sequence),
    "lying-index": (data.lying_index, data.watch_lying_index),
    "flipped-heap-bit": (data.flipped_heap_bit, data.watch_flipped_heap_bit),
    "missing-constraint": (schema.missing_constraint, schema.watch_missing_constraint),
    "disabled-constraint": (schema.disabled_constraint, schema.watch_disabled_constraint),
    "missing-extension": (schema.missing_extension, schema.watch_missing_extension),
    "unpopulated-view": (schema.unpopulated_view, schema.watch_unpopulated_view),
    "dropped-role": (schema.dropped_role, schema.watch_dropped_role),
    "lost-grant": (schema.lost_grant, schema.watch_lost_grant),
    "changed-collation": (schema.changed_collation, schema.watch_changed_collation),
    "weaker-setting": (schema.weaker_setting, schema.watch_weaker_setting),
    "missing-file": (files.missing_file, files.watch_files),
    "swapped-file": (files.swapped_file, files.watch_files),
    "rows-without-files": (files.rows_without_files, files.watch_stores),
}


def planned(name: str, facts: Facts = FACTS) -> Seed:
    seed = PLANS[name][0](facts)
    assert isinstance(seed, Seed), seed
    return seed


def watchers(name: str, facts: Facts = FACTS) -> dict[str, bool]:
    """Name of each watcher, and whether its silence would be a miss."""
    return {one.name: one.sure for one in PLANS[name][1](facts, planned(name, facts)).watchers}


@pytest.mark.parametrize(
    ("name", "object_", "seen_by"),
    [
        ("truncated-table", "table public.orders", {"volume of orders": True, "no orphan": False, "integrity": False}),
        ("deleted-rows", "table public.orders", {"volume of orders": True, "no orphan": False, "integrity": False}),
        ("stale-copy", "watermark stormproof.heartbeat.at", {"freshness": True, "structure": False}),
        ("reset-sequence", "sequence public.payment_number", {"integrity": True}),
        ("lying-index", "index public.payments_pkey", {"integrity": True}),
        ("flipped-heap-bit", "block 20 of base/5/70", {"integrity": True}),
        ("missing-constraint", "constraint public.payments.payments_order_fkey", {"structure": True}),
        (
            "disabled-constraint",
            "constraint public.payments.payments_order_fkey",
            {"structure": True, "integrity": True},
        ),
        ("missing-extension", "extension pg_trgm", {"structure": True}),
        ("unpopulated-view", "materialised view public.sales", {"structure": True}),
        ("dropped-role", "role shop_app", {"structure": True}),
        ("lost-grant", "table public.orders", {"structure": True}),
        ("changed-collation", 'collation pg_catalog."de-x-icu"', {"structure": True}),
        ("weaker-setting", "setting full_page_writes", {"settings": True}),
        ("missing-file", "one file (its name stays on the host)", {"files": True}),
        ("swapped-file", "one file (its name stays on the host)", {"files": True}),
        ("rows-without-files", "both stores", {"cross_store": True}),
    ],
)
def test_each_fault_is_made_to_a_chosen_object_and_every_check_that_could_see_it_is_asked(
    name: str, object_: str, seen_by: dict[str, bool]
):
    assert planned(name).object == object_
    assert watchers(name) == seen_by


@pytest.mark.parametrize("name", PLANS)
def test_without_the_check_there_is_a_blind_spot_and_a_line_that_would_see_it(name: str):
    """The line is YAML of the spec: a person copies it."""
    facts = replace(FACTS, checks=checks({"query": {"name": "one", "sql": "select 1", "expect": {"equals": 1}}}))
    watch = PLANS[name][1](facts, planned(name, facts))
    assert watch.watchers == ()
    (line,) = yaml.safe_load(watch.would_see.yaml)
    ((kind, fields),) = line.items()
    assert kind == watch.would_see.check
    seen = replace(FACTS, checks=(ADAPTER.validate_python({"kind": kind, **fields}),))
    assert [one.name for one in PLANS[name][1](seen, planned(name, seen)).watchers], "the line does not see it"


@pytest.mark.parametrize(
    ("table", "value"),
    [
        ("public.orders", "orders"),
        ('public."Orders"', "'\"Orders\"'"),  # else it would be read as orders, which is another table
        ('other."a: {b}"', "'other.\"a: {b}\"'"),
        ("public.null", "'null'"),
        ('public."it\'s"', "'\"it''s\"'"),
        ('public."a\nb"', r'"\U00000022a\U0000000ab\U00000022"'),
    ],
)
def test_a_name_in_the_line_is_quoted_where_yaml_would_read_something_else(table: str, value: str):
    named = SHOP.model_copy(update={"rows": {table: 10}, "objects": {f"table {table}": "permanent owner x with "}})
    facts = replace(FACTS, checks=(), shape=CLUSTER.model_copy(update={"databases": {"shop": named}}))
    line = data.watch_truncated_table(facts, planned("truncated-table", facts)).would_see.yaml
    assert line == f"- volume: {{table: {value}, rows: {{min: 1}}}}"


@pytest.mark.parametrize("name", PLANS)
def test_where_nothing_was_restored_nothing_is_seeded(name: str):
    nothing = Facts(checks=EVERYTHING, instant=NOON)
    assert isinstance(PLANS[name][0](nothing), NotApplicable)


@pytest.mark.parametrize("part", ["amcheck", "checksums", "foreign_keys", "sequences"])
def test_only_the_part_of_the_integrity_check_that_could_see_it_is_asked(part: str):
    name = {"amcheck": "lying-index", "checksums": "flipped-heap-bit", "foreign_keys": "disabled-constraint",
            "sequences": "reset-sequence"}[part]  # fmt: skip
    asked = [c for c in PLANS[name][1](FACTS, planned(name)).checks if isinstance(c, IntegrityCheck)]
    on = {p for p in ("amcheck", "foreign_keys", "sequences") if getattr(asked[0], p)}
    on |= {"checksums"} if asked[0].checksums != "off" else set()
    assert on == {part}


@pytest.mark.parametrize(
    ("rows", "sees_all", "sees_quarter"),
    [
        ({"min": 1}, True, False),
        ({"min": 751}, True, True),  # 750 of 1,000 are left
        ({"min": 750}, True, False),
        ({"max_drop_percent": 24.9}, True, True),
        ({"max_drop_percent": 25.0}, True, False),  # the bound is inclusive: a quarter may be missing
        ({"max_drop_percent": 100.0}, False, False),
        ({"max": 5000}, False, False),
    ],
)
def test_a_volume_check_must_see_only_what_its_bounds_forbid(rows: dict[str, Any], sees_all: bool, sees_quarter: bool):
    facts = replace(FACTS, checks=checks({"volume": {"table": "orders", "rows": rows}}))
    assert ("volume of orders" in watchers("truncated-table", facts)) is sees_all
    assert ("volume of orders" in watchers("deleted-rows", facts)) is sees_quarter


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        (1000, 750),  # as many as the reference counted
        (2000, 750),  # it grew: the growth goes, and a quarter of what the reference counted
        (900, 675),  # it shrank
        (5, 4),  # gone is rounded down
    ],
)
def test_a_table_that_grew_since_the_reference_loses_its_growth_besides(rows: int, left: int) -> None:
    grown = replace(FACTS, shape=replace_rows(CLUSTER, rows))
    assert f"{rows - left:,} of {rows:,} rows" in planned("deleted-rows", grown).what
    assert watchers("deleted-rows", grown)["volume of orders"] is True


def test_a_table_that_was_empty_in_the_reference_loses_a_quarter() -> None:
    reference = Reference(service="shop", label="x", captured_at=NOON, postgres=replace_rows(CLUSTER, 0))
    assert "250 of 1,000 rows" in planned("deleted-rows", replace(FACTS, reference=reference)).what


def replace_rows(cluster: PostgresReference, rows: int) -> PostgresReference:
    shop = cluster.databases["shop"]
    return cluster.model_copy(
        update={"databases": {"shop": shop.model_copy(update={"rows": {**shop.rows, "public.orders": rows}})}}
    )


def test_a_volume_check_of_another_table_sees_nothing_of_this_one():
    facts = replace(FACTS, checks=checks({"volume": {"table": "customers", "rows": {"min": 5000}}}))
    assert planned("truncated-table", facts).object == "table public.customers"
    larger = replace(facts, checks=(*facts.checks, *checks({"volume": {"table": "orders", "rows": {"min": 1}}})))
    assert watchers("truncated-table", larger) == {"volume of customers": True}


@pytest.mark.parametrize(("ignored", "sees"), [("constraint public.payments.payments_order_fkey", False),
                                               ("public.payments.payments_order_fkey", False), ("public.payments", True)])  # fmt: skip
def test_a_structure_check_sees_nothing_of_what_it_is_told_to_ignore(ignored: str, sees: bool):
    facts = replace(FACTS, checks=checks({"structure": {"ignore": [ignored]}}))
    assert ("structure" in watchers("missing-constraint", facts)) is sees


def test_a_setting_that_is_ignored_is_not_the_one_that_is_weakened():
    facts = replace(FACTS, checks=checks({"settings": {"ignore": ["full_page_writes"]}}))
    assert planned("weaker-setting", facts).object == "setting synchronous_commit"


def test_what_the_reference_does_not_know_cannot_be_missed():
    """A thing that is newer than the backup is not what the fault is made to."""
    older = SHOP.model_copy(update={"extensions": {"plpgsql": "1.0"}, "materialised_views": {}})
    before = CLUSTER.model_copy(update={"databases": {"shop": older}})
    facts = replace(FACTS, reference=Reference(service="shop", label="x", captured_at=NOON, postgres=before))
    assert planned("missing-extension", facts).object == "extension plpgsql"
    assert isinstance(schema.unpopulated_view(facts), NotApplicable)


def test_without_checksums_a_flipped_bit_is_a_blind_spot_that_the_source_must_mend():
    facts = replace(FACTS, shape=CLUSTER.model_copy(update={"checksums": False}))
    watch = data.watch_flipped_heap_bit(facts, planned("flipped-heap-bit", facts))
    assert watch.watchers == ()
    assert "pg_checksums --enable" in watch.would_see.beyond


def test_files_without_rows_and_without_a_reference_may_be_seen_and_may_be_not():
    facts = replace(FACTS, rows=False, reference=None)
    assert watchers("missing-file", facts) == {"files": False}
    assert isinstance(files.rows_without_files(facts), NotApplicable)


def test_a_stale_copy_is_older_than_every_age_that_is_allowed():
    old = checks({"freshness": {"watermark": {"table": "orders", "column": "at"}, "max_age": "3h"}})
    seed = planned("stale-copy", replace(FACTS, checks=old))
    assert seed.object == "watermark orders.at"
    assert seed.sql.startswith('update public.orders set "at" =')  # a superuser's search path finds nothing
    assert "2026-11-26T06:00:00" in seed.sql  # twice the age before the failure


@pytest.mark.parametrize("name", ["a'b", 'a"b', "größen", "x; drop table y"])
def test_odd_names_stay_names_in_the_sql_of_a_fault(name: str):
    """Names come quoted from the catalogue; a role's does not."""
    facts = replace(FACTS, role=name, shape=CLUSTER.model_copy(update={"roles": {name: "login"}}), reference=None)
    assert planned("dropped-role", facts).sql == 'drop role "{}";'.format(name.replace('"', '""'))
