"""A drill on data that would act on the world, and on a vault that lost something: said, and never "met"."""

from __future__ import annotations

from typing import Any

import pytest
from drill_support import Project

pytestmark = pytest.mark.component

PSQL = "psql -X -q -v ON_ERROR_STOP=1 -d shop"


def findings(document: dict[str, Any]) -> set[str]:
    return {finding["code"] for finding in document["findings"]}


def results(document: dict[str, Any]) -> dict[str, str]:
    return {check["kind"]: check["result"] for check in document["checks"]}


def test_what_would_act_on_the_world_is_disarmed_and_listed_before_anybody_is_let_in(project: Project) -> None:
    project.on(
        "app-primary",
        f"""{PSQL} <<'SQL'
create function public.call_home() returns event_trigger language plpgsql as $$
  begin perform pg_notify('home', tg_event); end $$;
create event trigger "on ddl" on ddl_command_end execute function public.call_home();
create extension postgres_fdw;
create server elsewhere foreign data wrapper postgres_fdw options (host 'app-web', port '443');
create user mapping for public server elsewhere options (user 'x', password 'planted-word');
create subscription feed connection 'host=app-web dbname=x' publication p with (connect = false);
alter database shop set session_preload_libraries = 'auto_explain';
SQL""",
    )
    try:
        project.on("app-primary", f"{PSQL} -c 'alter subscription feed enable'")
        document = project.json("drill", "run", "orders-db-latest")
    finally:
        project.on(
            "app-primary",
            f"""{PSQL} <<'SQL'
alter subscription feed disable; alter subscription feed set (slot_name = none); drop subscription feed;
drop event trigger "on ddl"; drop function public.call_home(); drop server elsewhere cascade; drop extension postgres_fdw;
alter database shop reset session_preload_libraries;
SQL""",
        )
    listed = {(entry["kind"], entry["name"]) for entry in document["disarmed"]}
    assert {
        ("event trigger", "on ddl"),
        ("subscription", "feed"),
        ("foreign server", "elsewhere"),
        ("setting", "session_preload_libraries"),
        ("setting", "archive_command"),
    } <= listed
    assert "planted-word" not in str(document)


def test_a_table_is_brought_back_to_just_before_it_was_dropped(project: Project) -> None:
    document = project.json("drill", "run", "shop-pitr")
    assert document["verdict"] == "met"
    assert results(document)["marker"] == "passed"
    assert document["scenario"]["target"] < document["scenario"]["t_fail"]
    assert document["discarded_writes"] > 0


def test_several_drills_answer_in_one_document_with_the_worst_code(project: Project) -> None:
    document = project.json("drill", "run", "uploads-latest", "orders-db-latest")
    assert document["schema"] == "stormproof.drill-results/v1"
    assert [result["drill"] for result in document["results"]] == ["uploads-latest", "orders-db-latest"]
    assert document["exit_code"] == 0


@pytest.mark.parametrize("how", ["lost", "damaged"])
def test_recovery_that_ends_at_a_lost_or_damaged_segment_fails_the_drill(project: Project, how: str) -> None:
    """The server promotes there with exit code 0 and looks healthy (LAB): only the reached check notices."""
    project.on(
        "app-primary",
        f"{PSQL} -A -t -c 'select pg_switch_wal()' && sleep 3 && {PSQL} -A -t -c 'select pg_switch_wal()'",
    )
    project.on("app-primary", "sleep 3")
    # The second newest archived segment, in the archive and in the stream's folder.
    harm = {
        "lost": 'mv "$f" /srv/vault/kept/; rm -f "/srv/vault/wal-stream/${n%%-*}"',
        "damaged": 'cp -p "$f" /srv/vault/kept/; rm -f "/srv/vault/wal-stream/${n%%-*}"; printf X | dd of="$f" bs=1 seek=2000 conv=notrunc status=none',
    }[how]
    name = project.on(
        "vault",
        f"""set -e; mkdir -p /srv/vault/kept; cd /srv/vault/pgbackrest/archive/main
f=$(find "$PWD" -type f -name '*-*.zst' | sort | tail -n 2 | head -n 1); n=${{f##*/}}; echo "$f"
chmod u+w "$f"; {harm}""",
    ).strip()
    try:
        document = project.json("drill", "run", "orders-db-latest", expect=3)
    finally:
        project.on("vault", f'f="{name}"; cp -p "/srv/vault/kept/${{f##*/}}" "$f"; rm -r /srv/vault/kept')
    assert document["verdict"] == "failed"
    assert "failed" in {results(document)["reached"], results(document)["wal_continuity"]}
    segment = name.rsplit("/", 1)[1].split("-")[0]
    assert any(segment in finding["what"] for finding in document["findings"])
    assert document["cleanup"]["left"] == []


def test_evidence_of_all_these_runs_is_one_chain(project: Project) -> None:
    document = project.json("evidence", "verify")
    assert document["problems"] == []
