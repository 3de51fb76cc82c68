"""Faults of rows, and of what keeps them: tables, the age of the data, sequences, indexes, pages. Pure plans."""

from __future__ import annotations

import re
from datetime import timedelta

from stormproof.core import negative_control_watch as watch
from stormproof.core.check_spec import FreshnessCheck, VolumeCheck
from stormproof.core.checks import SequenceUse, resolve_table
from stormproof.core.negative_control import Facts, NotApplicable, Seed, Watch, WouldSee
from stormproof.core.table_name import parse_column, quoted, table_sql

ROWS_MIN = 4  # of a table that a quarter of the rows is taken from
HEAPS_LEFT_OUT = ("stormproof.",)  # our own tables are no one's data
STALE_AT_LEAST = timedelta(hours=1)
FLIP_OFFSET = 8000  # in the last fifth of a page: rows are filled in from its end

_INDEX = re.compile(r"CREATE (?P<unique>UNIQUE )?INDEX \S+ ON (?P<table>[^ ]+) USING btree \((?P<columns>[^()]+)\)\Z")

NO_DATABASE = NotApplicable("no database was restored")


def truncated_table(facts: Facts) -> Seed | NotApplicable:
    """All rows of one table are gone: the first that a `volume` check asks of, else the largest."""
    table = _table(facts, 1)
    if isinstance(table, NotApplicable):
        return table
    name, rows = table
    return Seed(
        what=f"all {rows:,} rows of {name} are gone", object=f"table {name}", named_by=(name,),
        codes=frozenset({"SP411", "SP412", "SP413"}), sql=f"delete from {name};",
    )  # fmt: skip


def watch_truncated_table(facts: Facts, seed: Seed) -> Watch:
    return _rows_watch(facts, seed, left=0, line="min: 1")


def deleted_rows(facts: Facts) -> Seed | NotApplicable:
    """A quarter of one table's rows is gone, here and there: of those that the reference counted, too."""
    table = _table(facts, ROWS_MIN)
    if isinstance(table, NotApplicable):
        return table
    name, rows = table
    gone = rows - _three_quarters(facts, name)
    return Seed(
        what=f"{gone:,} of {rows:,} rows of {name} were deleted", object=f"table {name}",
        named_by=(name,), codes=frozenset({"SP411", "SP412"}),
        sql=(
            "create temporary table gone as select tableoid as of_table, ctid as place from "
            f"{name} limit {gone};\n"
            f"delete from {name} t using gone g where t.tableoid = g.of_table and t.ctid = g.place;"
        ),
    )  # fmt: skip


def watch_deleted_rows(facts: Facts, seed: Seed) -> Watch:
    assert facts.copy is not None, "planned without a database"
    return _rows_watch(facts, seed, left=_three_quarters(facts, _table_of(seed)), line="max_drop_percent: 20")


def stale_copy(facts: Facts) -> Seed | NotApplicable:
    """An older state is passed off as the newest: the watermark ends well before the age that is allowed."""
    if facts.copy is None:
        return NO_DATABASE
    mark = _watermark(facts)
    if mark is None:
        return NotApplicable("neither a `freshness` check nor the inventory names a watermark")
    table, column, age = mark
    cut = (facts.instant - max(2 * age, STALE_AT_LEAST)).isoformat()
    # As the check finds it: without a schema by the search path of the application.
    name = resolve_table(table, facts.copy.rows) or table_sql(table)
    at = quoted(parse_column(column))
    return Seed(
        what=f"the copy is of {cut[:19]} UTC: {table} holds nothing newer", object=f"watermark {table}.{column}",
        named_by=(f"{table}.{column}", table, "newest heartbeat"), codes=frozenset({"SP441", "SP442", "SP443"}),
        # An older state has a newest row too: where all are younger, the first one becomes that.
        sql=(
            f"update {name} set {at} = '{cut}' where ctid = (select ctid from {name} order by {at}, ctid limit 1) "
            f"and {at} > '{cut}';\ndelete from {name} where {at} > '{cut}';"
        ),
    )  # fmt: skip


