"""A service's parts may be kept in one vault or in several: each is asked once, and what it holds is one list."""

from __future__ import annotations

from typing import Any

import pytest
from drill_memory import TableHost, TableHosts, inventory, ports

from stormproof.core.errors import Refused
from stormproof.core.inventory import Inventory
from stormproof.core.ports import Completed
from stormproof.drill.freezing import freeze_parts
from stormproof.drill.layout import Layout, parts_of

DATABASE = (
    "now 1795412600.5\narchive 15-1/0000000100000000/000000010000000000000009-"
    + "b" * 40
    + ".zst\nbackup 20261123-054209F\nend\n"
)
LAYOUT = Layout("recovery-1", "/var/lib/stormproof", "/var/lib/stormproof/run")
FILES = "now 1795412600.1\nsnapshot /srv/vault/restic/uploads abc\nend\n"


def two_vaults(files_vault: str) -> Inventory:
    document: dict[str, Any] = inventory().model_dump(by_alias=True, exclude_unset=True)
    host = {
        "port": 22,
        "user": "postgres",
        "host_key": "ssh-ed25519 AAAA",
        "identity": "keys/x",
        "environment": "backup",
    }
    document["environments"]["recovery"].pop("isolation")
    document["hosts"]["other-vault"] = {**host, "address": "10.0.10.8", "roles": ["restic-repository"]}
    document["services"]["orders-db"]["vault"] = "vault"
    uploads = {"kind": "files", "host": "app-primary", "path": "/srv/uploads", "repository": "uploads"}
    document["services"]["uploads"] = {**uploads, "vault": files_vault}
    document["services"]["shop"] = {"kind": "application", "made_of": ["orders-db", "uploads"]}
    return Inventory.model_validate(document)


def hosts(vault: str, other: str) -> TableHosts:
    return TableHosts(
        {
            "vault": TableHost("vault", answers=[("STANZA", Completed(0, vault, "", 0.1))]),
            "other-vault": TableHost("other-vault", answers=[("STANZA", Completed(0, other, "", 0.1))]),
        }
    )


def test_parts_in_two_vaults_are_one_list_and_each_vault_is_asked_for_its_own() -> None:
    known, reached = two_vaults("other-vault"), hosts(DATABASE, FILES)
    held = freeze_parts(ports(inventory=known, hosts=reached), LAYOUT, parts_of(known, "shop"))
    assert [s.name for s in held.segments] == ["000000010000000000000009"]
    assert (held.backups, held.snapshots) == (("20261123-054209F",), {"uploads": ("abc",)})
    assert held.frozen_at.timestamp() == 1795412600.1
    ((_, asked),) = reached.host("vault").calls
    assert (asked["STANZA"], asked["SNAPSHOT_DIRS"]) == ("main", "")
    ((_, asked),) = reached.host("other-vault").calls
    assert (asked["STANZA"], asked["SNAPSHOT_DIRS"]) == ("", "/srv/vault/restic/uploads")


def test_parts_in_one_vault_are_asked_for_together() -> None:
    known, reached = two_vaults("vault"), hosts(DATABASE.removesuffix("end\n") + FILES.split("\n", 1)[1], "")
    held = freeze_parts(ports(inventory=known, hosts=reached), LAYOUT, parts_of(known, "shop"))
    assert (held.backups, held.snapshots) == (("20261123-054209F",), {"uploads": ("abc",)})
    assert len(reached.host("vault").calls) == 1
    assert reached.host("other-vault").calls == []


@pytest.mark.parametrize(
    ("vault", "other", "named"), [(DATABASE, "now 1\nunreadable x\nend", "other-vault"), ("", FILES, "vault")]
)
def test_a_vault_that_cannot_be_listed_is_refused_by_its_name(vault: str, other: str, named: str) -> None:
    known = two_vaults("other-vault")
    with pytest.raises(Refused) as caught:
        freeze_parts(ports(inventory=known, hosts=hosts(vault, other)), LAYOUT, parts_of(known, "shop"))
    assert (caught.value.where, caught.value.code) == (named, "SP203")


def test_an_object_store_is_listed_from_the_host_that_recovers() -> None:
    document: dict[str, Any] = two_vaults("other-vault").model_dump(by_alias=True, exclude_unset=True)
    del document["services"]["orders-db"]["vault"]
    document["services"]["orders-db"]["object_store"] = True
    known = Inventory.model_validate(document)
    there = TableHost("recovery-1", answers=[("STANZA", Completed(0, DATABASE, "", 0.1))])
    reached = TableHosts({"recovery-1": there, "other-vault": hosts("", FILES).host("other-vault")})
    held = freeze_parts(ports(inventory=known, hosts=reached), LAYOUT, parts_of(known, "shop"))
    assert (held.backups, held.snapshots) == (("20261123-054209F",), {"uploads": ("abc",)})
    assert known.services["orders-db"].vault == "", "no host keeps it"
