"""The inventory that the lab writes is one that everybody else can read."""

from __future__ import annotations

from pathlib import Path

import yaml

from stormproof.lab.inventory_file import HostEntry, inventory_text

NAMES = ("app-primary", "app-web", "vault", "recovery-1", "outside")


def document(*, has_tls: bool = True) -> dict[str, dict[str, dict[str, object]]]:
    hosts = {
        name: HostEntry(name, f"10.99.{n}.10", f"fd00::{n}:10", "ssh-ed25519 AAAA", f"keys/control-{name}")
        for n, name in enumerate(NAMES, 1)
    }
    loaded: dict[str, dict[str, dict[str, object]]] = yaml.safe_load(
        inventory_text(hosts, state_json=Path("/s/state.json"), has_tls=has_tls)
    )
    return loaded


def test_production_alone_is_protected():
    protected = {name for name, fields in document()["environments"].items() if fields["protected"]}
    assert protected == {"production"}


def test_both_hosts_of_the_shop_are_production():
    hosts = document()["hosts"]
    assert {n for n, fields in hosts.items() if fields["environment"] == "production"} == {"app-primary", "app-web"}


def test_every_host_is_dialled_through_the_labs_namespaces():
    assert {n: fields["via"] for n, fields in document()["hosts"].items()} == {
        name: {"namespace": "/s/state.json", "host": name} for name in NAMES
    }


def test_only_the_isolated_host_is_worked_on():
    assert [n for n, fields in document()["hosts"].items() if "work" in fields] == ["recovery-1"]


def test_secrets_come_from_beside_the_inventory():
    assert document()["secrets"] == {"source": "file:keys/"}


def test_a_vault_without_its_tls_server_is_not_said_to_have_one():
    assert "tls" in document()["services"]["orders-db"]
    assert "tls" not in document(has_tls=False)["services"]["orders-db"]
