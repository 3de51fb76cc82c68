"""What is known of a drill before the first byte moves: frozen into the run's parameters, and read back by a resume."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from stormproof.adapters.clock_offset import ClockOffset
from stormproof.core.drill_result import IsolationProof
from stormproof.core.recovery_point import VaultHoldings
from stormproof.drill.layout import Layout
from stormproof.drill.ports import Disaster

if TYPE_CHECKING:
    from stormproof.core.drill_spec import DrillSpec


CHOICES = ("procedure", "backup")


@dataclass(slots=True)
class Before:
    """What is known before the first byte moves; all of it goes into the run's frozen parameters, for a resume."""

    run_id: str
    layout: Layout
    offsets: dict[str, ClockOffset]
    started: datetime
    proof: IsolationProof
    disaster: Disaster
    holdings: VaultHoldings
    t_start: datetime
    seed: int
    injected: bool = False
    controls: tuple[str, ...] = ()  # negative controls that the run was asked for
    choices: Mapping[str, Any] = field(default_factory=dict)  # `procedure` and `backup`, where this run changes them


def parameters_of(spec: DrillSpec, before: Before, *, keep: bool) -> dict[str, Any]:
    """Everything that the runbook or a resume needs: frozen into the run."""
    target = before.disaster.target
    return {
        "drill": spec.drill,
        "spec": spec.as_json(),
        "keep": keep,
        "t_fail": before.disaster.t_fail.isoformat(),
        "target": target.isoformat() if target else None,
        "lsn": before.disaster.lsn,
        "markers": {"kept": before.disaster.kept, "gone": before.disaster.gone},
        "injected": before.injected,
        "negative_controls": list(before.controls),
        "t_start": before.t_start.isoformat(),
        "started": before.started.isoformat(),
        "point": spec.point,
        **before.choices,
        "seed": before.seed,
        "holdings": before.holdings.model_dump(mode="json"),
        "isolation_before": before.proof.model_dump(mode="json", by_alias=True),
        "offsets": {name: [o.seconds, o.uncertainty_seconds] for name, o in before.offsets.items()},
    }


def before_of(parameters: dict[str, Any], run_id: str, layout: Layout) -> Before:
    """The time before t_start, as a run's frozen parameters tell it."""

    def instant(name: str) -> datetime:
        return datetime.fromisoformat(parameters[name])

    target = parameters.get("target")
    markers = parameters.get("markers") or {}
    return Before(
        run_id=run_id,
        layout=layout,
        offsets={name: ClockOffset(*pair) for name, pair in parameters["offsets"].items()},
        started=instant("started"),
        proof=IsolationProof.model_validate(parameters["isolation_before"]),
        disaster=Disaster(
            t_fail=instant("t_fail"), lsn=parameters.get("lsn"), target=datetime.fromisoformat(target) if target else None,
            kept=markers.get("kept"), gone=markers.get("gone"),
        ),
        holdings=VaultHoldings.model_validate(parameters["holdings"]),
        t_start=instant("t_start"),
        seed=int(parameters["seed"]),
        injected=bool(parameters["injected"]),
        controls=tuple(parameters.get("negative_controls", ())),
        choices={name: parameters[name] for name in CHOICES if parameters.get(name)},
    )  # fmt: skip
