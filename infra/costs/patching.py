"""Patching by Systems Manager is free; its logs are paid by use."""

from __future__ import annotations

from infra.costs.model import Cost
from infra.spec.settings import Layer

COSTS: list[Cost] = [
    Cost(
        switch="patching.enabled",
        type="aws:ssm/maintenanceWindow:MaintenanceWindow",
        monthly_usd=0.0,
        unit="service",
        buys="critical fixes within days, in a window, with a record",
        fallback="off, with a tool of your own",
        layers=(Layer.PRIMARY,),
        beside="0.63 a GB of what instances say while they are patched",
    ),
]
