"""What access costs a month: only the analyzer of unused rights. Roles, boundaries and OIDC are free."""

from __future__ import annotations

from typing import Final

from infra.costs.model import Cost
from infra.spec.access import Duty
from infra.spec.settings import Layer, Settings

BOUNDARIES_ASIDE: Final = 3  # roles of services in an account: logs of the trail, backups, patching


def _roles(settings: Settings, layer: Layer) -> float:
    """AWS: paid by the role. Counted: duties, what CI takes, and a few of services."""
    if not settings.access.unused_access:
        return 0
    pipeline = 1 + len(Layer) if settings.access.pipeline is not None else 0
    return len(Duty) + pipeline + BOUNDARIES_ASIDE


COSTS: list[Cost] = [
    Cost(
        switch="access.unusedAccess",
        type="aws:accessanalyzer/analyzer:Analyzer",
        monthly_usd=0.20,
        unit="role",
        buys="the list of rights and roles that nobody uses, for the quarterly review",
        fallback="off: IAM's last-accessed data, read by hand",
        layers=(Layer.ACCOUNT,),
        count=_roles,
    ),
]
