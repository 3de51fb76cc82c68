"""The recovery host's way to the vault: everything that a restore needs, and nothing that writes or leads on."""

from __future__ import annotations

import json

import pytest
from lab_content_support import LabUnderTest

pytestmark = pytest.mark.component

WORK = "/var/lib/stormproof/test"
CONFIG = f"{WORK}/pgbackrest.conf"
PGBACKREST = f"pgbackrest --config={CONFIG} --stanza=main"
RESTIC = "restic -r sftp:vault-files:/srv/vault-ro/restic/uploads --no-lock"


@pytest.fixture(scope="module")
def recovery(shop: LabUnderTest):
    text = f"""[global]
repo1-host=vault
repo1-host-user=postgres
repo1-cipher-type=aes-256-cbc
log-path={WORK}/log
lock-path={WORK}/lock
spool-path={WORK}/spool
archive-async=y
buffer-size=1MiB
protocol-timeout=60
db-timeout=30
process-max=2
[main]
pg1-path={WORK}/pgdata
"""
    shop.check("recovery-1", f"mkdir -p {WORK}/log {WORK}/lock {WORK}/spool {WORK}/wal; mkdir -m 700 {WORK}/pgdata")
    shop.lab.host("recovery-1").put(CONFIG, text)
    shop.check("recovery-1", f"{PGBACKREST} --archive-mode=off restore", keys(shop))
    yield shop
    shop.check("recovery-1", f"rm -rf {WORK}")


def keys(shop: LabUnderTest) -> dict[str, str]:
    secrets = shop.secrets()
    return {
        "PGBACKREST_REPO1_CIPHER_PASS": secrets["pgbackrest-cipher"], "RESTIC_PASSWORD": secrets["restic-password"]
    }  # fmt: skip


def test_a_restore_through_the_gate_brings_a_whole_cluster(recovery: LabUnderTest):
    control = recovery.check("recovery-1", f"/usr/lib/postgresql/15/bin/pg_controldata {WORK}/pgdata")
    identifier = recovery.ask("select system_identifier from pg_control_system()")
    assert f"Database system identifier:           {identifier}" in control


def test_listing_reading_and_asynchronous_fetching_work(recovery: LabUnderTest):
    backups = json.loads(recovery.check("recovery-1", f"{PGBACKREST} --output=json info", keys(recovery)))
    first = backups[0]["backup"][0]["archive"]["start"]
    fetch = f"{PGBACKREST} archive-get {first} {WORK}/wal/{first} && stat -c %s {WORK}/wal/{first}"
    assert recovery.check("recovery-1", fetch, keys(recovery)).endswith("16777216")
    listing = f"{PGBACKREST} repo-ls archive/main/15-1 --recurse"
    assert f"{first}-" in recovery.check("recovery-1", listing, keys(recovery))
    assert "backrest-version" in recovery.check(
        "recovery-1", f"{PGBACKREST} repo-get backup/main/backup.info", keys(recovery)
    )
    # `verify` is let through too; pgBackRest 2.45 itself dies in it when the repository is remote and zst (SIGSEGV).


def test_files_and_settings_come_back_through_the_read_only_key(recovery: LabUnderTest):
    for tag in ("uploads", "postgresql-config"):
        restore = f"{RESTIC} restore latest --tag {tag} --target {WORK}/files"
        recovery.check("recovery-1", restore, keys(recovery))
    there = f"cd {WORK}/files && ls srv/uploads/first/empty.txt etc/postgresql/15/main/postgresql.conf"
    assert recovery.run("recovery-1", there).status == 0


def test_the_stream_can_be_read(recovery: LabUnderTest):
    names = recovery.check("recovery-1", "echo 'ls -1 /srv/vault-ro/wal-stream' | sftp -q -b - vault-files")
    assert ".partial" in names


def test_the_view_itself_is_read_only_for_the_vaults_own_user(recovery: LabUnderTest):
    """What the gate lets through could ask for any file operation: the mount is what keeps it from writing."""
    done = recovery.run("vault", "touch /srv/vault-ro/pgbackrest/x /srv/vault-ro/wal-stream/x")
    assert (done.status, done.stderr.count("Read-only file system")) == (1, 2)


@pytest.mark.parametrize(
    ("host", "attempt"),
    [
        ("app-primary", "ssh vault id"), ("app-primary", "ssh -W recovery-1:22 vault </dev/null"),
        ("app-primary", "pgbackrest --stanza=main --output=json info | grep -q label"),
        ("vault", "ssh app-primary id"), ("vault", "sftp -b - app-primary </dev/null"),
        ("vault", "ssh -W app-web:22 app-primary </dev/null"), ("app-web", "ssh app-primary id"),
    ],
)  # fmt: skip
def test_every_other_key_is_bound_to_its_purpose_too(recovery: LabUnderTest, host: str, attempt: str):
    assert recovery.run(host, attempt).status != 0
