"""The engine's own look at its data: B-trees and heaps (amcheck), page checksums, foreign keys, sequences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stormproof.adapters.postgres_questions import QuestionFailed, Session, ask, ask_json
from stormproof.adapters.resource import resource
from stormproof.core.check_context import PostgresPlace
from stormproof.core.checks import ForeignKey, SequenceUse
from stormproof.core.errors import Unverified
from stormproof.core.finding import Finding, Severity
from stormproof.core.integrity_checks import is_behind
from stormproof.core.ports import Host

AMCHECK_SCHEMA = "stormproof_amcheck"
_RELATION = re.compile(r'^(?P<kind>heap table|btree index) "(?P<name>[^"]+)"(?:, block (?P<block>\d+))?')
_BAD_FILE = re.compile(r'checksum verification failed in file "(?P<file>[^"]+)", block (?P<block>\d+)')

# Everything that could be read as an option, a service or a password of this host is left out of the environment.
_AMCHECK = r"""
unset PGHOST PGHOSTADDR PGSERVICE PGSERVICEFILE PGPASSWORD
export LC_ALL=C PGCONNECT_TIMEOUT=5 PGAPPNAME=stormproof PGHOST="$SOCKET" PGPORT PGUSER
export PGOPTIONS="-c search_path=pg_catalog -c session_preload_libraries= -c local_preload_libraries= -c session_replication_role=replica -c lock_timeout=5000 -c statement_timeout=$BOUND_MS"
PGOPTIONS+=" -c default_transaction_read_only=off -c standard_conforming_strings=on -c quote_all_identifiers=off -c client_min_messages=notice"
quote="'" name=${DATABASE//\\/\\\\} # as a connection string, or a name with = in it would be read as one
name=${name//$quote/\\$quote}
[ -x "$BIN/pg_amcheck" ] || { echo "no pg_amcheck" >&2; exit 69; }
said=$(mktemp) || exit 73
trap 'rm -f "$said"' EXIT
"$BIN/pg_amcheck" --install-missing="$SCHEMA" --heapallindexed --jobs=2 --no-strict-names "dbname='$name'" >"$said" 2>"$said.error"
status=$?
grep -acE '^(heap table|btree index) ' "$said"
grep -aE '^(heap table|btree index) |^    ERROR:' "$said" | head -n 200
head -c 600 "$said.error" >&2; rm -f "$said.error"
exit $status
"""

_CHECKSUMS = r"""
export LC_ALL=C
if "$BIN/pg_ctl" -D "$PGDATA" status >/dev/null 2>&1; then
  "$BIN/pg_ctl" -D "$PGDATA" -m fast -w -t 60 stop >/dev/null 2>&1 || exit 75
fi
"$BIN/pg_checksums" --check -D "$PGDATA" 2>&1 | head -n 60
exit "${PIPESTATUS[0]}"
"""


def amcheck(host: Host, place: PostgresPlace, *, bound_seconds: float) -> tuple[list[Finding], dict[str, Any]]:
    """Every heap and B-tree of the database, each index held against its heap's rows (`--heapallindexed`).

    The extension is installed into a schema of its own in the copy. Raises Unverified when pg_amcheck could not look.
    """
    session = Session(bound_seconds=20, writable=True)
    ask(host, place, f"create schema if not exists {AMCHECK_SCHEMA};", session)
    env = {
        "BIN": place.bin_dir,
        "SOCKET": place.socket_dir,
        "PGPORT": str(place.port),
        "PGUSER": place.superuser,
        "DATABASE": place.database,
        "SCHEMA": AMCHECK_SCHEMA,
        "BOUND_MS": str(int(bound_seconds * 1000)),
    }
    done = host.run(_AMCHECK, env=env, timeout_seconds=bound_seconds)
    count, *lines = done.stdout.splitlines() or ["0"]
    broken = _relations(lines)
    reports = int(count) if re.fullmatch(r"\d{1,12}", count, re.ASCII) else None
    if done.status not in (0, 2) or (done.status == 2 and not broken) or reports is None:
        said = done.stderr.strip().splitlines()
        raise Unverified(
            f"pg_amcheck could not look (status {done.status}): {said[0][:200] if said else 'it said nothing'}",
            where=f"{host.name}: database {place.database}",
            fix="install postgresql-contrib (amcheck) of that version on the recovery host; before PostgreSQL 14 there is none: amcheck: false",
        )
    findings = [
        Finding(
            code="SP431",
            severity=Severity.CRITICAL,
            what=f"{kind} does not hold together: {text}",
            where=name,
            fix="an index can be rebuilt (reindex), a heap cannot: restore another recovery point; compare with the source",
        )
        for (kind, name), text in broken.items()
    ]
    return findings[:20], {"damaged_relations": len(broken), "damage_reports": reports}


def _relations(lines: list[str]) -> dict[tuple[str, str], str]:
    """One text for each relation that is named: its first error, or the block."""
    found: dict[tuple[str, str], str] = {}
    current: tuple[str, str] | None = None
    for line in lines:
        if match := _RELATION.match(line):
            current = (match["kind"], match["name"])
            found.setdefault(current, f"block {match['block']}" if match["block"] else "it could not be read")
        elif current and line.startswith("    ERROR:") and found[current] == "it could not be read":
            found[current] = line.removeprefix("    ERROR:").strip()[:160]
    return found


def checksums(
    host: Host, place: PostgresPlace, *, required: bool, bound_seconds: float
) -> tuple[list[Finding], dict[str, Any]]:
    """Stop the server and verify each page on disk with pg_checksums.

    A running server's pages are partly in memory only; reading through it checks those that it loads. Stopped is exact, and
    quick (0.5 s for 1.9 GB, measured). Raises Unverified when it could not look, or checksums are off and `required`.
    """
    env = {"BIN": place.bin_dir, "PGDATA": place.pgdata}
    done = host.run(_CHECKSUMS, env=env, timeout_seconds=bound_seconds)
    if "checksums are not enabled" in done.stdout:
        if required:
            raise Unverified(
                "data checksums are off, so no page can be verified",
                where=f"{host.name}: {place.pgdata}",
                fix="turn them on at the source (pg_checksums --enable, while it is stopped), or use if-enabled",
            )
        off = Finding(
            code="SP433",
            severity=Severity.INFO,
            what="data checksums are off: no page could be verified",
            where="the cluster",
            fix="turn them on at the source (pg_checksums --enable, while it is stopped)",
        )
        return [off], {"checksums": "off"}
    bad = [(m["file"], int(m["block"])) for m in _BAD_FILE.finditer(done.stdout)]
    if done.status != 0 and not bad:
        last = done.stdout.strip().splitlines()
        raise Unverified(
            f"pg_checksums could not look (status {done.status}): {last[-1][:200] if last else 'it said nothing'}",
            where=f"{host.name}: {place.pgdata}",
            fix="did the server stop? is it the data directory?",
        )
    findings = [
        Finding(
            code="SP432",
            severity=Severity.CRITICAL,
            what=f"block {block} fails its checksum",
            where=file.removeprefix(place.pgdata).lstrip("/"),
            fix="restore another recovery point; run `pgbackrest verify`; look at the source's own pages",
        )
        for file, block in bad[:20]
    ]
    return findings, {"checksums": "on", "bad_blocks": len(bad)}


def ask_integrity(
    host: Host, place: PostgresPlace, reader: str, *, foreign_keys: bool, sequences: bool, bound_seconds: float
) -> tuple[list[ForeignKey], list[SequenceUse], frozenset[str]]:
    """Orphans of each foreign key, the standing of each sequence, and which sequences cycle. Raises QuestionFailed.

    Asked as the unprivileged reader: a key is compared by its type's own operators, and those may be the database's code.
    """
    variables: Mapping[str, str] = {
        "ask_foreign_keys": "on" if foreign_keys else "off",
        "ask_sequences": "on" if sequences else "off",
    }
    session = Session(bound_seconds=bound_seconds, role=reader, catalog_names=True, variables=variables)
    answers = _answers(host, place, session)
    keys = [
        ForeignKey(a["foreign_key"], a["orphans"], a["validated"], a["disabled"]) for a in answers if "foreign_key" in a
    ]
    return keys, _uses(answers), frozenset(a["sequence"] for a in answers if "sequence" in a and a["cycle"])


def sequences_behind(host: Host, place: PostgresPlace, database: str, *, bound_seconds: float) -> tuple[str, ...]:
    """Columns of the source that already hold more than their sequence has given out: it is not the restore's doing.

    Only integers of PostgreSQL's own are compared, so the superuser may ask. Raises QuestionFailed.
    """
    variables = {"ask_foreign_keys": "off", "ask_sequences": "on"}
    session = Session(bound_seconds=bound_seconds, database=database, variables=variables)
    return tuple(use.column for use in _uses(_answers(host, place, session)) if is_behind(use))


def _answers(host: Host, place: PostgresPlace, session: Session) -> list[Any]:
    answers = ask_json(host, place, resource("postgres_integrity.sql"), session)
    if not answers or "end" not in answers[-1]:
        raise QuestionFailed(
            "the answers ended early", where=f"{host.name}: {session.database or place.database}", fix="ask again"
        )
    return answers


def _uses(answers: list[Any]) -> list[SequenceUse]:
    return [
        SequenceUse(a["sequence"], a["column"], a["last"], a["increment"], a["extreme"], a["unique"])
        for a in answers
        if "sequence" in a
    ]
