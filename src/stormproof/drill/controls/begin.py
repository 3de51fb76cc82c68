"""From a drill that was judged to its negative controls: what they are handed, and how the judged server comes back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stormproof.drill.controls.bench import Judged
from stormproof.drill.controls.catalogue import controls_of
from stormproof.drill.controls.controlled import Controlled, not_reached
from stormproof.drill.controls.course import run_controls
from stormproof.drill.layout import parts_of
from stormproof.drill.verification import start_again

if TYPE_CHECKING:
    from stormproof.core.drill_spec import DrillSpec
    from stormproof.drill.before import Before
    from stormproof.drill.ports import DrillPorts
    from stormproof.drill.verification import Verification


def prove_controls(spec: DrillSpec, ports: DrillPorts, before: Before, verification: Verification) -> Controlled:
    """Seed the faults that the run was asked for, and prove that the drill's checks name each."""
    context = verification.context
    if context is None:
        return not_reached(before.controls, "the restored copy was not looked at")
    judged = Judged(
        ports=ports, spec=spec, before=before, context=context, outputs=verification.outputs,
        entry=parts_of(ports.inventory, spec.scenario.service).postgres, server=verification.server,
    )  # fmt: skip
    again = partial(start_again, context.host, judged.server) if judged.server is not None else None
    return run_controls(controls_of(before.controls), judged, verification.checks, again)
