"""A user's own SQL, and watermarks: asked as a role that reads everything and may do nothing, in a read-only session.

Only a verdict leaves the database; a number does when the query says `select count(`.
"""

from __future__ import annotations

import re
from datetime import datetime

from stormproof.adapters.postgres_questions import QuestionFailed, Session, ask_json, verbatim
from stormproof.core.check_context import PostgresPlace
from stormproof.core.check_spec import Expect
from stormproof.core.checks import QueryAnswer
from stormproof.core.heartbeat import instant_of
from stormproof.core.ports import Host
from stormproof.core.table_name import parse_column, quoted, table_sql

_COUNTS = re.compile(r"\s*select\s+count\s*\(", re.IGNORECASE)

# What leaves: how many rows (two are looked at), whether the value is null, the verdict, and a number only of a count.
_ONE_VALUE = """
select json_build_object('rows', count(*), 'null', bool_or(v is null),
  'number', case when count(*) = 1 and bool_and(is_number) and {leaves} then min(v)::numeric end,
  'ok', bool_and(coalesce({condition}, false)))
from (select value::text as v, pg_typeof(value)::text in
        ('smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision') as is_number
      from (
{query}
) as answer(value) limit 2) as looked_at"""
_ROWS_COUNTED = """
select json_build_object('rows', 1, 'null', false, 'number', count(*), 'ok', count(*) = {rows}) from (
{query}
) as answer"""


def expectation(expect: Expect) -> str:
    """The expectation in words, for people: 'equals 0', 'at least 1 and at most 5'."""
    words = []
    if "equals" in expect.model_fields_set:
        words.append(f"equals {expect.equals!r}")
    if expect.min is not None:
        words.append(f"at least {expect.min:g}")
    if expect.max is not None:
        words.append(f"at most {expect.max:g}")
    if expect.rows is not None:
        words.append(f"{expect.rows} rows")
    return " and ".join(words)


def ask_query(
    host: Host,
    place: PostgresPlace,
    reader: str,
    sql: str,
    expect: Expect,
    *,
    database: str | None,
    bound_seconds: float,
) -> QueryAnswer:
    """Run the query and compare inside the database. Raises QuestionFailed with PostgreSQL's own words where those are safe."""
    text = sql.strip().rstrip(";").rstrip()
    # The user's text stands on lines of its own, so that a comment at its end cannot swallow what follows.
    asked = _ROWS_COUNTED if expect.rows is not None else _ONE_VALUE
    asked = asked.format(
        query=text,
        condition=_condition(expect),
        rows=expect.rows,
        leaves="true" if _COUNTS.match(text) else "false",
    )
    session = Session(bound_seconds=bound_seconds, role=reader, database=database or "")
    answers = ask_json(host, place, f"begin read only;\n{verbatim(asked)}rollback;", session)
    if len(answers) != 1:
        raise QuestionFailed(
            "the query is not one statement that returns rows", where=place.database, fix="write one SELECT"
        )
    answer = answers[0]
    number = float(answer["number"]) if answer["number"] is not None else None
    return QueryAnswer(answer["rows"], bool(answer["null"]), number, answer["ok"])


def newest_of(
    host: Host, place: PostgresPlace, reader: str, table: str, column: str, *, bound_seconds: float
) -> datetime | None:
    """The greatest instant in a column; one without a zone is read as UTC. Raises QuestionFailed."""
    name = quoted(parse_column(column))
    sql = (
        "begin read only; set local timezone = 'UTC';\n"
        # By their whole names: the reader's search path is the application's, which may put others before the system's.
        f"select pg_catalog.json_build_array(pg_catalog.to_char(pg_catalog.max({name})::pg_catalog.timestamptz at time zone 'UTC', "
        '\'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\')) '
        f"from {table_sql(table)};\nrollback;"
    )
    answers = ask_json(host, place, sql, Session(bound_seconds=bound_seconds, role=reader))
    found = answers[0][0] if answers else None
    return instant_of(found) if found else None


def _condition(expect: Expect) -> str:
    parts = []
    if "equals" in expect.model_fields_set:
        parts.append(_equals(expect.equals))
    if expect.min is not None:
        parts.append(f"case when is_number then v::numeric >= {_number(expect.min)} else false end")
    if expect.max is not None:
        parts.append(f"case when is_number then v::numeric <= {_number(expect.max)} else false end")
    return " and ".join(parts)


def _equals(value: int | float | bool | str | None) -> str:
    if value is None:
        return "v is null"
    if isinstance(value, bool):
        return f"v = '{'true' if value else 'false'}'"
    if isinstance(value, int | float):
        return f"case when is_number then v::numeric = {_number(value)} else v = '{_number(value)}' end"
    return "v = '" + value.replace("'", "''") + "'"


def _number(value: float) -> str:
    return repr(value)
