"""Each planted fault is caught by the check that should, and healthy copies raise nothing. Real PostgreSQL 15."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from restored_copy import BIN, Server

from stormproof.adapters.check_runner import run_checks
from stormproof.adapters.postgres_questions import QuestionFailed, heartbeat_ranges
from stormproof.core.check_spec import AnyCheck, Check, with_kind
from stormproof.core.drill_result import CheckReport, Disarmed
from stormproof.core.finding import Severity
from stormproof.core.reference import Reference
from stormproof.core.verdict import CheckResult

pytestmark = pytest.mark.component
Copy = tuple[Server, Reference]

_CHECK: TypeAdapter[Check] = TypeAdapter(AnyCheck)
FAST = {"integrity": {"amcheck": False, "checksums": "off", "foreign_keys": True, "sequences": True}}
ALL: list[dict[str, Any]] = [
    {"structure": {}},
    {"volume": {"table": "orders", "rows": {"min": 1000, "max_drop_percent": 20.0}}},
    {
        "query": {
            "name": "no order without customer",
            "sql": "select count(*) from orders o left join customers c on c.id = o.customer_id where c.id is null",
            "expect": {"equals": 0},
        }
    },
    {"integrity": {}},
    {"freshness": {"watermark": {"table": "stormproof.heartbeat", "column": "at"}, "max_age": "10m"}},
    {"files": {}},
    {"cross_store": {}},
    {"settings": {}},
]


def checks(*entries: dict[str, Any]) -> list[Check]:
    return [_CHECK.validate_python(with_kind(entry)) for entry in entries]


def asked(server: Server, reference: Reference | None, *entries: dict[str, Any], **context: Any) -> list[CheckReport]:
    reports = run_checks(checks(*entries), server.context(reference, **context))
    return [report for report in reports if report.kind not in ("reached", "wal_continuity")]


def codes(report: CheckReport) -> list[str]:
    return [finding.code for finding in report.findings if finding.severity is not Severity.INFO]


def loud(reports: Sequence[CheckReport]) -> list[str]:
    return [
        f"{r.name}: {r.result} {f.code} {f.what}"
        for r in reports
        for f in r.findings
        if f.severity is not Severity.INFO
    ]


def test_an_untouched_copy_passes_every_check(server: Server, reference: Reference) -> None:
    reports = asked(server, reference, *ALL)
    assert loud(reports) == []
    assert [r.result for r in reports] == [CheckResult.PASSED] * len(ALL)
    assert server.running(), "the server is started again after the page checksums"


HEALTHY = {
    "rows that came after the backup": "insert into orders (customer_id, total) select 1, 5 from generate_series(1, 500)",
    "a new table and index": "create table later (id serial primary key, at timestamptz); insert into later default values",
    "a new partition": "create table measured_2027 partition of measured for values from ('2027-01-01') to ('2028-01-01')",
    "an unlogged table that came back empty": "truncate scratch",
    "a name of 63 bytes": 'create table "' + "x" * 60 + 'ß" (x int)',
    "a prepared transaction": "begin; insert into orders (customer_id, total) values (1, 1); prepare transaction 'open'",
    "a replication slot": "select pg_create_physical_replication_slot('lagging')",
    "another extension": "create extension btree_gin",
    "a function in public named like one of the system's": "create function public.count(text) returns bigint language sql as 'select 1/0'; create function public.lower(anyelement) returns text language sql as 'select 1/0::text'",
    "a new role with rights": "create role auditor; grant select on orders to auditor",
    "an empty table and an empty schema": "create table nothing (x int); create schema empty",
    "large objects": "select lo_create(0) from generate_series(1, 20)",
    "row security that would hide rows": "alter table orders enable row level security; alter table orders disable row level security",
    "vacuumed and analysed": "vacuum (freeze, analyze) orders",
    "a cycling sequence": "create sequence round maxvalue 3 cycle; select nextval('round') from generate_series(1, 5)",
}


@pytest.mark.parametrize("sql", HEALTHY.values(), ids=HEALTHY.keys())
def test_healthy_variations_raise_nothing(database: Copy, sql: str) -> None:
    server, reference = database
    server.sql(sql)
    fast = [entry for entry in ALL if "integrity" not in entry]
    reports = asked(server, reference, *fast, FAST)
    assert loud(reports) == []
    assert {r.result for r in reports} == {CheckResult.PASSED}


FAULTS: dict[str, tuple[str, dict[str, Any], str]] = {
    "truncated table": ("truncate orders cascade", ALL[1], "SP412"),
    "rows deleted": ("delete from orders where id % 3 = 0", ALL[1], "SP412"),
    "table dropped": ("drop table orders cascade", ALL[1], "SP413"),
    "table dropped, by structure": ("drop table measured cascade", ALL[0], "SP401"),
    "column dropped": ("alter table customers drop column email", ALL[0], "SP401"),
    "index dropped": ("alter table customers drop constraint customers_email_key", ALL[0], "SP401"),
    "check constraint dropped": ("alter table orders drop constraint orders_total_check", ALL[0], "SP401"),
    "constraint not validated": ("update pg_constraint set convalidated = false where conname = 'orders_customer_id_fkey'", ALL[0], "SP406"),
    "foreign key's triggers disabled": ("alter table orders disable trigger all", ALL[0], "SP406"),
    "trigger disabled": ("alter table orders disable trigger orders_touch", ALL[0], "SP406"),
    "index invalid": ("update pg_index set indisvalid = false where indexrelid = 'customers_email_key'::regclass", ALL[0], "SP406"),
    "view gone": ("drop view big", ALL[0], "SP401"),
    "function changed": ("create or replace function noop() returns trigger language plpgsql as 'begin return old; end'", ALL[0], "SP402"),
    "grant revoked": ("revoke insert on orders from shop_app", ALL[0], "SP404"),
    "extension missing": ("drop extension pg_trgm", ALL[0], "SP405"),
    "materialised view unpopulated": ("refresh materialized view totals with no data", ALL[0], "SP407"),
    "collation version changed": ("update pg_collation set collversion = '1.0' where collname = 'en-x-icu'", ALL[0], "SP408"),
    "stale heartbeat": ("delete from stormproof.heartbeat where sequence > 50", ALL[0], "SP443"),
    "large objects gone": ("select lo_unlink(4711)", ALL[0], "SP401"),
    "enum label gone": ("drop type colour; create type colour as enum ('red')", ALL[0], "SP402"),
    "orphans behind disabled triggers": ("alter table customers disable trigger all; delete from customers where id < 10", FAST, "SP434"),
    "foreign key not enforced": ("alter table orders disable trigger all", FAST, "SP435"),
    "sequence reset": ("select setval('orders_id_seq', 1)", FAST, "SP436"),
    "sequence below the reference": ("delete from orders; select setval('orders_id_seq', 5)", FAST, "SP437"),
    "query's expectation": ("alter table orders disable trigger all; delete from customers where false; alter table orders drop constraint orders_customer_id_fkey; insert into orders (customer_id) values (99999)", ALL[2], "SP414"),
    "stale watermark": ("update stormproof.heartbeat set at = at - interval '1 hour'", ALL[4], "SP441"),
    "empty watermark": ("truncate stormproof.heartbeat", ALL[4], "SP442"),
    "row without its file": ("insert into attachments values ('never.bin', repeat('0', 64), now() - interval '2 hours')", ALL[5], "SP451"),
    "stores of different instants": ("insert into attachments values ('never.bin', repeat('0', 64), now() - interval '2 hours')", ALL[6], "SP461"),
}  # fmt: skip


@pytest.mark.parametrize(("sql", "check", "code"), FAULTS.values(), ids=FAULTS.keys())
def test_each_fault_is_caught_by_its_check(database: Copy, sql: str, check: dict[str, Any], code: str) -> None:
    server, reference = database
    server.sql(f"set allow_system_table_mods = on; {sql}")
    (report,) = asked(server, reference, check)
    assert report.result is CheckResult.FAILED
    assert code in codes(report), report.findings


ROLE_FAULTS: dict[str, tuple[str, dict[str, Any], str]] = {
    "role dropped": ("drop owned by readers; drop role readers", ALL[0], "SP403"),
    "role without its password": ("alter role shop_app password null", ALL[0], "SP403"),
    "membership revoked": ("revoke readers from shop_app", ALL[0], "SP403"),
}  # fmt: skip


@pytest.mark.parametrize(("sql", "check", "code"), ROLE_FAULTS.values(), ids=ROLE_FAULTS.keys())
def test_each_fault_of_roles_is_caught(
    server: Server, reference: Reference, sql: str, check: dict[str, Any], code: str
) -> None:
    server.sql(sql)
    (report,) = asked(server, reference, check)
    assert (report.result, code in codes(report)) == (CheckResult.FAILED, True)


def test_setting_weaker_than_the_sources_is_named(server: Server, reference: Reference) -> None:
    server.sql("alter system set full_page_writes = off")
    server.sql("alter system set password_encryption = 'md5'; select pg_reload_conf(); select pg_sleep(0.2)")
    (report,) = asked(server, reference, {"settings": {}})
    assert [f.what for f in report.findings] == [
        "full_page_writes is off, the source left it at its default",
        "password_encryption is md5, the source left it at its default",
    ]
    (quiet,) = asked(server, reference, {"settings": {"ignore": ["full_page_writes", "password_encryption"]}})
    assert quiet.result is CheckResult.PASSED


def test_disarmed_objects_are_no_difference(server: Server, reference: Reference) -> None:
    server.sql("alter event trigger on_ddl disable")
    (report,) = asked(server, reference, {"structure": {}})
    assert codes(report) == ["SP406"]
    known = [Disarmed(kind="event trigger", name="on_ddl", where="shop", how="disabled")]
    (report,) = asked(server, reference, {"structure": {}}, disarmed=known)
    assert report.result is CheckResult.PASSED


def _relation_file(server: Server, name: str) -> str:
    return f"{server.place.pgdata}/{server.sql(f'select pg_relation_filepath({name!r})')}"


def _flip(server: Server, path: str, offset: int) -> None:
    server.host.check(
        f'b=$(od -An -tu1 -j {offset} -N 1 {path}); printf "\\\\x$(printf %02x $((b ^ 4)))" | dd of={path} bs=1 seek={offset} conv=notrunc status=none'
    )


def test_flipped_heap_bit_is_caught_by_checksums_and_by_whoever_reads_it(server: Server, reference: Reference) -> None:
    path = _relation_file(server, "customers")
    server.stop()
    _flip(server, path, 8192 + 5000)
    server.start()
    structure, integrity = asked(
        server,
        reference,
        {"structure": {}},
        {"integrity": {"amcheck": False, "foreign_keys": False, "sequences": False}},
    )
    assert (structure.result, codes(structure)) == (CheckResult.FAILED, ["SP417"])
    assert (integrity.result, codes(integrity)) == (CheckResult.FAILED, ["SP432"])
    assert integrity.findings[0].what == "block 1 fails its checksum"


def test_lying_index_is_caught_by_amcheck(server: Server, reference: Reference) -> None:
    server.sql(
        "set allow_system_table_mods = on; update pg_index set indisready = false where indexrelid = 'customers_email_key'::regclass"
    )
    server.sql("insert into customers (name, email) values ('unseen', 'unseen')")
    server.sql(
        "set allow_system_table_mods = on; update pg_index set indisready = true where indexrelid = 'customers_email_key'::regclass"
    )
    (report,) = asked(server, reference, {"integrity": {"checksums": "off"}})
    assert (report.result, codes(report)) == (CheckResult.FAILED, ["SP431"])
    assert report.findings[0].where == "shop.public.customers_email_key"
    assert "unseen" not in str(report)


def test_heap_file_cut_short_is_caught_by_volume(server: Server, reference: Reference) -> None:
    path = _relation_file(server, "orders")
    server.stop()
    server.host.check(f"truncate -s 16384 {path}")
    server.start()
    (report,) = asked(server, reference, ALL[1])
    assert (report.result, codes(report)) == (CheckResult.FAILED, ["SP411", "SP412"])


def test_checksums_off_is_said_and_not_failed_unless_required(server: Server, reference: Reference) -> None:
    server.stop()
    server.host.check(f"{BIN}/pg_checksums --disable -D {server.place.pgdata} >/dev/null")
    server.start()
    lenient = {"integrity": {"amcheck": False, "foreign_keys": False, "sequences": False}}
    (report,) = asked(server, None, lenient)
    assert (report.result, [f.code for f in report.findings]) == (CheckResult.PASSED, ["SP433"])
    (report,) = asked(server, None, {"integrity": {**lenient["integrity"], "checksums": "required"}})
    assert report.result is CheckResult.UNKNOWN


def test_user_sql_names_tables_as_the_application_does(server: Server) -> None:
    server.sql("alter role shop_app set search_path = stormproof, public")
    (report,) = asked(
        server, None, {"query": {"name": "asked", "sql": "select count(*) from heartbeat", "expect": {"min": 100}}}
    )
    assert report.result is CheckResult.PASSED


DOOR = Path(f"/tmp/sp-side-door-{os.getpid()}")  # the server's user may write there
QUERIES: dict[str, tuple[dict[str, Any], CheckResult, str]] = {
    "wrong SQL": ({"sql": "select count(*) from nowhere", "expect": {"equals": 0}}, CheckResult.UNKNOWN, 'PostgreSQL answered 42P01: relation "nowhere" does not exist'),
    "no row": ({"sql": "select id from orders where false", "expect": {"equals": 0}}, CheckResult.UNKNOWN, "the query returned no row, so nothing was compared"),
    "several rows": ({"sql": "select id from orders", "expect": {"min": 0}}, CheckResult.UNKNOWN, "the query returned more than one row, so nothing was compared"),
    "a hanging query": ({"sql": "select pg_sleep(60)", "expect": {"equals": ""}, "timeout": "1s"}, CheckResult.UNKNOWN, "a question did not end within its bound"),
    "a writing query": ({"sql": "delete from orders returning 1", "expect": {"equals": 1}}, CheckResult.UNKNOWN, "PostgreSQL answered 42601: syntax error at or near \"from\""),
    "a query with a side door": ({"sql": f"select 1) as a(x); copy (select 1) to program 'touch {DOOR}' --", "expect": {"equals": 1}}, CheckResult.UNKNOWN, ""),
    "a backslash command": ({"sql": f"select 1 \\! touch {DOOR}", "expect": {"equals": 1}}, CheckResult.UNKNOWN, ""),
    "a value that is data": ({"sql": "select email from customers where id = 7", "expect": {"equals": "nobody"}}, CheckResult.FAILED, "expected equals 'nobody', got another value (kept in the database)"),
    "a cast that would quote data": ({"sql": "select email::int from customers where id = 7", "expect": {"equals": 1}}, CheckResult.UNKNOWN, "PostgreSQL answered 22P02 (its text may quote data and stays there)"),
    "null": ({"sql": "select max(id) from orders where false", "expect": {"min": 1}}, CheckResult.FAILED, "expected at least 1, got null"),
    "a count out of bounds": ({"sql": "select count(*) from orders", "expect": {"min": 1, "max": 19999}}, CheckResult.FAILED, "expected at least 1 and at most 19999, got 20000"),
    "a number of rows": ({"sql": "select * from orders limit 3", "expect": {"rows": 4}}, CheckResult.FAILED, "expected 4 rows, got 3"),
}  # fmt: skip


@pytest.mark.parametrize(("query", "result", "what"), QUERIES.values(), ids=QUERIES.keys())
def test_user_sql_answers_a_verdict_and_nothing_more(
    shared: Server, query: dict[str, Any], result: CheckResult, what: str
) -> None:
    (report,) = asked(shared, None, {"query": {"name": "asked", **query}})
    assert report.result is result
    if what:
        assert [f.what for f in report.findings] == [what]
    assert not DOOR.exists()
    assert "e7" not in str(report)


@pytest.mark.parametrize(
    ("sql", "expect"),
    [
        ("select count(*) from orders -- a comment at its end", {"equals": 20000}),
        ("select total from orders order by id desc limit 1;", {"min": 0, "max": 100}),
        ("select bool_and(total >= 0) from orders", {"equals": True}),
        ("select name from customers where id = 7", {"equals": "n7"}),
        ("with c as (select 1 as x) select x from c", {"equals": 1}),
        ("select 1 where '\\d' = '\\d'", {"equals": 1}),
        ("select 0.5::float8", {"equals": 0.5}),
    ],
)
def test_user_sql_that_holds_passes(shared: Server, sql: str, expect: dict[str, Any]) -> None:
    (report,) = asked(shared, None, {"query": {"name": "asked", "sql": sql, "expect": expect}})
    assert (report.result, report.findings) == (CheckResult.PASSED, [])


def test_hostile_functions_do_not_get_the_chance(server: Server, reference: Reference) -> None:
    server.sql(
        """
        create function public.harm() returns text language plpgsql as $$ begin perform pg_catalog.pg_file_write('/tmp/x', 'x', false); return ''; exception when others then raise exception 'HARM was called'; end $$;
        create function public.to_char(timestamptz, text) returns text language sql as 'select public.harm()';
        create function public.format(text, name, name) returns text language sql as 'select public.harm()';
        create function public.eq(oid, oid) returns boolean language sql as 'select public.harm() is null';
        alter database shop set search_path = public, pg_catalog; alter database shop set session_preload_libraries = 'nowhere';
        alter role postgres set session_preload_libraries = 'nowhere_either';
        """
    )
    (report,) = asked(server, reference, FAST)
    assert loud([report]) == []


def test_a_server_that_is_gone_makes_every_check_unknown(server: Server, reference: Reference) -> None:
    server.stop()
    reports = asked(server, reference, ALL[0], ALL[1], ALL[2], ALL[4], ALL[6], ALL[7])
    assert {r.result for r in reports} == {CheckResult.UNKNOWN}
    assert all(r.findings for r in reports)


def test_without_a_reference_what_compares_is_unknown(server: Server) -> None:
    structure, volume, settings = asked(server, None, ALL[0], ALL[1], ALL[7])
    assert {structure.result, volume.result, settings.result} == {CheckResult.UNKNOWN}
    assert structure.findings[0].code == "SP493"


def test_missing_and_swapped_files_are_told_apart(database: Copy) -> None:
    server, reference = database
    server.host.check(f"rm {server.files}/a/1.bin; cp -p {server.files}/a/2.bin {server.files}/a/4.bin")
    files, cross = asked(server, reference, {"files": {}}, {"cross_store": {}})
    assert codes(files) == ["SP451", "SP452", "SP453"]
    assert [f.what for f in files.findings][:2] == [
        "1 files are missing that were there before the snapshot",
        "1 files hold another content than their rows say",
    ]
    assert codes(cross) == ["SP461"]


def test_rows_after_the_snapshot_are_loss_and_say_how_far_both_agree(database: Copy) -> None:
    server, reference = database
    server.sql(
        "insert into attachments values ('new.bin', repeat('0', 64), now() - interval '20 s'), ('newer.bin', repeat('0', 64), now())"
    )
    at = server.sql(
        "select to_char(min(created_at) at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US+00:00') from attachments where path like 'new%'"
    )
    context = {"files_snapshot_at": datetime.now(UTC) - timedelta(seconds=60)}
    files, cross = asked(server, reference, {"files": {}}, {"cross_store": {}}, **context)
    assert (files.result, cross.result) == (CheckResult.PASSED, CheckResult.PASSED)
    assert (cross.facts["dangling_rows"], cross.facts["consistent_until"]) == (2, at)


def test_a_folder_without_rows_is_held_against_its_reference(database: Copy) -> None:
    server, reference = database
    alone: dict[str, Any] = {"rows_sql": None, "postgres": None}
    (report,) = asked(server, reference, {"files": {}}, **alone)
    assert report.result is CheckResult.PASSED
    server.host.check(f"cp -p {server.files}/a/2.bin {server.files}/a/4.bin")
    (report,) = asked(server, reference, {"files": {}}, **alone)
    assert codes(report) == ["SP454"]


def test_reports_come_in_the_specs_order_and_are_told_as_they_end(server: Server, reference: Reference) -> None:
    told: list[str] = []
    tell: Callable[[CheckReport], None] = lambda report: told.append(report.name)  # noqa: E731
    reports = run_checks(checks(*ALL), server.context(reference), on_done=tell)
    assert [r.name for r in reports] == [
        "wal_continuity",
        "reached",
        "structure",
        "volume of orders",
        "no order without customer",
        "integrity",
        "freshness",
        "files",
        "cross_store",
        "settings",
    ]
    assert told[-1] == "integrity"
    assert sorted(told) == sorted(r.name for r in reports)


def test_heartbeats_leave_as_ranges_and_a_view_in_their_place_is_not_read(database: Copy) -> None:
    server, _ = database
    server.sql("delete from stormproof.heartbeat where sequence between 41 and 50")
    restored = heartbeat_ranges(server.host, server.place)
    assert [(r.first, r.last) for r in restored.ranges] == [(1, 40), (51, 100)]
    assert restored.ranges[0].first_at < restored.ranges[0].last_at < restored.ranges[1].first_at
    server.sql("truncate stormproof.heartbeat")
    assert heartbeat_ranges(server.host, server.place).ranges == ()
    server.sql("drop table stormproof.heartbeat; create view stormproof.heartbeat as select 1 as sequence, now() as at")
    with pytest.raises(QuestionFailed, match=r"there is no table stormproof\.heartbeat"):
        heartbeat_ranges(server.host, server.place)


def test_a_captured_reference_survives_being_kept(reference: Reference) -> None:
    assert Reference.model_validate_json(reference.model_dump_json()) == reference
    assert reference.postgres is not None
    shop = reference.postgres.databases["shop"]
    assert (shop.rows["public.orders"], shop.rows["public.measured"], shop.rows['public."größen"']) == (20000, 1000, 2)
    assert (shop.heartbeat_sequence, shop.large_objects, shop.materialised_views) == (100, 1, {"public.totals": True})
    assert "SCRAM" not in reference.model_dump_json()
