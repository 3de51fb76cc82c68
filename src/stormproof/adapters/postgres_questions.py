"""Questions to a PostgreSQL server through the psql of its own host: read only, bounded, deaf to the database's own code.

Every session starts with an empty search path of its own making, no preloaded libraries, no triggers, a statement
timeout and, unless told otherwise, read-only transactions. Answers are JSON documents, one per line. Of an error only its code leaves
the host, and the text only where that cannot hold a value of the data.
"""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from stormproof.core.check_context import PostgresPlace
from stormproof.core.errors import Unverified
from stormproof.core.heartbeat import Range, Restored, instant_of
from stormproof.core.misread import MISREAD
from stormproof.core.ports import Completed, Host
from stormproof.core.table_name import BadName, parse_table, quoted

READER_ROLE = "stormproof_reader"
HEARTBEAT_RANGES_MAX = 10_000

# Error classes whose texts are made of names and numbers: syntax and access (42), corruption and internal (XX), operator
# intervention (57), resources (53), object state (55), connection (08), authorization (28), transaction state (25),
# unknown database (3D), system (58), unsupported (0A), limits (54). All others may quote data (22P02 does).
_FILTER = r"""sed -nE \
 -e 's/^(psql:[^ ]* )?(ERROR|FATAL|PANIC):  ((42|XX|57|53|55|08|28|25|3D|58|0A|54)[0-9A-Z]{3}): (.*)$/\2 \3 \5/p;t' \
 -e 's/^(psql:[^ ]* )?(ERROR|FATAL|PANIC):  ([0-9A-Z]{5}):.*$/\2 \3/p;t' -e 's/^psql: (error|fatal): (.*)$/FATAL 08000 \2/p;t'"""


# A view of that name would run the database's own code, and so would a column of a type of its own, by its casts and
# operators: only a table with plain columns is read. Islands of consecutive numbers become ranges.
_RANGES = """
select exists (select from pg_class where oid = to_regclass(:'heartbeat') and relkind in ('r', 'p')) and not exists (
  select from pg_attribute where attrelid = to_regclass(:'heartbeat') and attname in ('sequence', 'at')
    and atttypid not in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'timestamptz'::regtype, 'timestamp'::regtype)) as there \\gset
\\if :there
with numbered as (select sequence, at, sequence - row_number() over (order by sequence) as island
                  from (select sequence, max(at) as at from :heartbeat group by sequence) once),
ranges as (select min(sequence) as first, max(sequence) as last, min(at) as first_at, max(at) as last_at
           from numbered group by island)
select json_build_array(first, last, to_char(first_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                        to_char(last_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
from ranges order by first limit {limit};
\\else
select '"no table"';
\\endif
"""


class QuestionFailed(Unverified):
    """A question got an error instead of an answer. `sqlstate` is PostgreSQL's five-character code, empty if unknown."""

    def __init__(self, what: str, *, where: str, fix: str, code: str = "SP490", sqlstate: str = "") -> None:
        super().__init__(what, where=where, fix=fix, code=code)
        self.sqlstate = sqlstate

    @property
    def damaged(self) -> bool:
        """The server met broken pages or missing files of its own: that is an answer, and a bad one."""
        return self.sqlstate.startswith(("XX", "58"))


@dataclass(frozen=True, slots=True)
class Session:
    """How one question is asked. `bound_seconds` holds for each statement and, with a margin, for the whole."""

    bound_seconds: float = 30.0
    role: str = ""  # empty: the place's superuser
    database: str = ""  # empty: the place's database
    writable: bool = False  # only in an isolated copy: an extension for amcheck, the reader's role
    catalog_names: bool = False  # a text of ours, asked as a role: names mean the system's own, as for the superuser
    variables: Mapping[str, str] | None = None


def table_name(text: str) -> str:
    """A schema-qualified table name, quoted so that it may stand in SQL. Raises QuestionFailed for anything else."""
    try:
        schema, table = parse_table(text)
    except BadName as error:
        raise QuestionFailed(str(error), where="table name", fix="write it as schema.table") from error
    if schema is None:
        raise QuestionFailed(f"the schema of {text!r} is missing", where="table name", fix="write it as schema.table")
    return quoted(schema, table)


