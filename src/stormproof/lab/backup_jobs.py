"""A backup of the shop: pgBackRest at the vault, restic from production, and beside both the reference of the source."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from stormproof.core.errors import SetupFailed
from stormproof.lab import reference_capture
from stormproof.lab.agreed import STANZA, UPLOADS
from stormproof.lab.lab_secrets import LabSecrets
from stormproof.lab.machine import Machine
from stormproof.lab.postgres_cluster import CONFIG
from stormproof.lab.vault import REFERENCES, RESTIC_REPOSITORY

BACKUP_SECONDS_MAX = 1800.0
ETC = CONFIG.rpartition("/")[0].rpartition("/")[0]  # /etc/postgresql


@dataclass(frozen=True, slots=True)
class Backup:
    """What one backup left in the vault: pgBackRest's label, restic's snapshot ids."""

    label: str
    uploads_snapshot: str
    configuration_snapshot: str


def backup(primary: Machine, vault: Machine, secrets: LabSecrets, *, compression: str = "") -> Backup:
    """Back up everything, side by side, and write the references under pgBackRest's label.

    The files' reference is captured before their snapshot: a file that arrives in between is in the snapshot and not in
    the reference, which a comparison takes for newer, never for lost.

    Raises:
        CommandFailed: a tool ended with an error; SetupFailed: it ended well and left nothing behind.
    """
    with ThreadPoolExecutor(max_workers=3, thread_name_prefix="backup") as side:
        database = side.submit(database_backup, vault, secrets.pgbackrest_cipher, compression)
        shape = side.submit(reference_capture.postgres, primary)
        files = reference_capture.files(primary, UPLOADS)
        uploads = snapshot(primary, UPLOADS, "uploads", secrets.restic_password)
        configuration = snapshot(primary, ETC, "postgresql-config", secrets.restic_password)
        label = database.result()
        documents = {
            "orders-db": reference_capture.document("orders-db", label, postgres=shape.result()),
            "uploads": reference_capture.document(
                "uploads", label, files=reference_capture.with_snapshot(files, uploads)
            ),
        }
    for service, text in documents.items():
        vault.put(f"{REFERENCES}/{service}/{label}.json", text, 0o640)
    return Backup(label, uploads, configuration)


def database_backup(vault: Machine, passphrase: str, compression: str = "") -> str:
    """Full the first time and where another compression is asked for, incremental after; answers the label."""
    options = f"--type=full --compress-type={compression}" if compression else ""
    vault.check(
        f"pgbackrest --stanza={STANZA} {options} --log-level-console=warn backup",
        env={"PGBACKREST_REPO1_CIPHER_PASS": passphrase},
        timeout_seconds=BACKUP_SECONDS_MAX,
    )
    labels = backup_labels(vault, passphrase)
    if not labels:
        raise SetupFailed(
            "pgBackRest ended well, yet the repository lists no backup",
            where="vault: pgbackrest info",
            fix="run `stormproof lab shell vault -- pgbackrest info`",
            code="SP693",
        )
    return labels[-1]


def backup_labels(vault: Machine, passphrase: str) -> list[str]:
    """Labels of the backups in the repository, oldest first."""
    text = vault.check(
        f"pgbackrest --stanza={STANZA} --output=json info", env={"PGBACKREST_REPO1_CIPHER_PASS": passphrase}
    )
    return [str(entry["label"]) for stanza in json.loads(text) for entry in stanza["backup"]]


def snapshot(primary: Machine, path: str, tag: str, password: str) -> str:
    """One restic snapshot of `path`; answers its id. Production holds the password only while this runs."""
    text = primary.check(
        f"restic -r {RESTIC_REPOSITORY} backup --json --tag {tag} --host app-primary {path}",
        env={"RESTIC_PASSWORD": password},
        timeout_seconds=BACKUP_SECONDS_MAX,
    )
    for line in reversed(text.splitlines()):
        message = json.loads(line)
        if message.get("message_type") == "summary":
            return str(message["snapshot_id"])
    raise SetupFailed(
        f"restic ended well, yet named no snapshot of {path}",
        where="app-primary: restic backup",
        fix="run `stormproof lab destroy`, then `lab up`",
        code="SP693",
    )
