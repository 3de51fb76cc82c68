"""The separate place: both repositories, the references, and what each key may do there.

The vault stores no passphrase. pgBackRest encrypts where the data is: production pushes and the recovery host restores
with a passphrase of their own, and the vault's side of their connections is given a configuration that names no cipher.
Only a backup job, which runs at the vault, is handed it, in its environment, for as long as it runs.
"""

from __future__ import annotations

from collections.abc import Mapping

from stormproof.lab import postgres_cluster
from stormproof.lab.agreed import STANZA
from stormproof.lab.machine import LAB_FOLDER, Machine
from stormproof.lab.wal_profiles import WalShipping

ROOT = "/srv/vault"
READ_ONLY_ROOT = "/srv/vault-ro"
PGBACKREST = f"{ROOT}/pgbackrest"
RESTIC_UPLOADS = f"{ROOT}/restic/uploads"
REFERENCES = f"{ROOT}/references"
WAL_STREAM = f"{ROOT}/wal-stream"
RESTIC_REPOSITORY = f"sftp:vault-files:{RESTIC_UPLOADS}"

README = """\
pgbackrest/   repository of the database, encrypted before it arrives
restic/       repositories of files, encrypted before they arrive
references/   what each source looked like at each backup: SERVICE/LABEL.json
wal-stream/   in memory: WAL as production writes it, until the archive has it
"""

GATE_LOG = "/var/log/pgbackrest_gate.log"
GATE = f"{LAB_FOLDER}/pgbackrest_gate.sh"
# What stands before each key in authorized_keys. `restrict` alone still allows any command, so each key that one
# command is enough for is bound to it.
READ_GATE = f'restrict,command="bash {GATE} read"'
PUSH_GATE = f'restrict,command="bash {GATE} push"'
CLUSTER_GATE = f'restrict,command="bash {GATE} cluster"'
READ_FILES = f'restrict,command="perl {LAB_FOLDER}/vault_reader.pl /usr/lib/openssh/sftp-server -R"'
WRITE_FILES = 'restrict,command="internal-sftp -d /srv/vault/restic"'
UPLOAD_FILES = 'restrict,command="internal-sftp -d /srv/uploads"'


def _ini(sections: Mapping[str, Mapping[str, str]]) -> str:
    return "\n".join(
        f"[{name}]\n" + "".join(f"{key}={value}\n" for key, value in entries.items())
        for name, entries in sections.items()
    )


_QUIET = {"log-level-file": "off"}


def vault_configurations() -> dict[str, str]:
    """/etc/pgbackrest at the vault: for backup jobs, for production's push, for readers."""
    repository = {"repo1-path": PGBACKREST, **_QUIET}
    cluster = {"pg1-host": "app-primary", "pg1-host-user": "postgres", "pg1-path": postgres_cluster.DATA}
    backup = {
        **repository,
        "repo1-cipher-type": "aes-256-cbc",
        "repo1-retention-full": "4",
        "start-fast": "y",
        "compress-type": "zst",
        "process-max": "2",
    }
    return {
        "pgbackrest.conf": _ini({"global": backup, STANZA: cluster}),
        "push.conf": _ini({"global": repository, STANZA: {}}),
        "reader.conf": _ini({"global": {**repository, "repo1-path": f"{READ_ONLY_ROOT}/pgbackrest"}, STANZA: {}}),
    }


def primary_configurations(shipping: WalShipping, passphrase: str) -> dict[str, str]:
    """/etc/pgbackrest on production. It must encrypt what it pushes, so it has a copy of the passphrase (mode 0600)."""
    repository = {
        "repo1-host": "vault",
        "repo1-host-user": "postgres",
        "repo1-cipher-type": "aes-256-cbc",
        "compress-type": "zst",
        **_QUIET,
        **shipping.pgbackrest_settings(),
    }
    cluster = {"pg1-path": postgres_cluster.DATA}
    return {
        "pgbackrest.conf": _ini({"global": repository, STANZA: cluster}),
        # What the vault's backup job meets at this side: the cluster, and neither cipher nor repository.
        "cluster.conf": _ini({"global": _QUIET, STANZA: cluster}),
        "conf.d/passphrase.conf": _ini({"global": {"repo1-cipher-pass": passphrase}}),
    }


def lay_out(vault: Machine) -> None:
    vault.check(
        f"mkdir -p -m 750 {PGBACKREST} {RESTIC_UPLOADS} {REFERENCES}/orders-db {REFERENCES}/uploads {WAL_STREAM} && : >>{GATE_LOG}"
    )
    for name, text in vault_configurations().items():
        vault.put(f"/etc/pgbackrest/{name}", text, 0o640)


def configure_primary(primary: Machine, shipping: WalShipping, passphrase: str) -> None:
    primary.check("mkdir -p -m 750 /var/spool/pgbackrest")
    for name, text in primary_configurations(shipping, passphrase).items():
        primary.put(f"/etc/pgbackrest/{name}", text, 0o600)


def make_stanza(vault: Machine, passphrase: str) -> None:
    """The archive's start: until it exists production cannot push. May be repeated."""
    vault.check(
        f"pgbackrest --stanza={STANZA} --log-level-console=warn stanza-create",
        env={"PGBACKREST_REPO1_CIPHER_PASS": passphrase},
        timeout_seconds=60.0,
    )


def make_restic_repository(primary: Machine, password: str) -> None:
    """Encrypted (restic knows no other way), version 2 for compression. May be repeated."""
    primary.check(
        f"[ -e ~/.restic-made ] || {{ restic -q -r {RESTIC_REPOSITORY} init --repository-version 2 && touch ~/.restic-made; }}",
        env={"RESTIC_PASSWORD": password},
        timeout_seconds=60.0,
    )


def drop_pushes(vault: Machine) -> None:
    """End what still serves a lost production's push: it holds the archive's lock, and no new segment would come in.

    Nothing tells it that its client is gone: production's network was cut, not closed.
    """
    vault.check(
        "for process in /proc/[0-9]*; do\n"
        '  grep -qsa \'archive-push:remote\' "$process/cmdline" && kill -KILL "${process##*/}" 2>/dev/null\n'
        "done\ntrue"
    )
