"""Asks the recovery host what its recovery was made of. Costs a few small fetches, after the end, outside every figure."""

from __future__ import annotations

from collections.abc import Mapping

from stormproof.adapters.pgbackrest import repository_options
from stormproof.adapters.resource import resource
from stormproof.core.ports import Host
from stormproof.core.procedure import Procedure
from stormproof.core.recovery_parts import PostgresParts, parse_parts
from stormproof.core.service import PostgresService

SECONDS_MAX = 90.0


def measured_parts(
    host: Host, entry: PostgresService, procedure: Procedure, *, run_dir: str, env: Mapping[str, str],
    label: str, base_s: float | None, base_bytes: int | None,
) -> PostgresParts:  # fmt: skip
    """Raises what Host raises. `env` holds the repository's passphrase."""
    tls = repository_options(procedure.model_copy(update={"transport": "tls"}), entry.tls) if entry.tls else ""
    own_name = "object-store" if entry.object_store else "ssh"
    told = host.run(
        resource("recovery_parts.sh"),
        env={
            **env,
            "RUN_DIR": run_dir,
            "STANZA": entry.stanza,
            "LABEL": label,
            "GET": "yes",
            "OWN_NAME": own_name,
            "TLS_OPTIONS": tls,
            "OWN_OPTIONS": repository_options(procedure, entry.tls),
        },
        timeout_seconds=SECONDS_MAX,
    )
    return parse_parts(
        told.stdout,
        transport=own_name if entry.object_store else procedure.transport,
        wal_way=procedure.wal,
        connections=procedure.connections,
        processes=procedure.processes or entry.restore_processes,
        base_s=base_s,
        base_bytes=base_bytes,
    )
