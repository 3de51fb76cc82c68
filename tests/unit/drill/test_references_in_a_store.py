"""References of a repository in an object store: written and read through pgBackRest, since nobody logs in there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from drill_memory import TableHost

from stormproof.core.errors import CommandFailed, Refused, Unverified
from stormproof.core.ports import Completed
from stormproof.core.reference import Reference
from stormproof.drill.references import read_reference, refuse_existing, write_reference

KNOWN = Reference(service="orders", label="20261126-031334F", captured_at=datetime(2026, 11, 26, tzinfo=UTC))
PATH = "references/orders/20261126-031334F.json"


def asked(host: TableHost) -> str:
    ((script, _),) = host.calls
    return script


def test_it_is_read_by_the_repositorys_own_way_and_without_a_key() -> None:
    host = TableHost("recovery-1", answers=[("repo-get", Completed(0, KNOWN.model_dump_json(), "", 0.1))])
    found = read_reference(host, "/nowhere", "orders", label=KNOWN.label, snapshot_at=None, stanza="orders")
    assert found == KNOWN
    assert asked(host).startswith("pgbackrest --stanza=orders ")
    assert asked(host).endswith(f"--repo1-cipher-type=none repo-get {PATH}")


def test_one_that_is_not_there_cannot_be_compared_with() -> None:
    host = TableHost("recovery-1", answers=[("repo-get", Completed(55, "", "unable to open missing file", 0.1))])
    with pytest.raises(Unverified) as caught:
        read_reference(host, "/nowhere", "orders", label=KNOWN.label, snapshot_at=None, stanza="orders")
    assert caught.value.where == "recovery-1:the repository of orders: references/orders"


@pytest.mark.parametrize(("answer", "is_there"), [("{}", True), ("", False)])
def test_a_backups_reference_is_written_once(answer: str, is_there: bool) -> None:
    host = TableHost("db", answers=[("repo-get", Completed(0, answer, "", 0.1))])
    if is_there:
        with pytest.raises(Refused):
            refuse_existing(host, "/nowhere", "orders", KNOWN.label, stanza="orders")
    else:
        refuse_existing(host, "/nowhere", "orders", KNOWN.label, stanza="orders")
    assert asked(host).endswith(f"repo-get {PATH} --ignore-missing")


def test_it_is_written_from_a_host_that_may_and_a_refusal_is_told() -> None:
    host = TableHost("db")
    assert write_reference(host, "/nowhere", KNOWN, stanza="orders") == PATH
    assert asked(host).endswith(f"repo-put {PATH}")
    denied = TableHost("db", answers=[("repo-put", Completed(39, "", "403 AccessDenied", 0.1))])
    with pytest.raises(CommandFailed) as caught:
        write_reference(denied, "/nowhere", KNOWN, stanza="orders")
    assert (caught.value.code, "403 AccessDenied" in caught.value.what) == ("SP282", True)
