"""Capture a reference: what a source looks like at a backup, kept in the vault beside it.

Runs on the source's side, at each backup. The same questions are asked of the restored copy (postgres_shape.sql serves
both), so that a difference is one of the data and not of the asking.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stormproof.adapters.check_runner_integrity import sequences_behind
from stormproof.adapters.postgres_questions import QuestionFailed, Session, ask_json, table_name
from stormproof.adapters.resource import resource
from stormproof.core.check_context import PostgresPlace
from stormproof.core.errors import SetupFailed
from stormproof.core.heartbeat import instant_of
from stormproof.core.misread import MISREAD
from stormproof.core.ports import Host
from stormproof.core.reference import DatabaseReference, FilesReference, PostgresReference
from stormproof.core.reference_compare import collation_text
from stormproof.core.settings_parity import ServerSetting, configured

HEARTBEAT_TABLE = "stormproof.heartbeat"
SETTLED_SECONDS = 5
_DIGEST = re.compile(r"[0-9a-f]{64}")

# Debian's /usr/bin/psql is a Perl wrapper; the real one is three times as quick. Newest first: an older psql may not know
# a newer server, never the other way round.
_FIND_CLIENT = r"""
for folder in $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin 2>/dev/null | sort -rV); do
  [ -x "$folder/psql" ] && { printf %s "$folder"; exit 0; }
done
found=$(command -v psql) && { printf %s "${found%/psql}"; exit 0; }
exit 69
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """A server's shape, and every setting it runs with (a reference keeps only those that somebody set)."""

    reference: PostgresReference
    settings: dict[str, ServerSetting]


def find_client(host: Host) -> str:
    """The folder of PostgreSQL's own client programs on a host. Raises SetupFailed when there are none."""
    done = host.run(_FIND_CLIENT, timeout_seconds=15)
    if done.status != 0:
        raise SetupFailed(
            "PostgreSQL's client is not installed",
            where=host.name,
            fix="install the package postgresql-client of the server's major version",
            code="SP492",
        )
    return done.stdout.strip()


def capture_postgres(
    host: Host,
    *,
    bin_dir: str | None = None,
    socket_dir: str | None = None,
    port: int = 5432,
    superuser: str = "postgres",
    database: str = "postgres",
    databases: Sequence[str] | None = None,
    heartbeat_table: str | None = HEARTBEAT_TABLE,
    timeout_seconds: float = 120.0,
) -> PostgresReference:
    """One cluster's reference: every database that admits connections, or those named. `database` is asked for their names.

    Each database is read in one REPEATABLE READ transaction; several databases are read one after the other.
    Raises QuestionFailed, SetupFailed, and what Host raises.
    """
    place = PostgresPlace(bin_dir or find_client(host), socket_dir or "", port, superuser, database)
    shape = capture_shape(
        host, place, databases=databases, heartbeat_table=heartbeat_table, timeout_seconds=timeout_seconds
    ).reference
    behind = {name: sequences_behind(host, place, name, bound_seconds=timeout_seconds) for name in shape.databases}
    known = {name: one.model_copy(update={"sequences_behind": behind[name]}) for name, one in shape.databases.items()}
    return shape.model_copy(update={"databases": known})


def capture_shape(
    host: Host,
    place: PostgresPlace,
    *,
    databases: Sequence[str] | None = None,
    heartbeat_table: str | None = HEARTBEAT_TABLE,
    count_rows: bool = True,
    timeout_seconds: float = 120.0,
) -> Shape:
    """Ask the questions of postgres_shape.sql. `timeout_seconds` bounds each statement, and with a margin each database."""
    names = list(databases) if databases is not None else list_databases(host, place)
    answers = {
        name: _answers(host, place, name, heartbeat_table, count_rows=count_rows, timeout_seconds=timeout_seconds)
        for name in names
    }
    if not answers:
        raise QuestionFailed("no database admits connections", where=host.name, fix="name the service's database")
    first = answers[names[0]]
    server = first["server"]
    settings = {name: ServerSetting(value, source) for name, (source, value) in first["settings"].items()}
    reference = PostgresReference(
        captured_at=instant_of(server["now"]),
        lsn=server["lsn"],
        timeline=server["timeline"],
        system_identifier=server["system_identifier"],
        server_version=server["server_version"],
        settings=configured(settings),
        roles=first["roles"],
        databases={name: _database(found) for name, found in answers.items()},
        checksums=server["checksums"],
    )
    return Shape(reference, settings)


