"""What a drill's recovery was made of, asked of the recovery host once the service is back. Counts towards no figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stormproof.adapters import pgbackrest
from stormproof.adapters.recovery_parts import measured_parts
from stormproof.core.errors import HostUnreachable, TimedOut
from stormproof.core.inventory import PostgresService
from stormproof.core.ports import Host
from stormproof.core.procedure import chosen_procedure
from stormproof.core.recovery_parts import PostgresParts

if TYPE_CHECKING:
    from stormproof.drill.before import Before
    from stormproof.drill.ports import DrillPorts


def recovery_parts(
    ports: DrillPorts, before: Before, host: Host, entry: PostgresService, steps: Mapping[str, Mapping[str, Any]]
) -> PostgresParts | None:
    """None where the host cannot say now: that takes nothing else from the drill. Raises Refused, SetupFailed."""
    procedure = chosen_procedure(
        entry.procedure, before.choices.get("procedure"), has_tls=entry.tls is not None, service=entry.name
    )
    cipher = ports.secrets.get(entry.cipher_secret)
    ports.redactor.add(entry.cipher_secret, cipher)
    try:
        return measured_parts(
            host, entry, procedure, run_dir=before.layout.run_dir, env={pgbackrest.CIPHER_VARIABLE: cipher},
            label=str(steps.get("choose_point", {}).get("label", "")), base_s=steps.get("restore_base", {}).get("seconds"),
            base_bytes=steps.get("choose_point", {}).get("bytes"),
        )  # fmt: skip
    except (HostUnreachable, TimedOut) as error:
        ports.progress({"kind": "message", "text": f"what the recovery was made of is not known: {error.what}"})
        return None
