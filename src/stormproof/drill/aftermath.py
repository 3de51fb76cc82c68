"""Tear-down: end and destroy everything of a run, then look that nothing is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from stormproof.adapters.run_remains import destroy, look
from stormproof.core.drill_result import Cleanup
from stormproof.core.errors import StormproofError
from stormproof.drill.layout import Layout

if TYPE_CHECKING:
    from stormproof.core.drill_spec import DrillSpec
    from stormproof.drill.ports import DrillPorts
    from stormproof.engine.session import Session

KEPT_EVENT = "kept"
DESTROYED_EVENT = "destroyed"
KEEP_BY_HAND = timedelta(days=1)  # what --keep leaves is swept after a day: restored data is never just forgotten


@dataclass(frozen=True, slots=True)
class Aftermath:
    cleanup: Cleanup
    seconds: float


def tear_down(
    spec: DrillSpec, ports: DrillPorts, session: Session, layout: Layout, run_id: str, *, keep: bool, failed: bool,
    isolated: bool = True,
) -> Aftermath:  # fmt: skip
    """Destroy what the run made, unless a keep rule says otherwise. What is left is told, never raised.

    Args:
        isolated: False when the second proof did not hold: then no rule keeps restored data in that place.
    """
    began = ports.clock.now()
    rule = KEEP_BY_HAND if keep else (spec.keep.on_failure if failed else spec.keep.on_success)
    host = ports.hosts.host(layout.host)
    if rule > timedelta(0) and isolated:
        until = (began.utc + rule).isoformat()
        session.event(KEPT_EVENT, {"host": layout.host, "work": layout.work, "until": until})
        text = (
            f"{layout.host}:{layout.run_dir} until {until}; look: {_way_in(ports, layout.host)}; "
            f"end it: stormproof drill sweep {run_id}"
        )
        return Aftermath(Cleanup(kept=[text]), 0.0)
    left: list[str] = []
    destroyed = 0
    try:
        remains = destroy(host, layout.work, run_id)
        destroyed, left = remains.destroyed_bytes, [f"{layout.host}: {what}" for what in remains.left]
        if not left:
            left = [f"{layout.host}: {what}" for what in look(host, layout.work, run_id).left]
    except StormproofError as error:
        left = [f"{layout.host}: could not look ({error.what})"]
    if not left:
        session.event(DESTROYED_EVENT, {"host": layout.host, "bytes": destroyed})
    seconds = round(ports.clock.now().monotonic - began.monotonic, 3)
    return Aftermath(Cleanup(left=left, destroyed_bytes=destroyed), seconds)


def _way_in(ports: DrillPorts, host: str) -> str:
    """The command that looks into a host: a lab's is not to be reached by SSH from outside the lab."""
    entry = ports.inventory.hosts[host]
    if entry.via is not None:
        return f"stormproof lab shell {host}"
    return (
        f"ssh -p {entry.port} {entry.user}@{entry.address}" if entry.port != 22 else f"ssh {entry.user}@{entry.address}"
    )