def list_databases(host: Host, place: PostgresPlace) -> list[str]:
    """Databases that admit connections and are no templates, by name."""
    sql = "select json_build_array(datname) from pg_database where datallowconn and not datistemplate order by datname;"
    elsewhere = Session(database=place.database, bound_seconds=15)
    return [str(row[0]) for row in ask_json(host, place, sql, elsewhere)]


def _answers(
    host: Host, place: PostgresPlace, database: str, heartbeat: str | None, *, count_rows: bool, timeout_seconds: float
) -> dict[str, Any]:
    variables = {"heartbeat": table_name(heartbeat) if heartbeat else "", "count_rows": "on" if count_rows else "off"}
    session = Session(bound_seconds=timeout_seconds, database=database, variables=variables)
    found: dict[str, Any] = {"rows": {}}
    for document in ask_json(host, place, resource("postgres_shape.sql"), session):
        question, answer = document["question"], document["answer"]
        if question == "rows":
            found["rows"].update(answer or {})
        else:
            found[question] = answer
    if "end" not in found:
        raise QuestionFailed("the answers ended early", where=f"{host.name}: database {database}", fix="capture again")
    return found


def _database(found: dict[str, Any]) -> DatabaseReference:
    database, heartbeat = found["database"], found.get("heartbeat") or {}
    versions = {
        name: collation_text(c["recorded"], c["actual"], used=c["used"]) for name, c in found["collations"].items()
    }
    default = found.get("default_collation")
    if default and (default["recorded"] or default["actual"]):
        versions["the database's default"] = collation_text(default["recorded"], default["actual"], used=True)
    rows = {name: int(count) for name, count in found["rows"].items()}
    for parent, leaves in found["partitions"].items():
        if found["rows"]:
            rows[parent] = sum(rows.get(leaf, 0) for leaf in leaves)
    return DatabaseReference(
        encoding=database["encoding"],
        collation=database["collation"],
        ctype=database["ctype"],
        extensions=database["extensions"],
        collation_versions=versions,
        objects=found["objects"],
        grants={key: text for key, text in found["grants"].items() if text},
        rows=rows,
        sequences=found["sequences"],
        large_objects=database["large_objects"],
        materialised_views=found["materialised_views"],
        heartbeat_sequence=heartbeat.get("sequence"),
        heartbeat_at=instant_of(heartbeat["at"]) if heartbeat.get("at") else None,
    )


# One line a file, NUL-ended: "sha256  ./path". Sorted bytewise, so that every host digests the same bytes. Odd names (tabs,
# line ends, other encodings) stay as they are: NUL is the one byte that no name holds.
FILE_LINES = r"""
file_lines() { # FOLDER [UNTIL-EPOCH]
  cd "$1" || return 66
  local newer=()
  [ -n "$2" ] && newer=(! -newermt "@$2")
  local parts status
  parts=$(mktemp -d) || return 73
  # A file of its own for each worker: side by side into one pipe, their buffers are cut into each other's lines.
  find . -type f "${newer[@]}" -print0 |
    xargs -0 -r -n 256 -P "$(nproc)" bash -c 'parts=$1; shift; exec sha256sum -z -- "$@" >"$parts/$$"' sha256sum "$parts"
  status=$?
  find "$parts" -type f -exec cat -- {} +
  rm -rf "$parts"
  return $status
}
# A restored file may be shut to its own owner (mode 000): in a copy it is opened for the time of the look, and shut again.
open_own() { # FOLDER LIST
  local shut=(-user "$(id -u)" "(" -type d ! -perm -u=rx -o -type f ! -perm -u=r ")") round
  : >"$2" || return 73
  for ((round = 0; round < 1000; round++)); do # each round opens one level of folders
    find "$1" -xdev "${shut[@]}" -printf '%m %p\0' 2>/dev/null >"$2.round"
    [ -s "$2.round" ] || break
    cat "$2.round" >>"$2"
    find "$1" -xdev "${shut[@]}" -exec chmod u+rX {} + 2>/dev/null
  done
  rm -f "$2.round"
}
shut_again() { # LIST
  local entries entry
  mapfile -d '' -t entries <"$1" || return 0
  for ((entry = ${#entries[@]} - 1; entry >= 0; entry--)); do chmod -- "${entries[entry]%% *}" "${entries[entry]#* }"; done
  rm -f "$1"
}
"""

