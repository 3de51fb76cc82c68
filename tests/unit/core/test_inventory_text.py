"""The inventory: what it answers, and every mistake in it at once."""

from __future__ import annotations

import pytest
from spec_samples import INVENTORY, inventory

from stormproof.core.errors import SpecInvalid
from stormproof.core.inventory import FilesService, PostgresService
from stormproof.core.inventory_text import parse_inventory


def wrong(old: str, new: str) -> list[tuple[str, str, str]]:
    assert old in INVENTORY
    with pytest.raises(SpecInvalid) as caught:
        parse_inventory(INVENTORY.replace(old, new), file="inventory.yaml")
    return [(p.what, p.where, p.fix) for p in caught.value.problems]


def test_entries_know_their_names_and_a_lone_vault_is_everybodys() -> None:
    found = inventory(lab=False)
    database, uploads = found.services["orders-db"], found.services["uploads"]
    assert isinstance(database, PostgresService)
    assert isinstance(uploads, FilesService)
    assert (found.hosts["vault"].name, database.name, database.vault, uploads.vault) == (
        "vault",
        "orders-db",
        "vault",
        "vault",
    )
    assert (database.port, database.password_secret, database.config_repository) == (5432, "shop_app", None)
    assert (found.hosts["recovery-1"].work, found.hosts["recovery-1"].port, found.folder) == (
        "/var/lib/stormproof",
        22,
        "/project",
    )


def test_protection_goes_by_address_and_not_by_name_alone() -> None:
    found = inventory(lab=False)
    assert found.protected_environments() == {"production"}
    assert found.protected_hosts() == {"app-primary", "app-web"}
    assert found.protected_addresses() == {"10.0.10.5", "10.0.10.6"}


def test_hosts_parts_and_rows_are_looked_up() -> None:
    found = inventory(lab=False)
    assert list(found.hosts_of("recovery")) == ["recovery-1"]
    assert found.with_role("postgres") == ["app-primary"]
    assert found.with_role("postgres", environment="recovery") == []
    assert [part.name for part in found.parts_of("shop")] == ["orders-db", "uploads"]
    assert found.part("uploads", "postgres") is None
    assert found.rows_of("shop") == "select path, sha256, created_at from attachments"
    assert found.rows_of("uploads") is None


def test_endpoints_carry_their_protocol() -> None:
    rules = inventory(lab=False).environments["recovery"].isolation
    assert rules is not None
    assert [str(endpoint) for endpoint in rules.must_not_reach] == ["app-primary:5432", "app-web:443", "outside:53/udp"]
    assert [endpoint.protocol for endpoint in rules.must_not_reach] == ["tcp", "tcp", "udp"]


