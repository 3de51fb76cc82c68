"""What the organisation costs a month. Guardrails, delegation and Identity Center cost nothing; each is told in its spec."""

from __future__ import annotations

from typing import Final

from infra.costs.model import Cost
from infra.spec.settings import Layer, Settings

EACH: Final = 0.0  # the accounts declared here pay for their own detectors, in their own stacks


def _administers(settings: Settings, layer: Layer) -> float:
    here = settings.administrator == settings.place(layer).account
    return 1 if here and settings.organisation.members != "none" else 0


COSTS: list[Cost] = [
    Cost(
        switch="organisation.members",
        type="aws:guardduty/organizationConfiguration:OrganizationConfiguration",
        monthly_usd=EACH,
        unit="organisation",
        buys="detectors, standards and scans in every account, also in one that nobody declares",
        fallback="`none`: each account by its own stack",
        layers=(Layer.ACCOUNT,),
        count=_administers,
        beside="10 to 60 for each account that is not declared here",
    ),
]
