"""The reference beside each backup: what the source looked like, captured on the source's side (adapters.capture)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from stormproof.lab import postgres_cluster
from stormproof.lab.machine import Machine

if TYPE_CHECKING:
    from stormproof.core.ports import Host
    from stormproof.core.reference import FilesReference, PostgresReference

CAPTURE_SECONDS_MAX = 300.0


def postgres(primary: Machine) -> PostgresReference:
    from stormproof.adapters.capture import capture_postgres

    return capture_postgres(
        _as_host(primary),
        bin_dir=postgres_cluster.BIN,
        socket_dir="/run/postgresql",
        timeout_seconds=CAPTURE_SECONDS_MAX,
    )


def files(primary: Machine, path: str) -> FilesReference:
    from stormproof.adapters.capture import capture_files

    return capture_files(_as_host(primary), path, timeout_seconds=CAPTURE_SECONDS_MAX)


def document(
    service: str, label: str, *, postgres: PostgresReference | None = None, files: FilesReference | None = None
) -> str:
    """The text of references/SERVICE/LABEL.json."""
    from stormproof.core.reference import Reference

    shape = postgres or files
    captured_at = shape.captured_at if shape else datetime.now(UTC)
    reference = Reference(service=service, label=label, captured_at=captured_at, postgres=postgres, files=files)
    return reference.model_dump_json(indent=1) + "\n"


def with_snapshot(files: FilesReference, snapshot: str) -> FilesReference:
    return files.model_copy(update={"snapshot": snapshot})


def _as_host(machine: Machine) -> Host:
    """The capture runs scripts and nothing else, so the lab's own hand is host enough for it."""
    return cast("Host", machine)
