"""The look at the description of the backup that a drill restored, as its checks ask for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from stormproof.adapters import pgbackrest
from stormproof.adapters.pgbackrest_backup import look_at_backup
from stormproof.core.backup_whole import BackupFacts
from stormproof.drill.gather import outputs_under

if TYPE_CHECKING:
    from stormproof.core.inventory import PostgresService
    from stormproof.drill.before import Before
    from stormproof.drill.ports import DrillPorts


def backup_look(
    ports: DrillPorts, entry: PostgresService | None, before: Before, outputs: Mapping[str, Mapping[str, Any]]
) -> Callable[[], BackupFacts] | None:
    """What reads it, from the recovery host; None for a drill without a database."""
    if entry is None:
        return None
    host = ports.hosts.host(before.layout.host)
    label = str(outputs_under(outputs, "postgres")["choose_point"]["label"])
    folder = f"{before.layout.run_dir}/checks/backup"
    where = f"{ports.inventory.keeper_of(entry.name, before.layout.host)}: {entry.stanza}"
    stanza, secret = entry.stanza, entry.cipher_secret

    def look() -> BackupFacts:
        passphrase = ports.secrets.get(secret)
        ports.redactor.add(secret, passphrase)
        env = {pgbackrest.CIPHER_VARIABLE: passphrase}
        return look_at_backup(host, stanza=stanza, label=label, folder=folder, env=env, where=where)

    return look
