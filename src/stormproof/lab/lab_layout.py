"""What the content adds to the foundation's hosts: scripts in /etc/stormproof, the vault's mounts, one key per purpose."""

from __future__ import annotations

from dataclasses import replace

from stormproof.lab.identities import CONTROL, Identity
from stormproof.lab.machine import LAB_FOLDER, resource
from stormproof.lab.topology import HOSTS, HostSpec
from stormproof.lab.vault import (
    CLUSTER_GATE,
    PUSH_GATE,
    READ_FILES,
    READ_GATE,
    READ_ONLY_ROOT,
    ROOT,
    UPLOAD_FILES,
    WAL_STREAM,
    WRITE_FILES,
)

_SCRIPTS = {
    "app-primary": ("pgbackrest_gate.sh",),
    "app-web": ("heartbeat.sh", "load.sh", "load.sql", "uploads.sh", "listener.py"),
    "vault": ("pgbackrest_gate.sh", "vault_reader.pl", "vault_view.sh", "wal_receiver.sh", "wal_tidier.sh"),
    "outside": ("listener.py",),
}


def _fitted(spec: HostSpec) -> HostSpec:
    folder = LAB_FOLDER.removeprefix("/etc/")
    etc = {**spec.etc, **{f"{folder}/{name}": resource(name) for name in _SCRIPTS.get(spec.name, ())}}
    if spec.name != "vault":
        return replace(spec, etc=etc)
    return replace(spec, etc=etc, memory_dirs=(WAL_STREAM,), read_only_views={READ_ONLY_ROOT: ROOT})


def hosts() -> tuple[HostSpec, ...]:
    return tuple(_fitted(spec) for spec in HOSTS)


# The control side has no forwarding anywhere (`restrict`). Every other key is bound to the one command it is for.
IDENTITIES: tuple[Identity, ...] = (
    *(Identity(f"control-{spec.name}", CONTROL, spec.name) for spec in HOSTS),
    Identity("vault-pgbackrest", "recovery-1", "vault", "vault-pgbackrest", READ_GATE),
    Identity("vault-files", "recovery-1", "vault", "vault-files", READ_FILES),
    Identity("app-primary-push", "app-primary", "vault", "vault", PUSH_GATE),
    Identity("app-primary-files", "app-primary", "vault", "vault-files", WRITE_FILES),
    Identity("vault-to-app-primary", "vault", "app-primary", "app-primary", CLUSTER_GATE),
    Identity("app-web-to-app-primary", "app-web", "app-primary", "app-primary", UPLOAD_FILES),
)