@pytest.mark.parametrize(
    ("old", "new", "what", "where", "fix"),
    [
        ("protected: true", "protected: 1", "'environments.production.protected' is neither true nor false",
         "inventory.yaml:2", "write true or false"),
        ("[vault:22]", "[vault]", "environments.recovery.isolation.must_reach[1]: 'vault' is no host:port",
         "inventory.yaml:7", "write for example vault:22 or outside:53/udp"),
        ("[vault:22]", "[vault:99999]", "environments.recovery.isolation.must_reach[1]: 'vault:99999' is no host:port",
         "inventory.yaml:7", "write for example vault:22 or outside:53/udp"),
        ("[vault:22]", "[valt:22]", "there is no host 'valt'", "inventory.yaml:7",
         "did you mean 'vault'? use one of: app-primary, app-web, outside, recovery-1, vault"),
        ("app-web: vault}", "app-web: app-web}", "'app-web' cannot be its own witness", "inventory.yaml:9",
         "name another host"),
        ("environment: recovery,", "environment: recvery,", "there is no environment 'recvery'", "inventory.yaml:14",
         "did you mean 'recovery'? use one of: backup, production, recovery"),
        ("10.0.40.5", "10.0.10.5",
         "host 'recovery-1' has an address of a protected host, so nothing may act on it", "inventory.yaml:14",
         "give it its own address, or the protected environment"),
        ("10.0.40.5", "10.0.40", "hosts.recovery-1.address: '10.0.40' is neither an IP address nor a host name",
         "inventory.yaml:14", "write for example 10.0.10.5"),
        ("10.0.40.5, user: postgres,", "10.0.40.5,", "'hosts.recovery-1.user' is missing", "inventory.yaml:14",
         "add 'user: …' (the user to log in as)"),
        ("10.0.40.5,", "10.0.40.5, colour: red,", "unknown key 'colour' in hosts.recovery-1", "inventory.yaml:14",
         "use one of: address, address6, environment, host_key, identity, port, roles, user, via, work"),
        ("10.0.40.5,", "10.0.40.5, work: runs,", "hosts.recovery-1.work: 'runs' is no absolute path",
         "inventory.yaml:14", "start it with / and leave out '..'"),
        ("10.0.40.5,", "10.0.40.5, port: 0,", "'hosts.recovery-1.port': it must be greater than or equal to 1",
         "inventory.yaml:14", "write a larger number"),
        ("10.0.40.5, user: postgres, host_key: ssh-ed25519 AAAA", "10.0.40.5, user: postgres, host_key: x",
         "hosts.recovery-1.host_key: this is no SSH host key", "inventory.yaml:14",
         'write it as in /etc/ssh/ssh_host_ed25519_key.pub: "ssh-ed25519 AAAA…"'),
        ("kind: files,", "kind: filez,", "'services.uploads.kind' cannot be 'filez'", "inventory.yaml:25",
         "did you mean 'files'? use one of: application, files, postgres"),
        ("kind: files, ", "", "'services.uploads.kind' is missing", "inventory.yaml:25", "say of which kind it is"),
        ("path: /srv/uploads", "path: /srv/../etc", "services.uploads.path: '/srv/../etc' is no absolute path",
         "inventory.yaml:25", "start it with / and leave out '..'"),
        ("[orders-db, uploads]", "[orders, uploads]", "there is no service 'orders'", "inventory.yaml:28",
         "did you mean 'orders-db'? use one of: orders-db, shop, uploads"),
        ("[orders-db, uploads]", "[shop]", "service 'shop' is a part of itself", "inventory.yaml:28",
         "take it out of its own parts"),
        ("password: file:keys/shop_app", "password: hunter2",
         "the password is not in the place that secrets come from (file:keys/)", "inventory.yaml:23",
         "write file:keys/NAME and put the password into that file"),
        ('"file:keys/"', '"vault:x"', "secrets.source: 'vault:x' names no place", "inventory.yaml:30",
         "write for example file:keys/"),
        ("  uploads:", "  Uploads:", "'Uploads' is no name", "inventory.yaml:25",
         "use lower-case letters, digits, '.', '_' and '-'"),
        (", restic-repository]", "]",
         "service 'uploads' names no vault, and no hosts have the role 'restic-repository'", "inventory.yaml:25",
         "add 'vault: HOST', or give exactly one host roles: [restic-repository]"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_its_fix(old: str, new: str, what: str, where: str, fix: str) -> None:
    assert (what, where, fix) in wrong(old, new)


def test_a_whole_address_of_a_repository_stays_as_it_is() -> None:
    text = INVENTORY.replace("repository: uploads}", 'repository: "s3:https://example.com/bucket"}')
    uploads = parse_inventory(text, file="i").services["uploads"]
    assert isinstance(uploads, FilesService)
    assert uploads.repository_url == "s3:https://example.com/bucket"


def test_a_password_written_into_the_file_is_not_repeated() -> None:
    told = wrong("password: file:keys/shop_app", "password: hunter2")
    assert "hunter2" not in str(told)


def test_the_heartbeats_writer_must_be_a_known_host() -> None:
    text = "readiness: {write: insert, read: select}"
    beat = f"{text}\n    heartbeat: {{host: app-webb, acknowledged: /a}}"
    assert [what for what, _, _ in wrong(text, beat)] == ["there is no host 'app-webb'"]


def test_an_object_store_needs_no_host_that_keeps_it() -> None:
    text = INVENTORY.replace("roles: [pgbackrest-repository, restic-repository]", "roles: [restic-repository]")
    assert text != INVENTORY
    with pytest.raises(SpecInvalid):
        parse_inventory(text, file="inventory.yaml")
    found = parse_inventory(
        text.replace("kind: postgres\n", "kind: postgres\n    object_store: true\n", 1), file="inventory.yaml"
    )
    assert found.services["orders-db"].vault == ""  # type: ignore[union-attr]
    assert found.keeper_of("orders-db", "recovery-1") == "recovery-1"
    assert found.keeper_of("uploads", "recovery-1") == "vault"