def psql_script(place: PostgresPlace, session: Session) -> str:
    """A bash text that hands its standard input to psql under the guards; it ends with psql's status."""
    milliseconds = max(1, int(session.bound_seconds * 1000))
    guards = {
        "statement_timeout": str(milliseconds),
        "lock_timeout": "5000",
        "idle_in_transaction_session_timeout": str(milliseconds + 10_000),
        "client_encoding": "UTF8",
        "quote_all_identifiers": "off",  # or names would differ from those in a reference
        "default_transaction_read_only": "off" if session.writable else "on",
    }
    if session.role:
        guards["standard_conforming_strings"] = "on"
        if session.catalog_names:
            guards["search_path"] = "pg_catalog"
    else:
        # Only a superuser may set these; an unprivileged role has nothing that they would guard.
        guards |= {
            "search_path": "pg_catalog",
            "session_preload_libraries": "",
            "local_preload_libraries": "",
            "session_replication_role": "replica",
            "row_security": "off",
            "standard_conforming_strings": "on",
            "role": "none",
        }
    options = " ".join(f"-c {name}={value}" for name, value in guards.items())
    lines = [
        "unset PGHOST PGHOSTADDR PGPORT PGUSER PGSERVICE PGSERVICEFILE PGPASSWORD PGTARGETSESSIONATTRS PGSSLMODE",
        f"export LC_ALL=C PGCONNECT_TIMEOUT=5 PGAPPNAME=stormproof PGOPTIONS={shlex.quote(options)}",
        f"export PGUSER={shlex.quote(session.role or place.superuser)} PGPORT={place.port}",
        f"export PGDATABASE={shlex.quote(session.database or place.database)}",
    ]
    if place.socket_dir:
        lines.append(f"export PGHOST={shlex.quote(place.socket_dir)}")
    lines += [
        f"psql={shlex.quote(place.bin_dir + '/psql')}",
        # PostgreSQL 17 has login event triggers, which act on whoever connects.
        'case "$("$psql" --version)" in *" "1[7-9]*|*" "[2-9][0-9]*) [ -n "$PGUSER" ] && '
        + ("PGOPTIONS+=' -c event_triggers=off'" if not session.role else "true")
        + ";; esac",
    ]
    arguments = "".join(f" -v {shlex.quote(name + '=' + value)}" for name, value in (session.variables or {}).items())
    run = f'"$psql" -XqAtw -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -v SHOW_CONTEXT=never{arguments} -f - 2>&1 1>&3'
    lines.append(f"{{ {run} | {_FILTER} >&2; status=${{PIPESTATUS[0]}}; }} 3>&1")
    lines.append("exit $status")
    return "\n".join(lines)


def verbatim(sql: str) -> str:
    r"""A statement that psql hands to the server without reading it: no backslash command, no `:variable` in it acts."""
    encoded = base64.b64encode(sql.encode()).decode()
    return f"select convert_from(decode('{encoded}', 'base64'), 'UTF8') \\gexec\n"


def ask(host: Host, place: PostgresPlace, sql: str, session: Session | None = None) -> str:
    """Run statements and hand their plain output on. Raises QuestionFailed, and what Host raises."""
    asked = session or Session()
    done = host.run(psql_script(place, asked), stdin=sql, timeout_seconds=asked.bound_seconds + 15)
    if done.status != 0:
        raise failure(done, host, asked.database or place.database)
    return done.stdout


def ask_json(host: Host, place: PostgresPlace, sql: str, session: Session | None = None) -> list[Any]:
    """Run statements whose every line of output is one JSON document. Raises QuestionFailed."""
    text = ask(host, place, sql, session)
    try:
        return [json.loads(line) for line in text.split("\n") if line]  # U+2028 in a value ends no line here
    except (ValueError, RecursionError) as error:
        raise _cut_off(f"{host.name}: database {(session or Session()).database or place.database}") from error


def _cut_off(where: str) -> QuestionFailed:
    return QuestionFailed(
        "the answer was cut off or is no JSON",
        where=where,
        fix="ask again; if it stays so, report it with the PostgreSQL version",
    )


def failure(done: Completed, host: Host, database: str) -> QuestionFailed:
    """The error that a psql which ended badly stands for; only the filtered first line of its words is kept."""
    line = next((line for line in done.stderr.splitlines() if line.strip()), "")
    words = line.split(" ", 2)
    sqlstate = words[1] if len(words) > 1 and re.fullmatch(r"[0-9A-Z]{5}", words[1]) else ""
    text = words[2] if sqlstate and len(words) > 2 else ""
    where = f"{host.name}: database {database}"
    if sqlstate == "57014":
        what, fix = "a question did not end within its bound", "raise its timeout, or find out why it is slow"
    elif sqlstate:
        what = f"PostgreSQL answered {sqlstate}" + (
            f": {text}" if text else " (its text may quote data and stays there)"
        )
        fix = "run the question by hand in the kept copy (`drill run --keep`)"
    else:
        what, fix = (
            f"psql ended with status {done.status} and said nothing usable",
            "is PostgreSQL's client there, and the server up?",
        )
    return QuestionFailed(
        what, where=where, fix=fix, sqlstate=sqlstate, code="SP491" if sqlstate == "57014" else "SP490"
    )


def heartbeat_ranges(host: Host, place: PostgresPlace, table: str = "stormproof.heartbeat") -> Restored:
    """Which heartbeats came back, as ranges of sequence numbers with the instants at their ends: no rows.

    Raises QuestionFailed when the table cannot be read, or is so full of holes that there are more than 10,000 ranges.
    """
    answers = ask_json(
        host,
        place,
        _RANGES.replace("{limit}", str(HEARTBEAT_RANGES_MAX + 1)),
        Session(bound_seconds=60, variables={"heartbeat": table_name(table)}),
    )
    if answers and answers[0] == "no table":
        raise QuestionFailed(
            f"there is no table {table}",
            where=f"{host.name}: database {place.database}",
            fix="did it come back? compare with the source",
        )
    if len(answers) > HEARTBEAT_RANGES_MAX:
        raise QuestionFailed(
            f"the heartbeat has more than {HEARTBEAT_RANGES_MAX} holes",
            where=f"{host.name}: {table}",
            fix="look whether its writer counts without gaps",
        )
    try:
        ranges = [Range(int(a[0]), int(a[1]), instant_of(a[2]), instant_of(a[3])) for a in answers]
    except MISREAD as error:
        raise _cut_off(f"{host.name}: {table}") from error
    if any(one.first > one.last for one in ranges) or any(a.last >= b.first for a, b in pairwise(ranges)):
        raise _cut_off(f"{host.name}: {table}")
    return Restored(tuple(ranges))
