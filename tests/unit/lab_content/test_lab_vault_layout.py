"""What is written down where: no passphrase at the vault, one purpose per key, no way on for anybody."""

from __future__ import annotations

from stormproof.lab import lab_layout, vault
from stormproof.lab.identities import CONTROL
from stormproof.lab.shop_data import ShopSize
from stormproof.lab.wal_profiles import WalProfile, WalShipping


def test_the_vault_stores_no_passphrase():
    assert [name for name, text in vault.vault_configurations().items() if "cipher-pass" in text] == []


def test_only_the_backup_jobs_configuration_names_a_cipher():
    """A remote side that knew of one would demand the passphrase, and it would have to travel there."""
    named = {name for name, text in vault.vault_configurations().items() if "cipher" in text}
    assert named == {"pgbackrest.conf"}


def test_readers_see_the_read_only_view():
    paths = {
        name: [line for line in text.splitlines() if line.startswith("repo1-path=")]
        for name, text in vault.vault_configurations().items()
    }
    assert paths == {
        "pgbackrest.conf": ["repo1-path=/srv/vault/pgbackrest"],
        "push.conf": ["repo1-path=/srv/vault/pgbackrest"],
        "reader.conf": ["repo1-path=/srv/vault-ro/pgbackrest"],
    }


def test_productions_copy_of_the_passphrase_stands_alone():
    texts = vault.primary_configurations(WalShipping(WalProfile.STREAM), "s3cret")
    assert [name for name, text in texts.items() if "s3cret" in text] == ["conf.d/passphrase.conf"]


def test_no_key_may_forward_or_open_a_terminal():
    assert [i.name for i in lab_layout.IDENTITIES if not i.options.startswith("restrict")] == []


def test_every_key_but_the_control_sides_is_bound_to_one_command():
    unbound = {i.holder for i in lab_layout.IDENTITIES if "command=" not in i.options}
    assert unbound == {CONTROL}


def test_the_recovery_host_holds_keys_to_the_vault_only_and_they_only_read():
    held = {i.file: (i.target, i.options) for i in lab_layout.IDENTITIES if i.holder == "recovery-1"}
    assert held == {
        "vault-pgbackrest": ("vault", 'restrict,command="bash /etc/stormproof/pgbackrest_gate.sh read"'),
        "vault-files": (
            "vault",
            'restrict,command="perl /etc/stormproof/vault_reader.pl /usr/lib/openssh/sftp-server -R"',
        ),
    }


def test_the_vault_shows_itself_read_only_and_keeps_the_stream_in_memory():
    spec = next(host for host in lab_layout.hosts() if host.name == "vault")
    assert (spec.memory_dirs, dict(spec.read_only_views)) == (
        ("/srv/vault/wal-stream",),
        {"/srv/vault-ro": "/srv/vault"},
    )


def test_size_is_shared_between_rows_and_files():
    assert (ShopSize(0).orders, ShopSize(0).file_bytes, ShopSize(0).customers) == (0, 0, 200)
    assert (ShopSize(300).orders, ShopSize(300).file_bytes, ShopSize(300).customers) == (450_000, 105_000_000, 45_200)
