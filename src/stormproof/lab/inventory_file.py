"""The lab's inventory.yaml: the same document that a user writes for own machines, with `via` and `work` beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stormproof.lab.agreed import DATABASE, POSTGRES_PORT, STANZA, TLS_CLIENT_FOLDER, TLS_PORT, UPLOADS

_ROLES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "app-primary": ("production", ("postgres", "files")),
    "app-web": ("production", ("application",)),
    "recovery-1": ("recovery", ()),
    "vault": ("backup", ("pgbackrest-repository", "restic-repository")),
    "outside": ("internet", ()),
}
_READINESS = {
    "write": "insert into stormproof.readiness (run, at) values (:'run', clock_timestamp())",
    "read": "select count(*) from stormproof.readiness where run = :'run'",
}
# At the vault, and as the recovery host's read-only account sees the same folder.
_REPOSITORY = {"repository_path": "/srv/vault/restic/uploads", "reader_path": "/srv/vault-ro/restic/uploads"}


@dataclass(frozen=True, slots=True)
class HostEntry:
    """What the foundation knows of one host: where it is, how it is known, which key opens it."""

    name: str
    ipv4: str
    ipv6: str | None
    host_key: str
    identity: str  # path of the private key, relative to the inventory's folder


_TLS = {
    "port": TLS_PORT,
    "ca": f"{TLS_CLIENT_FOLDER}/ca.crt",
    "certificate": f"{TLS_CLIENT_FOLDER}/client.crt",
    "key": f"{TLS_CLIENT_FOLDER}/client.key",
}


def inventory_text(hosts: Mapping[str, HostEntry], *, state_json: Path, has_tls: bool = True) -> str:
    """The whole document as YAML, from the same arguments as its data."""
    import yaml

    data = inventory_data(hosts, state_json=state_json, has_tls=has_tls)
    head = "# Written by `stormproof lab up`; a change is lost at the next one.\n"
    return head + yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=160)


def inventory_data(hosts: Mapping[str, HostEntry], *, state_json: Path, has_tls: bool = True) -> dict[str, Any]:
    """The whole document as plain data. `has_tls`: whether pgBackRest's TLS server runs at the vault."""
    return {
        "lab": True,
        "environments": {
            "production": {"protected": True},
            "backup": {"protected": False},
            "internet": {"protected": False},
            "recovery": {
                "protected": False,
                "isolation": {
                    "must_reach": ["vault:22"],
                    "must_not_reach": [
                        "app-primary:5432", "app-primary:22", "app-web:443", "app-web:22", "outside:443",
                    ],
                    "witness": {"app-primary": "vault", "app-web": "vault", "outside": "app-web"},
                },
            },
        },
        "hosts": {name: _host(entry, state_json) for name, entry in hosts.items()},
        "services": {
            "orders-db": {
                "kind": "postgres",
                "host": "app-primary",
                "stanza": STANZA,
                "database": DATABASE,
                "port": POSTGRES_PORT,
                "application_role": "shop_app",
                "password": "file:keys/shop_app",
                "readiness": _READINESS,
                **({"tls": _TLS} if has_tls else {}),
                "wal_stream": "/srv/vault/wal-stream",
                "wal_stream_reader": "/srv/vault-ro/wal-stream",
                "heartbeat": {"host": "app-web", "acknowledged": "/var/lib/stormproof-app/acknowledged", "interval": "100ms"},
                "config": {"repository": "uploads", **_REPOSITORY, "path": "/etc/postgresql"},
            },
            "uploads": {"kind": "files", "host": "app-primary", "path": UPLOADS, "repository": "uploads", **_REPOSITORY},
            "shop": {
                "kind": "application",
                "made_of": ["orders-db", "uploads"],
                "rows": "select path, sha256, created_at from attachments",
            },
        },
        "secrets": {"source": "file:keys/"},
    }  # fmt: skip


def _host(entry: HostEntry, state_json: Path) -> dict[str, object]:
    environment, roles = _ROLES[entry.name]
    fields: dict[str, object] = {"environment": environment, "address": entry.ipv4}
    if entry.ipv6:
        fields["address6"] = entry.ipv6
    fields |= {
        "port": 22,
        "user": "postgres",
        "host_key": entry.host_key,
        "identity": entry.identity,
        "roles": list(roles),
        "via": {"namespace": str(state_json), "host": entry.name},
    }
    if entry.name == "recovery-1":
        fields["work"] = "/var/lib/stormproof"
    return fields