_FILES = (
    FILE_LINES
    + r"""
set -o pipefail
export LC_ALL=C
[ -d "$FOLDER" ] || { echo "no such folder" >&2; exit 66; }
printf 'now %s\n' "$EPOCHREALTIME"
# A file that is being written now may be renamed before the snapshot takes it: the last seconds are left out.
UNTIL=${UNTIL:-$((${EPOCHREALTIME%.*} - SETTLED)).${EPOCHREALTIME#*.}}
printf 'until %s\n' "$UNTIL"
lines=$(mktemp) || exit 73
trap '[ -z "$OPEN" ] || shut_again "$lines.shut"; rm -f "$lines" "$lines.said"' EXIT
[ -z "$OPEN" ] || open_own "$FOLDER" "$lines.shut" || exit 73
# A file that was removed while we looked (123 and only such words) is not there; one that we may not read is an error.
file_lines "$FOLDER" "$UNTIL" >"$lines" 2>"$lines.said" || [ $? = 123 ] || exit 74
grep -v ': No such file or directory$' "$lines.said" | head -c 300 >&2 && [ "${PIPESTATUS[0]}" = 0 ] && exit 77
# "sha256  ./path" becomes "path<TAB>sha256": what a reference is the digest of.
printf 'digest %s\n' "$(sed -zE 's/^\\?([0-9a-f]{64}) [ *]\.\/(.*)$/\2\t\1/' "$lines" | sort -z | tr '\0' '\n' | sha256sum | cut -d ' ' -f 1)"
printf 'files %s\n' "$(tr -cd '\0' <"$lines" | wc -c)"
printf 'bytes %s\n' "$(cd "$FOLDER" && find . -type f ! -newermt "@$UNTIL" -printf '%s\n' | { t=0; while read -r n; do t=$((t + n)); done; echo $t; })"
"""
)


def capture_files(
    host: Host,
    path: str,
    *,
    snapshot: str | None = None,
    until: datetime | None = None,
    is_copy: bool = False,
    timeout_seconds: float = 300.0,
) -> FilesReference:
    """A folder's reference: the digest of its sorted lines "path TAB sha256", files and bytes.

    Only files last modified at or before `until` count (default: five seconds ago, by the host's clock), so that a folder in use and
    its restored copy can be asked for the same set. `is_copy`: files that their owner may not read are opened meanwhile; a
    source's never are. Raises CommandFailed when the folder cannot be read whole, QuestionFailed when its answer cannot.
    """
    env = {
        "FOLDER": path,
        "UNTIL": f"{until.timestamp():.6f}" if until is not None else "",
        "SETTLED": str(SETTLED_SECONDS),
        "OPEN": "yes" if is_copy else "",
    }
    text = host.check(_FILES, env=env, timeout_seconds=timeout_seconds)
    try:
        facts = dict(line.split(" ", 1) for line in text.splitlines())
        if _DIGEST.fullmatch(facts["digest"]) is None or facts.keys() != {"now", "until", "digest", "files", "bytes"}:
            raise ValueError("a line that is none of ours")
        return FilesReference(
            captured_at=datetime.fromtimestamp(float(facts["now"]), UTC),
            snapshot=snapshot,
            files=_count(facts["files"]),
            bytes=_count(facts["bytes"]),
            digest=facts["digest"],
            until=datetime.fromtimestamp(float(facts["until"]), UTC),
        )
    except MISREAD as error:
        raise QuestionFailed(
            f"the look at a folder of files was cut off or cannot be read ({error})",
            where=f"{host.name}:{path}",
            fix="ask again; does a login script of that host print something?",
        ) from error


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text[:40]!r} is no count")
    return int(text)
