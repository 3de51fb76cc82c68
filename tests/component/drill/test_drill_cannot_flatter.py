"""A drill on data that would act on the world, and back to the moment before a table was dropped."""

from __future__ import annotations

from typing import Any

import pytest
from drill_support import Project

from stormproof.lab.lab import Lab

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
        # A lab that is ten minutes old is backed up before its drill: whoever comes next is not to miss what was planted.
        Lab(project.folder, project.state).backup()
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


def test_evidence_of_all_these_runs_is_one_chain(project: Project) -> None:
    document = project.json("evidence", "verify")
    assert document["problems"] == []
