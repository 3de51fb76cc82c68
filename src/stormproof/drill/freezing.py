"""What every vault of a service holds at the failure: recovery may use nothing else, whatever its parts are kept in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stormproof.adapters.pgbackrest import freeze
from stormproof.core.errors import Refused
from stormproof.core.recovery_point import VaultHoldings

if TYPE_CHECKING:
    from stormproof.core.inventory import FilesService, PostgresService
    from stormproof.drill.layout import Layout, Parts
    from stormproof.drill.ports import DrillPorts

CONFIGURATION = "(configuration)"


def freeze_parts(ports: DrillPorts, layout: Layout, parts: Parts) -> VaultHoldings:
    """One list of what all vaults of the parts hold now, each asked once; the database's last, since its WAL grows fastest.

    An object store is listed from the recovery host, with its own credential.

    Raises Refused when one of them cannot be listed whole.
    """
    vaults = {part.name: ports.inventory.keeper_of(part.name, layout.host) for part in parts.present}
    last = vaults[parts.postgres.name] if parts.postgres is not None else None
    whole: VaultHoldings | None = None
    for vault in sorted(set(vaults.values()), key=lambda name: (name == last, name)):
        postgres = parts.postgres if vault == last else None
        files = parts.files if parts.files is not None and vaults[parts.files.name] == vault else None
        held = _frozen(ports, vault, postgres, files)
        whole = held if whole is None else whole.joined(held)
    assert whole is not None, "a service has a part"
    return whole


def _frozen(
    ports: DrillPorts, vault: str, postgres: PostgresService | None, files: FilesService | None
) -> VaultHoldings:
    folders = {files.name: files.repository_path} if files is not None else {}
    if postgres is not None and postgres.config_repository_path is not None:
        folders[CONFIGURATION] = postgres.config_repository_path
    holdings = freeze(
        ports.hosts.host(vault),
        stanza=postgres.stanza if postgres else None,
        stream_dir=postgres.wal_stream if postgres else None,
        snapshot_dirs=folders,
    )
    if holdings.unreadable:
        raise Refused(
            f"what the vault holds could not be listed: {', '.join(holdings.unreadable[:3])}",
            where=vault,
            fix="let the control side's user on the vault read its repositories",
            code="SP203",
        )
    return holdings
