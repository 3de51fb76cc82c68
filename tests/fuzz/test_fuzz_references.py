"""References in the vault, whatever they hold: read whole or refused, and a loss is found whatever else is in them."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from drill_memory import TableHost
from hypothesis import example, given
from hypothesis import strategies as st
from mutating import as_text, broken_bytes, broken_documents, broken_texts, outcome

from stormproof.core.file_checks import files_against_reference
from stormproof.core.ports import Completed
from stormproof.core.reference import FilesReference, PostgresReference, Reference
from stormproof.core.reference_compare import compare_shapes, failing
from stormproof.core.settings_parity import ServerSetting, compare_settings
from stormproof.core.verdict import CheckResult
from stormproof.drill.references import read_reference

AT = "2026-11-23T05:00:00Z"
LATER = datetime(2026, 11, 24, tzinfo=UTC)
DOCUMENT: dict[str, Any] = {
    "service": "orders-db",
    "label": "20261123-040000F",
    "captured_at": AT,
    "postgres": {
        "captured_at": AT,
        "lsn": "0/5000000",
        "timeline": 1,
        "system_identifier": "7712301070081368125",
        "server_version": "15.18 (Debian)",
        "settings": {"max_connections": "100", "fsync": "on"},
        "roles": {"app": "login password scram", "o": "password none"},
        "databases": {
            "shop": {
                "encoding": "UTF8",
                "collation": "C.UTF-8",
                "ctype": "C.UTF-8",
                "extensions": {"pg_trgm": "1.6"},
                "collation_versions": {'pg_catalog."de-x-icu"': "153.1 recorded, 153.1 in use"},
                "objects": {
                    "table public.orders": "permanent owner o",
                    "trigger public.orders.x": "CREATE TRIGGER x … enabled",
                    "constraint public.orders.k": "FOREIGN KEY (a) REFERENCES public.u(a)",
                    "database shop": "owner o settings sha256:" + "a" * 64,
                },
                "grants": {"table public.orders": "app=r/o o=arwdDxt/o"},
                "rows": {"public.orders": 3},
                "sequences": {"public.orders_id_seq": 3},
                "large_objects": 2,
                "materialised_views": {"public.m": True},
                "heartbeat_sequence": 100,
                "heartbeat_at": AT,
            }
        },
        "checksums": True,
    },
    "files": {"captured_at": AT, "snapshot": "ab", "files": 2, "bytes": 9, "digest": "c" * 64, "until": AT},
}
WHOLE = Reference.model_validate(DOCUMENT)
COPY = WHOLE.postgres
assert COPY is not None
SETTINGS = {"max_connections": ServerSetting("100", "configuration file"), "fsync": ServerSetting("on", "configuration file")}  # fmt: skip


def by_label(text: str) -> Any:
    host = TableHost("vault", answers=[("cat ", Completed(0, text, "", 0.1))])
    return outcome(lambda: read_reference(host, "/r", "orders-db", label="20261123-040000F", snapshot_at=None))


def by_instant(answer: str) -> Any:
    host = TableHost("vault", answers=[("base64", Completed(0, answer, "", 0.1))])
    return outcome(lambda: read_reference(host, "/r", "uploads", label=None, snapshot_at=LATER))


def compared(reference: PostgresReference, copy: PostgresReference) -> list[Any]:
    return [*compare_shapes(reference, copy), *compare_settings(reference.settings, SETTINGS)]


def lines(*texts: str) -> str:
    return "".join(base64.b64encode(text.encode(errors="replace")).decode() + "\n" for text in texts)


def without(shape: PostgresReference, kind: str, name: str) -> PostgresReference:
    """The copy of a database that lost one thing."""
    shop = shape.databases["shop"]
    held = {key: value for key, value in getattr(shop, kind).items() if key != name}
    return shape.model_copy(update={"databases": {"shop": shop.model_copy(update={kind: held})}})


def test_the_whole_reference_compares_without_a_word_so_that_the_others_mean_something() -> None:
    assert by_label(as_text(DOCUMENT)) == WHOLE
    assert by_instant(lines(as_text(DOCUMENT))) == WHOLE
    assert compared(COPY, COPY) == []


@given(st.one_of(broken_texts(as_text(DOCUMENT)), broken_documents(DOCUMENT).map(as_text)))
def test_a_reference_is_read_or_refused_and_what_was_read_can_be_compared(text: str) -> None:
    found = by_label(text)
    if isinstance(found, Reference) and found.postgres is not None:
        compared(found.postgres, COPY)
        compared(COPY, found.postgres)


@given(broken_texts(lines(as_text(DOCUMENT), as_text(DOCUMENT | {"captured_at": "2026-11-23T04:00:00Z"}))))
@example("Last login: Mon Nov 23 05:00:00 2026\n" + lines(as_text(DOCUMENT)))
@example(lines(as_text(DOCUMENT | {"captured_at": "2026-11-23T05:00:00"})))
def test_the_references_of_a_folder_are_read_or_refused(answer: str) -> None:
    found = by_instant(answer)
    if isinstance(found, Reference):
        assert found.captured_at <= LATER


@given(st.one_of(st.just(DOCUMENT), broken_documents(DOCUMENT)), broken_documents(DOCUMENT))
def test_of_several_references_none_is_chosen_that_is_newer_than_the_snapshot(one: Any, other: Any) -> None:
    found = by_instant(lines(as_text(one), as_text(other)))
    if isinstance(found, Reference):
        assert found.captured_at <= LATER


@given(broken_bytes(as_text(DOCUMENT).encode()))
def test_bytes_that_are_no_text_are_read_or_refused(data: bytes) -> None:
    by_label(data.decode(errors="replace"))
    by_instant(base64.b64encode(data).decode())


@pytest.mark.parametrize(
    ("kind", "name"),
    [("objects", "table public.orders"), ("extensions", "pg_trgm"), ("grants", "table public.orders")],
)
@given(document=broken_documents(DOCUMENT))
@example(document=DOCUMENT | {"postgres": DOCUMENT["postgres"] | {"server_version": " "}})
def test_what_the_copy_lost_is_found_whatever_else_the_reference_says(kind: str, name: str, document: Any) -> None:
    found = by_label(as_text(document))
    if not isinstance(found, Reference) or found.postgres is None or "shop" not in found.postgres.databases:
        return
    if getattr(found.postgres.databases["shop"], kind).get(name):
        assert failing(compare_shapes(found.postgres, without(COPY, kind, name)))


@given(broken_documents(DOCUMENT["files"]))
def test_files_are_the_same_only_where_their_digest_is(document: Any) -> None:
    found = outcome(lambda: FilesReference.model_validate_json(json.dumps(document)), ValueError)
    if isinstance(found, FilesReference) and WHOLE.files is not None and found.digest != WHOLE.files.digest:
        assert files_against_reference(found, WHOLE.files).result is not CheckResult.PASSED