def watch_stale_copy(facts: Facts, seed: Seed) -> Watch:
    mark = _watermark(facts)
    assert mark is not None, "planned without a watermark"
    table, column, age = mark
    mark_text = f"{{table: {watch.in_yaml(table)}, column: {watch.in_yaml(column)}}}"
    line = f"- freshness: {{watermark: {mark_text}, max_age: {max(1, int(age.total_seconds()))}s}}"
    maybe = tuple(
        type(one)(one.name, one.kind, one.check, sure=False)
        for one in watch.structure(facts)
        if table == facts.heartbeat
    )
    return Watch(watch.merged(watch.freshness(facts, table, column), maybe), WouldSee("freshness", line))


def reset_sequence(facts: Facts) -> Seed | NotApplicable:
    """A sequence that feeds a unique column starts anew: the next inserts would fail, or give a number out twice."""
    if facts.copy is None:
        return NO_DATABASE
    before = facts.before.sequences if facts.before is not None else None
    found = next((use for use in sorted(facts.sequences, key=lambda u: u.sequence) if _feeds(use, before)), None)
    if found is None:
        return NotApplicable("no sequence feeds a unique column that holds numbers")
    return Seed(
        what=f"sequence {found.sequence} stands at 1; {found.column} holds {found.extreme}",
        object=f"sequence {found.sequence}", named_by=(found.sequence,), codes=frozenset({"SP436", "SP437"}),
        sql=f"select setval({_text(found.sequence)}::regclass, 1);",
    )  # fmt: skip


def watch_reset_sequence(facts: Facts, seed: Seed) -> Watch:
    return Watch(watch.integrity(facts, "sequences"), watch.SEQUENCES)


def lying_index(facts: Facts) -> Seed | NotApplicable:
    """A B-tree does not know of a row that its table holds: a search by it finds nothing, and says so without an error."""
    if facts.copy is None:
        return NO_DATABASE
    found = _plain_index(facts)
    if found is None:
        return NotApplicable("no table with rows has a plain B-tree index")
    index, table = found
    bare = ".".join(part.strip('"').replace('""', '"') for part in split_name(index))
    oid = f"{_text(index)}::regclass"
    return Seed(
        what=f"index {index} does not hold one row of {table}", object=f"index {index}",
        named_by=(index, f"{facts.database}.{bare}", bare), codes=frozenset({"SP431"}),
        # The server leaves an index that is not ready alone: the row that is made anew meanwhile is not in it.
        sql=(
            f"update pg_catalog.pg_index set indisready = false where indexrelid = {oid};\n"
            f"create temporary table once as select * from only {table} limit 0;\n"
            "begin;\n"
            f"with row_of as (delete from only {table} where ctid = (select ctid from only {table} limit 1) returning *)\n"
            "insert into once select * from row_of;\n"
            f"insert into {table} overriding system value select * from once;\n"
            "commit;\n"
            f"update pg_catalog.pg_index set indisready = true where indexrelid = {oid};"
        ),
    )  # fmt: skip


def watch_lying_index(facts: Facts, seed: Seed) -> Watch:
    return Watch(watch.integrity(facts, "amcheck"), watch.AMCHECK)


def flipped_heap_bit(facts: Facts) -> Seed | NotApplicable:
    """One bit of one page is another one, as a disk or a memory would have it."""
    if facts.shape is None:
        return NO_DATABASE
    heap = max((h for h in facts.heaps if h.pages), key=lambda h: (h.pages, h.table), default=None)
    if heap is None:
        return NotApplicable("no table of the service's database has a page")
    page = heap.pages // 2
    return Seed(
        what=f"one bit of page {page} of {heap.table} is flipped", object=f"block {page} of {heap.path}",
        named_by=(heap.path,), codes=frozenset({"SP432"}),
        script=f"""
f=$PGDATA/{heap.path} at={page * 8192 + FLIP_OFFSET}
byte=$(od -An -tu1 -j "$at" -N 1 "$f") && [ -n "$byte" ] || exit 66
printf "\\\\$(printf %03o $((byte ^ 1)))" | dd of="$f" bs=1 seek="$at" conv=notrunc status=none || exit 74
""",
    )  # fmt: skip


