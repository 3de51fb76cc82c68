"""The inventory that the lab writes is one that everybody else can read."""

from __future__ import annotations

from pathlib import Path

import yaml

from stormproof.core.yaml_text import read_yaml
from stormproof.lab.inventory_file import HostEntry, inventory_data, inventory_text

NAMES = ("app-primary", "app-web", "vault", "recovery-1", "outside")


STATE = Path("/s/state.json")
HOSTS = {
    name: HostEntry(name, f"10.99.{n}.10", f"fd00::{n}:10", "ssh-ed25519 AAAA", f"keys/control-{name}")
    for n, name in enumerate(NAMES, 1)
}


def document(*, has_tls: bool = True) -> dict[str, dict[str, dict[str, object]]]:
    loaded: dict[str, dict[str, dict[str, object]]] = yaml.safe_load(
        inventory_text(HOSTS, state_json=STATE, has_tls=has_tls)
    )
    return loaded


def test_what_is_read_from_the_file_is_what_it_was_written_from():
    """A plan before the first `lab up` is made from the data itself."""
    read = read_yaml(inventory_text(HOSTS, state_json=STATE), file="inventory.yaml")
    assert (read.problems, read.data) == ([], inventory_data(HOSTS, state_json=STATE))


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
