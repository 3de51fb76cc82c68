"""Controls of restored files: the fault is made in a folder of hard links, where files are replaced and never written to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stormproof.adapters import snapshots
from stormproof.adapters.check_runner_looks import Looks
from stormproof.adapters.postgres_questions import Session, failure, psql_script, verbatim
from stormproof.core import negative_control_files as plans
from stormproof.core.errors import Unverified
from stormproof.core.negative_control import Answers, Seed, Watch
from stormproof.drill.controls.control import Control

if TYPE_CHECKING:
    from stormproof.drill.controls.bench import Bench

BOUND_SECONDS = 600.0

# Names of rows' files from before the snapshot, newest first: read as the unprivileged role, and kept on the host.
_ROWS = r"""copy (select path::text from (
%s
) as answer(path, sha256, created_at) where created_at::timestamptz <= '%s'::timestamptz order by created_at desc) to stdout
"""

# Files whose row is there (or, without rows, any that is as old as the reference): two with different contents.
# Names that COPY had to write with a backslash are left out; the others suffice.
_CHOOSE = r"""
export LC_ALL=C
cd "$FILES" || exit 66
if [ -n "$ROWS" ]; then
  grep -avF '\' "$ROWS" | sed -e 's|^\(\./\)*||' -e 's|^/*||' | while IFS= read -r f; do [ -s "$f" ] && [ ! -L "$f" ] && printf '%s\n' "$f"; done >"$OWN/there"
else
  find . -type f -size +0 ${UNTIL:+! -newermt "@$UNTIL"} -printf '%P\n' | sort | head -n 200 >"$OWN/there"
fi
[ -s "$OWN/there" ] || { echo 'no file to choose' >&2; exit 69; }
exit 0
"""
_REMOVE = r"""
cd "$FILES" || exit 66
head -n "${COUNT:-1}" "$OWN/there" >"$OWN/chosen"
while IFS= read -r f; do chmod u+w -- "$(dirname -- "$f")" && rm -f -- "$f" || exit 74; done <"$OWN/chosen"
wc -l <"$OWN/chosen"
"""
_SWAP = r"""
cd "$FILES" || exit 66
IFS= read -r one <"$OWN/there"
while IFS= read -r other; do cmp -s -- "$one" "$other" || break; other=; done <"$OWN/there"
[ -n "$other" ] || { echo 'all files have one content' >&2; exit 69; }
chmod u+w -- "$(dirname -- "$one")" && touch -r "$one" -- "$OWN/time" && cp --remove-destination -- "$other" "$one" &&
  touch -r "$OWN/time" -- "$one" || exit 74
printf '%s\n' "$one" >"$OWN/chosen"
"""
# The check's own list of what it found, on the host: does every name that was harmed stand in it?
_LISTED = r"""
export LC_ALL=C
[ -s "$LIST" ] || exit 1
cut -f 3 "$LIST" | sort >"$OWN/told"
[ -z "$(sort "$OWN/chosen" | comm -23 - "$OWN/told")" ]
"""


def prove_missing(bench: Bench, seed: Seed, watch: Watch) -> Answers:
    return _prove(bench, watch, _REMOVE)


def prove_swapped(bench: Bench, seed: Seed, watch: Watch) -> Answers:
    return _prove(bench, watch, _SWAP)


def prove_earlier(bench: Bench, seed: Seed, watch: Watch) -> Answers:
    """The newest tenth of the rows' files goes."""
    return _prove(bench, watch, 'COUNT=$((($(wc -l <"$OWN/there") + 9) / 10))\n' + _REMOVE)


def _prove(bench: Bench, watch: Watch, script: str) -> Answers:
    root = bench.context.files_root
    assert root is not None, "a control of files, and no files were restored"
    own = f"{bench.folder}/files"
    server = bench.server() if bench.judged.server is not None else None
    try:
        if server is not None:
            bench.start(server)
        snapshots.link_files(bench.host, root, own)
        with_rows = server is not None and bench.context.rows_sql is not None
        env = {"FILES": own, "OWN": bench.folder, "ROWS": _names(bench) if with_rows else "", "UNTIL": _until(bench)}
        bench.host.check(_CHOOSE, env=env, timeout_seconds=BOUND_SECONDS)
        bench.host.check(script, env=env, timeout_seconds=BOUND_SECONDS)
        bench.seeded()
        reports = bench.ask(watch, bench.own_context(files_root=own))
        if not with_rows:
            return Answers(reports)
        env["LIST"] = f"{bench.folder}/checks/files.problems"
        return Answers(reports, bench.host.run(_LISTED, env=env, timeout_seconds=BOUND_SECONDS).status == 0)
    finally:
        if server is not None:
            bench.stop(server)


def _names(bench: Bench) -> str:
    """Write the rows' names into the control's folder on the host; answers the file. Raises Unverified, QuestionFailed."""
    context = bench.own_context()
    if context.files_snapshot_at is None or context.rows_sql is None:
        raise Unverified("the snapshot's instant is unknown", where="both stores", fix="give the snapshot's start")
    target = f"{bench.folder}/rows"
    text = verbatim(_ROWS % (context.rows_sql.strip().rstrip(";"), context.files_snapshot_at.isoformat()))
    asking = psql_script(bench.place, Session(bound_seconds=BOUND_SECONDS, role=Looks(context).reader()))
    done = bench.host.run(
        f'umask 077; (\n{asking}\n) >"$TARGET"', env={"TARGET": target}, stdin=text, timeout_seconds=BOUND_SECONDS + 15
    )
    if done.status != 0:
        raise failure(done, bench.host, bench.place.database)
    return target


def _until(bench: Bench) -> str:
    """Only files that the reference counted can be missed by it."""
    held = bench.context.reference.files if bench.context.reference is not None else None
    return f"{held.until.timestamp():.6f}" if held is not None and held.until is not None else ""


FILES_CONTROLS: tuple[Control, ...] = (
    Control("missing-file", "a file is missing", plans.missing_file, plans.watch_files, prove_missing, "files"),
    Control("swapped-file", "a file holds another one's content", plans.swapped_file, plans.watch_files, prove_swapped, "files"),
    Control("rows-without-files", "the stores were restored to different instants", plans.rows_without_files,
            plans.watch_stores, prove_earlier, "files"),
)  # fmt: skip
