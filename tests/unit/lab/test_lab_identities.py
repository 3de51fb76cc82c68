"""Keys, and the texts that say who may use them for what."""

from __future__ import annotations

from pathlib import Path

from stormproof.lab.firewall import FLOWS
from stormproof.lab.identities import (
    IDENTITIES,
    Identity,
    KeyStore,
    authorized_key,
    hosts_file,
    known_hosts,
    reachable_from,
    ssh_client_config,
)
from stormproof.lab.network import Network

NETWORK = Network("10.77", "fd01:2:3")
ADDRESSES = {"recovery-1": NETWORK.of(4), "vault": NETWORK.of(3), "app-primary": NETWORK.of(1)}


def test_every_key_is_at_least_restricted():
    assert all(identity.options.startswith("restrict") for identity in IDENTITIES)


def test_a_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path):
    keys = KeyStore(tmp_path / "keys")
    keys.ensure(["a", "b"])
    first = (keys.private("a"), keys.public("a"))
    keys.ensure(["a", "b"])
    assert (keys.private("a"), keys.public("a")) == first
    assert first[0].startswith("-----BEGIN OPENSSH PRIVATE KEY-----")
    assert first[1].startswith("ssh-ed25519 AAAA")
    assert keys.public("a") != keys.public("b")
    assert (keys.path("a").stat().st_mode & 0o777, keys.folder.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_half_made_pair_is_made_anew(tmp_path: Path):
    keys = KeyStore(tmp_path / "keys")
    keys.ensure(["a"])
    before = keys.public("a")
    keys.public_path("a").unlink()
    keys.ensure(["a"])
    assert keys.public("a") != before
    keys.path("a").write_text("")
    keys.ensure(["a"])
    assert keys.private("a") != ""


def test_an_authorized_key_says_what_it_is_for():
    identity = Identity("vault-files", "recovery-1", "vault", "vault-files", 'restrict,command="internal-sftp -R"')
    assert authorized_key("ssh-ed25519 AAAA", identity) == (
        'restrict,command="internal-sftp -R" ssh-ed25519 AAAA vault-files'
    )


def test_recovery_has_one_alias_per_key_at_the_vault():
    assert ssh_client_config("recovery-1", IDENTITIES) == (
        "Host vault\n"
        "    HostName vault\n"
        "    User postgres\n"
        "    IdentityFile /var/lib/postgresql/.ssh/vault-pgbackrest\n"
        "    IdentitiesOnly yes\n"
        "\n"
        "Host vault-files\n"
        "    HostName vault\n"
        "    User postgres\n"
        "    IdentityFile /var/lib/postgresql/.ssh/vault-files\n"
        "    IdentitiesOnly yes\n"
    )


def test_names_known_on_a_host_are_those_that_it_may_reach():
    assert reachable_from("recovery-1", FLOWS) == ["vault"]
    assert reachable_from("app-web", FLOWS, port=22) == ["app-primary"]
    assert hosts_file("recovery-1", ADDRESSES, FLOWS) == (
        "127.0.0.1 localhost\n"
        "::1 localhost ip6-localhost\n"
        "10.77.4.10 recovery-1\n"
        "fd01:2:3:4::10 recovery-1-v6\n"
        "10.77.3.10 vault\n"
        "fd01:2:3:3::10 vault-v6\n"
    )


def test_a_known_host_is_known_by_both_names_and_both_addresses():
    assert known_hosts(["vault", "gone"], ADDRESSES, {"vault": "ssh-ed25519 AAAA"}) == (
        "vault,vault-v6,10.77.3.10,fd01:2:3:3::10 ssh-ed25519 AAAA\n"
    )
