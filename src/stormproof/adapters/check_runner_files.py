"""Files on the restored host against rows of the restored database. Both lists stay on that host; counts leave it."""

from __future__ import annotations

import shlex

from stormproof.adapters.capture import FILE_LINES
from stormproof.adapters.postgres_questions import QuestionFailed, Session, ask_json, failure, psql_script, verbatim
from stormproof.core.check_context import CheckContext, PostgresPlace
from stormproof.core.errors import Unverified
from stormproof.core.file_checks import FilesAgainstRows
from stormproof.core.heartbeat import instant_of

BOUND_SECONDS = 600.0

# Rows as COPY's text: path, digest in hex, instant. Asked as the unprivileged reader; the text is the user's own query.
_ROWS = r"""copy (select path::text, lower(regexp_replace(sha256::text, '^\\x', '')), created_at::timestamptz from (
%s
) as answer(path, sha256, created_at)) to stdout
"""

# "sha256  ./path", NUL-ended, as COPY's text: path TAB digest, with what COPY reads specially written as escapes.
_FILES = (
    FILE_LINES
    + r"""
set -o pipefail
umask 077
mkdir -p "$SCRATCH" || exit 73
[ -d "$FOLDER" ] || { echo "no such folder" >&2; exit 66; }
export LC_ALL=C
open_own "$FOLDER" "$SCRATCH/files.shut" || exit 73
trap 'shut_again "$SCRATCH/files.shut"' EXIT
file_lines "$FOLDER" >"$SCRATCH/files.raw" || exit 74
LC_ALL=C.UTF-8 grep -azxE '[0-9a-f]{64} [ *]\./(.|\n)*' <"$SCRATCH/files.raw" >"$SCRATCH/files.named" || [ $? = 1 ] || exit 74
sed -zE -e 's/\\/\\\\/g' -e 's/\t/\\t/g' -e 's/\n/\\n/g' -e 's/\r/\\r/g' -e 's/^([0-9a-f]{64}) [ *]\.\/(.*)$/\2\t\1/' \
  "$SCRATCH/files.named" | tr '\0' '\n' >"$SCRATCH/files.copy" || exit 74
echo $(($(tr -cd '\0' <"$SCRATCH/files.raw" | wc -c) - $(tr -cd '\0' <"$SCRATCH/files.named" | wc -c)))
"""
)

_COMPARE = r"""
create temporary table file (path text, digest text);
create temporary table row_of (path text, digest text, at timestamptz);
\copy file from '{scratch}/files.copy'
\copy row_of from '{scratch}/rows.copy'
update row_of set path = ltrim(regexp_replace(substr(path, case when starts_with(path, :'prefix') then length(:'prefix') + 1 else 1 end), '^(\./)+', ''), '/');
create index on file (path);
create index on row_of (path);
analyze file; analyze row_of;
create temporary table problem as
  select r.path, r.at, f.path is null as missing, coalesce(r.at <= nullif(:'snapshot', '')::timestamptz, true) as early
  from row_of r left join file f using (path)
  where (nullif(:'instant', '') is null or r.at is null or r.at <= nullif(:'instant', '')::timestamptz)
    and (f.path is null or (r.digest is not null and r.digest <> f.digest));
\copy (select case when missing then 'missing' else 'differs' end, early, path from problem order by at) to '{scratch}/files.problems'
select json_build_object(
  'rows', (select count(*) from row_of), 'files', (select count(*) from file),
  'missing_early', count(*) filter (where missing and early), 'missing_late', count(*) filter (where missing and not early),
  'differing_early', count(*) filter (where not missing and early), 'differing_late', count(*) filter (where not missing and not early),
  'without_row', (select count(*) from file f where not exists (select from row_of r where r.path = f.path)),
  'from', to_char(min(at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
  'failure', to_char(min(at) filter (where early) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) from problem;
"""


def compare_files_with_rows(context: CheckContext, place: PostgresPlace, reader: str) -> FilesAgainstRows:
    """Each row's file: there, and with that digest. Names stay in the run's own folder on the host.

    Raises Unverified when a side is not known, QuestionFailed for the rows' SQL, and what Host raises.
    """
    if context.files_root is None or context.rows_sql is None:
        raise Unverified(
            "rows and files cannot be compared: "
            + ("no files were restored" if context.files_root is None else "no rows are named"),
            where="this drill",
            fix="restore both stores, and give `rows` (path, sha256, created_at) in the inventory",
        )
    host, scratch = context.host, f"{context.work}/checks"
    done = host.run(_FILES, env={"SCRATCH": scratch, "FOLDER": context.files_root}, timeout_seconds=BOUND_SECONDS)
    if done.status != 0:
        raise Unverified(
            f"the restored files could not be read (status {done.status})",
            where=f"{host.name}:{context.files_root}",
            fix="may the run's user read all of them?",
        )
    rows = verbatim(_ROWS % context.rows_sql.strip().rstrip(";"))
    asking = psql_script(place, Session(bound_seconds=BOUND_SECONDS / 2, role=reader))
    target = shlex.quote(f"{scratch}/rows.copy")
    done_rows = host.run(f"umask 077; (\n{asking}\n) >{target}", stdin=rows, timeout_seconds=BOUND_SECONDS)
    if done_rows.status != 0:
        raise failure(done_rows, host, place.database)
    prefix = context.files_prefix.rstrip("/")
    variables = {
        "prefix": prefix + "/" if prefix else "",
        "snapshot": context.files_snapshot_at.isoformat() if context.files_snapshot_at else "",
        "instant": context.target.isoformat() if context.target else "",
    }
    session = Session(bound_seconds=BOUND_SECONDS / 2, writable=True, variables=variables)
    answers = ask_json(host, place, _COMPARE.replace("{scratch}", scratch.replace("'", "''")), session)
    if not answers:
        raise QuestionFailed("the comparison gave no answer", where=host.name, fix="run the drill again")
    found = answers[-1]
    return FilesAgainstRows(
        rows=found["rows"],
        files=found["files"] + int(done.stdout.split()[-1]),
        missing_early=found["missing_early"],
        missing_late=found["missing_late"],
        differing_early=found["differing_early"],
        differing_late=found["differing_late"],
        without_row=found["without_row"],
        unreadable_names=int(done.stdout.split()[-1]),
        dangling_from=instant_of(found["from"]) if found["from"] else None,
        first_failure_at=instant_of(found["failure"]) if found["failure"] else None,
        problems_at=f"{scratch}/files.problems",
    )