def watch_flipped_heap_bit(facts: Facts, seed: Seed) -> Watch:
    assert facts.shape is not None, "planned without a database"
    if not facts.shape.checksums:
        off = WouldSee(
            "integrity", watch.CHECKSUMS.yaml,
            "data checksums are off: turn them on at the source (pg_checksums --enable, while it is stopped)",
        )  # fmt: skip
        return Watch((), off)
    return Watch(watch.integrity(facts, "checksums"), watch.CHECKSUMS)


def is_partition(definition: str) -> bool:
    """Whether a reference's text of a table is one of a partition: its rows and rules are its table's."""
    return " partition FOR " in definition or " partition DEFAULT" in definition


def split_name(name: str) -> list[str]:
    """`public."a.b".c` at its dots; quotes stay."""
    return re.findall(r'"(?:[^"]|"")*"|[^."]+', name)


def _table(facts: Facts, rows_min: int) -> tuple[str, int] | NotApplicable:
    if facts.copy is None:
        return NO_DATABASE
    rows = {name: count for name, count in facts.copy.rows.items() if _is_data(facts, name)}
    asked = [
        found
        for check in facts.checks
        if isinstance(check, VolumeCheck) and (found := resolve_table(check.table, rows)) is not None
    ]
    by_size = sorted(rows, key=lambda name: (-rows[name], name))
    chosen = next((name for name in [*asked, *by_size] if rows[name] >= rows_min), None)
    if chosen is None:
        return NotApplicable(f"no table of {facts.database} has {rows_min} rows")
    return chosen, rows[chosen]


def _three_quarters(facts: Facts, name: str) -> int:
    """What is left when a quarter is gone. A table that grew since the reference must lose its growth besides, or a check
    that holds it against the reference would rightly say nothing.
    """
    assert facts.copy is not None, "asked without a database"
    rows = facts.copy.rows[name]
    before = facts.before.rows.get(name, 0) if facts.before is not None else 0
    if before < ROWS_MIN:  # nothing to be held against
        before = rows
    return min(rows - rows // 4, before - before // 4)


def _is_data(facts: Facts, name: str) -> bool:
    """Whole tables of the user's own: what a partition or a view holds is counted with its table."""
    assert facts.copy is not None, "asked without a database"
    text = facts.copy.objects.get(f"table {name}")
    return text is not None and not is_partition(text) and not name.startswith(HEAPS_LEFT_OUT)


def _table_of(seed: Seed) -> str:
    return seed.object.removeprefix("table ")


def _rows_watch(facts: Facts, seed: Seed, *, left: int, line: str) -> Watch:
    table = _table_of(seed)
    watchers = watch.merged(watch.volumes(facts, table, left), watch.queries(facts, table), watch.keys_to(facts, table))
    shown = watch.in_yaml(table.removeprefix("public."))
    return Watch(watchers, WouldSee("volume", f"- volume: {{table: {shown}, rows: {{{line}}}}}"))


def _watermark(facts: Facts) -> tuple[str, str, timedelta] | None:
    for check in facts.checks:
        if isinstance(check, FreshnessCheck):
            return check.watermark.table, check.watermark.column, check.max_age
    return (facts.heartbeat, "at", timedelta(minutes=1)) if facts.heartbeat else None


def _feeds(use: SequenceUse, before: dict[str, int] | None) -> bool:
    used = before is None or before.get(use.sequence, 0) > 0
    return use.unique and use.increment > 0 and (use.extreme or 0) > 1 and use.last >= (use.extreme or 0) and used


def _plain_index(facts: Facts) -> tuple[str, str] | None:
    """An index over plain columns of a table that is no partition and has rows but no generated column."""
    assert facts.copy is not None, "asked without a database"
    objects, rows = facts.copy.objects, facts.copy.rows
    found = []
    for key, text in objects.items():
        match = _INDEX.match(text) if key.startswith("index ") else None
        if match is None or not rows.get(match["table"]) or not _is_data(facts, match["table"]):
            continue
        columns = [t for k, t in objects.items() if k.startswith(f"column {match['table']}.")]
        if not any(" generated" in t for t in columns) and "partitioned by" not in objects[f"table {match['table']}"]:
            name = key.removeprefix("index ")
            found.append((bool(match["unique"]), -rows[match["table"]], name, match["table"]))
    return min(found)[2:] if found else None


def _text(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"
