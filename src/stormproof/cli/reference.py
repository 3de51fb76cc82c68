"""`reference capture`: write down what a source looks like now, into the vault beside its backup.

A job on the machine that steers runs it right after each backup of a database, and right before each snapshot of
files. It reads production and writes one file at the vault; a drill reads that file and never production.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from stormproof.cli import workspace
from stormproof.cli.call import Call
from stormproof.core.errors import Refused

if TYPE_CHECKING:
    from stormproof.core.inventory import FilesService, Inventory, PostgresService
    from stormproof.core.ports import Hosts
    from stormproof.core.reference import Reference

CAPTURE_SECONDS_MAX = 3600.0  # of one question; counting the rows of a large table is the longest


def capture(call: Call) -> int:
    """0 once the reference of each stored service is at its vault."""
    from stormproof.cli.drill_run import lab_of
    from stormproof.cli.wiring import open_hosts
    from stormproof.core.redact import Redactor
    from stormproof.drill.references import refuse_existing, refuse_label, store_of, write_reference

    label, replace = call.args.label, call.args.replace
    refuse_label(label)
    inventory = workspace.load_inventory(call.project)
    parts = _parts(inventory, call.args.service)
    if workspace.is_lab(call.project):
        with lab_of(call):
            inventory = workspace.load_inventory(call.project)  # again: a lab that was never up had written none
        parts = _parts(inventory, call.args.service)
    hosts = open_hosts(inventory, workspace.inventory_folder(call.project), Redactor())
    try:
        # An object store is written to from the source's own host, which has the credential for its backups.
        vaults = {part.name: hosts.host(inventory.keeper_of(part.name, part.host)) for part in parts}
        if not replace:  # before production is asked anything
            for part in parts:
                refuse_existing(vaults[part.name], part.references, part.name, label, stanza=store_of(part))
        captured = []
        for part in parts:
            call.out.say(f"asking {part.host} what {part.name} looks like")
            captured.append(_captured(hosts, part, label))
        written = [
            write_reference(vaults[part.name], part.references, reference, replace=replace, stanza=store_of(part))
            for part, reference in zip(parts, captured, strict=True)
        ]
    finally:
        hosts.close()
    entries = [
        _entry(part, vaults[part.name].name, path, reference)
        for part, path, reference in zip(parts, written, captured, strict=True)
    ]
    document = {"schema": "stormproof.reference-capture/v1", "label": label, "references": entries, "exit_code": 0}
    call.out.answer(document, _lines(entries))
    return 0


def _parts(inventory: Inventory, service: str) -> Sequence[PostgresService | FilesService]:
    """The stored services to capture: the service itself, or each part of an application."""
    if service not in inventory.services:
        from stormproof.core.spec_text import nearest_fix

        raise Refused(
            f"there is no service '{service}'",
            where="inventory, services",
            fix=nearest_fix(service, inventory.services),
            code="SP243",
        )
    return inventory.parts_of(service)


def _captured(hosts: Hosts, part: PostgresService | FilesService, label: str) -> Reference:
    from stormproof.adapters.capture import capture_files, capture_postgres
    from stormproof.core.reference import Reference

    source = hosts.host(part.host)
    if part.kind == "files":
        files = capture_files(source, part.path, timeout_seconds=CAPTURE_SECONDS_MAX)
        return Reference(service=part.name, label=label, captured_at=files.captured_at, files=files)
    shape = capture_postgres(
        source,
        port=part.port,
        superuser=part.superuser,
        database=part.database,
        heartbeat_table=part.heartbeat.table if part.heartbeat else None,
        timeout_seconds=CAPTURE_SECONDS_MAX,
    )
    return Reference(service=part.name, label=label, captured_at=shape.captured_at, postgres=shape)


def _entry(part: PostgresService | FilesService, vault: str, path: str, reference: Reference) -> dict[str, Any]:
    about: dict[str, Any] = {}
    if reference.postgres is not None:
        databases = reference.postgres.databases
        about = {
            "databases": sorted(databases),
            "tables": sum(len(shape.rows) for shape in databases.values()),
            "rows": sum(sum(shape.rows.values()) for shape in databases.values()),
        }
    elif reference.files is not None:
        about = {"files": reference.files.files, "bytes": reference.files.bytes}
    return {
        "service": part.name, "kind": part.kind, "host": part.host, "vault": vault, "path": path,
        "captured_at": reference.captured_at.isoformat(), **about,
    }  # fmt: skip


def _lines(entries: Iterable[dict[str, Any]]) -> list[str]:
    return [
        f"{entry['service']}: captured from {entry['host']}, written to {entry['vault']}:{entry['path']}"
        for entry in entries
    ]
