"""The shop at work: what it holds, who may do what, where secrets are."""

from __future__ import annotations

import json

import pytest
from lab_content_support import LabUnderTest, acknowledged

pytestmark = pytest.mark.component

FIRST_FILES = 3 + 5 + 3  # of 2 MB: large, small, odd ones; the application adds to them


def test_every_acknowledged_heartbeat_is_in_the_table(shop: LabUnderTest):
    shop.wait_for_more(5)
    said = acknowledged(shop.check("app-web", "cat /var/lib/stormproof-app/acknowledged"))
    stored = {int(line) for line in shop.ask("select sequence from stormproof.heartbeat").splitlines()}
    assert said - stored == set()


def test_the_data_is_as_varied_as_life(shop: LabUnderTest):
    kinds = {
        "partitions": "select count(*) from pg_inherits where inhparent = 'public.orders'::regclass",
        "foreign keys": "select count(*) from pg_constraint where contype = 'f' and conparentid = 0",
        "materialised views": "select count(*) from pg_matviews where ispopulated",
        "large objects": "select count(*) from pg_largeobject_metadata",
        "extensions": "select count(*) from pg_extension where extname = 'pg_trgm'",
        "unicode": "select count(*) from customers where name like '山田%' and id < 14",
        "orders of the start": "select count(*) from orders where id <= 3000",
    }
    assert {kind: int(shop.ask(sql)) for kind, sql in kinds.items()} == {
        "partitions": 15, "foreign keys": 2, "materialised views": 1, "large objects": 4, "extensions": 1,
        "unicode": 1, "orders of the start": 3000,
    }  # fmt: skip


def test_every_row_of_an_attachment_points_to_a_file_with_its_digest(shop: LabUnderTest):
    rows = shop.ask("select sha256 || '  ' || path from attachments order by id")
    assert len(rows.splitlines()) >= FIRST_FILES
    done = shop.lab.host("app-primary").run("cd /srv/uploads && sha256sum --quiet -c -", stdin=rows + "\n")
    assert (done.status, done.stdout) == (0, "")


def test_the_application_role_has_no_power_of_its_own(shop: LabUnderTest):
    assert shop.ask("select rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls "
                    "from pg_roles where rolname = 'shop_app'") == "f"  # fmt: skip
    assert shop.ask("set role shop_app; select has_schema_privilege('public', 'create')") == "f"


def test_the_server_writes_safely_and_its_settings_lie_outside_the_data(shop: LabUnderTest):
    assert [shop.ask(f"show {name}") for name in ("fsync", "full_page_writes", "data_checksums", "config_file")] == [
        "on", "on", "on", "/etc/postgresql/15/main/postgresql.conf",
    ]  # fmt: skip


def test_the_reference_lies_in_the_vault_beside_its_backup(shop: LabUnderTest):
    label = shop.lab.status()["content"]["last_backup"]
    database = json.loads(shop.check("vault", f"cat /srv/vault/references/orders-db/{label}.json"))
    files = json.loads(shop.check("vault", f"cat /srv/vault/references/uploads/{label}.json"))
    assert database["postgres"]["databases"]["shop"]["rows"]["public.customers"] == 500
    assert files["files"]["files"] >= FIRST_FILES
    assert len(files["files"]["snapshot"]) == 8


@pytest.mark.parametrize("name", ["pgbackrest-cipher", "restic-password"])
def test_no_passphrase_is_at_the_vault(shop: LabUnderTest, name: str):
    done = shop.run(
        "vault", 'grep -rlF -e "$NEEDLE" /etc /srv /var /run /tmp 2>/dev/null', {"NEEDLE": shop.secrets()[name]}
    )
    assert done.stdout == ""


@pytest.mark.parametrize("host", ["app-primary", "app-web", "vault", "recovery-1", "outside"])
def test_no_secret_stands_in_an_argument_or_a_log(shop: LabUnderTest, host: str):
    arguments = shop.check(host, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    logs = shop.check(host, "find /var/log -type f -exec cat {} +")
    assert [name for name, value in shop.secrets().items() if value in arguments + logs] == []


def test_where_each_secret_is_on_production(shop: LabUnderTest):
    """Production must encrypt what it pushes; nothing else of the third place is there."""
    found = {}
    for name, value in shop.secrets().items():
        done = shop.run("app-primary", 'grep -rlF -e "$NEEDLE" /etc /srv /var 2>/dev/null', {"NEEDLE": value})
        found[name] = done.stdout.split()
    assert found == {
        "pgbackrest-cipher": ["/etc/pgbackrest/conf.d/passphrase.conf"],
        "restic-password": [], "shop_app": [], "wal_receiver": [],
    }  # fmt: skip
    assert shop.check("app-primary", "stat -c %a /etc/pgbackrest/conf.d/passphrase.conf") == "600"


def test_the_world_answers_over_both_families(shop: LabUnderTest):
    ask = "exec 5<>/dev/{protocol}/{host}/{port}; echo >&5; timeout 3 head -n 1 <&5"
    answers = {
        (host, port): shop.check(asker, ask.format(protocol=protocol, host=host, port=port))
        for asker, host, protocol, port in [
            ("vault", "app-web", "tcp", 443), ("vault", "app-web-v6", "tcp", 443),
            ("app-web", "outside", "tcp", 443), ("app-web", "outside-v6", "tcp", 443),
            ("app-web", "outside", "udp", 53), ("app-web", "outside-v6", "udp", 53),
        ]
    }  # fmt: skip
    assert set(answers.values()) == {"shop: it works", "outside: it works"}
