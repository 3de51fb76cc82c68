"""What a copy has less, or weaker, than its reference is found; what it has more is not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from stormproof.core.drill_result import Disarmed
from stormproof.core.finding import Severity
from stormproof.core.reference import DatabaseReference, PostgresReference
from stormproof.core.reference_compare import collation_text, compare_shapes, failing

T = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
DATABASE = DatabaseReference(
    encoding="UTF8",
    collation="C.UTF-8",
    ctype="C.UTF-8",
    extensions={"pg_trgm": "1.6"},
    collation_versions={'pg_catalog."de-x-icu"': collation_text("153.1", "153.1", used=True)},
    objects={
        "table public.t": "permanent owner o",
        "trigger public.t.x": "CREATE TRIGGER x … enabled",
        "constraint public.t.k": "FOREIGN KEY (a) REFERENCES public.u(a)",
        "event trigger on_ddl": "ddl_command_end enabled O",
        "database shop": "owner o settings sha256:" + "a" * 64,
    },
    grants={"table public.t": "app=r/o o=arwdDxt/o"},
    rows={"public.t": 3},
    sequences={},
    large_objects=2,
    materialised_views={"public.m": True, "public.never": False},
    heartbeat_sequence=100,
)
CLUSTER = PostgresReference(
    captured_at=T,
    lsn="0/5000000",
    timeline=1,
    system_identifier="1",
    server_version="15.18 (Debian)",
    settings={},
    roles={"app": "login password scram", "o": "password none"},
    databases={"shop": DATABASE},
    checksums=True,
)


def copy(cluster: dict[str, Any] | None = None, **database: Any) -> PostgresReference:
    changed = DATABASE.model_copy(update=database)
    return CLUSTER.model_copy(update={"databases": {"shop": changed}, **(cluster or {})})


def objects(**changes: str | None) -> dict[str, str]:
    merged: dict[str, str | None] = {**DATABASE.objects, **changes}
    return {key: text for key, text in merged.items() if text is not None}


def loud(after: PostgresReference, **more: Any) -> list[str]:
    return [f.code for f in compare_shapes(CLUSTER, after, **more) if f.severity is not Severity.INFO]


def test_a_copy_like_its_reference_raises_nothing() -> None:
    assert compare_shapes(CLUSTER, CLUSTER) == []


def test_what_is_new_is_information() -> None:
    more = copy(
        {"roles": {**CLUSTER.roles, "new": "login"}},
        objects=objects(**{"table public.later": "permanent"}),
        grants={"table public.t": "app=r/o new=r/o o=arwdDxt/o", "table public.later": "o=r/o"},
        extensions={"pg_trgm": "1.6", "amcheck": "1.3"},
        heartbeat_sequence=200,
        large_objects=9,
    )
    findings = compare_shapes(CLUSTER, more)
    assert findings
    assert not failing(findings)


@pytest.mark.parametrize(
    ("after", "code"),
    [
        (copy({"system_identifier": "2"}), "SP409"),
        (copy({"server_version": "16.1"}), "SP409"),
        (copy({"checksums": False}), "SP433"),
        (copy({"databases": {}}), "SP410"),
        (copy({"roles": {"o": "password none"}}), "SP403"),
        (copy({"roles": {**CLUSTER.roles, "app": "superuser login password scram"}}), "SP403"),
        (copy(encoding="SQL_ASCII"), "SP409"),
        (copy(objects=objects(**{"table public.t": None})), "SP401"),
        (copy(objects=objects(**{"table public.t": "unlogged owner o"})), "SP402"),
        (copy(objects=objects(**{"trigger public.t.x": "CREATE TRIGGER x … disabled"})), "SP406"),
        (
            copy(
                objects=objects(
                    **{"constraint public.t.k": "FOREIGN KEY (a) REFERENCES public.u(a) NOT VALID not validated"}
                )
            ),
            "SP406",
        ),
        (
            copy(
                objects=objects(
                    **{"constraint public.t.k": "FOREIGN KEY (a) … not enforced: 2 of its triggers disabled"}
                )
            ),
            "SP406",
        ),
        (copy(objects=objects(**{"event trigger on_ddl": "ddl_command_end enabled D"})), "SP406"),
        (copy(grants={"table public.t": "o=arwdDxt/o"}), "SP404"),
        (copy(grants={}), "SP404"),
        (copy(extensions={}), "SP405"),
        (copy(extensions={"pg_trgm": "1.5"}), "SP405"),
        (copy(materialised_views={"public.m": False, "public.never": False}), "SP407"),
        (copy(collation_versions={'pg_catalog."de-x-icu"': collation_text("153.1", "155.0", used=True)}), "SP408"),
        (copy(collation_versions={'pg_catalog."de-x-icu"': collation_text("155.0", "155.0", used=True)}), "SP408"),
        (copy(collation_versions={'pg_catalog."fr-x-icu"': collation_text("1", "2", used=True)}), "SP408"),
        (copy(large_objects=0), "SP401"),
        (copy(heartbeat_sequence=99), "SP443"),
        (copy(heartbeat_sequence=None), "SP443"),
    ],
)
def test_what_is_less_or_weaker_is_found(after: PostgresReference, code: str) -> None:
    assert loud(after) == [code]


def test_a_finding_names_the_object_and_both_definitions() -> None:
    (finding,) = compare_shapes(CLUSTER, copy(objects=objects(**{"table public.t": "unlogged owner o"})))
    assert (finding.what, finding.where, finding.fix) == (
        "1 object differ: table public.t (was 'permanent owner o', is 'unlogged owner o')",
        "shop",
        "compare with the source; if changed on purpose, take a new backup",
    )


def test_thousands_of_missing_tables_are_one_finding() -> None:
    many = {f"table public.t{n:04}": "permanent" for n in range(3000)}
    before = copy(objects=many)
    (finding,) = compare_shapes(before, copy(objects={}))
    assert finding.what == (
        "3000 objects missing: table public.t0000; table public.t0001; table public.t0002; table public.t0003; table public.t0004; and 2995 more"
    )


def test_another_minor_version_and_an_unused_collation_are_information() -> None:
    unused = {**DATABASE.collation_versions, "x": collation_text("1", "2", used=False)}
    assert loud(copy({"server_version": "15.20"}, collation_versions=unused)) == []


def test_what_the_drill_switched_off_is_left_out() -> None:
    after = copy(
        {"roles": {**CLUSTER.roles, "app": "login password scram settings sha256:" + "b" * 64}},
        objects=objects(
            **{
                "event trigger on_ddl": "ddl_command_end enabled D",
                "trigger public.t.x": "CREATE TRIGGER x … disabled",
                "database shop": "owner o",
            }
        ),
    )
    disarmed = [
        Disarmed(kind="trigger", name="public.t.x", where="shop", how="disabled"),
        Disarmed(kind="event trigger", name="on_ddl", where="shop", how="disabled"),
        Disarmed(kind="setting", name="app: session_preload_libraries", where="shop", how="reset"),
    ]
    assert sorted(loud(after)) == ["SP402", "SP403", "SP406"]
    assert loud(after, disarmed=disarmed) == []
    changed = copy(objects=objects(**{"trigger public.t.x": "CREATE TRIGGER y … disabled"}))
    assert loud(changed, disarmed=disarmed) == ["SP402"], "what else became of it is told"


def test_a_copy_of_an_earlier_moment_than_its_reference_need_not_be_as_new() -> None:
    assert loud(copy(heartbeat_sequence=50), is_older=True) == []
    assert loud(copy(heartbeat_sequence=50), is_older=False) == ["SP443"]
