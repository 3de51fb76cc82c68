"""The layer `organisation`: guardrails, delegation and people; only the management account can set them."""

from __future__ import annotations

from typing import Any

from infra.components.organisation.people import People
from infra.components.organisation.policies import Delegation, Guardrails, Organisation
from infra.context import Context

NONE = "accounts.organisation is not set: nothing above the accounts holds against their own administrators"


def declare(context: Context) -> dict[str, Any]:
    """Declares the layer; returns its stack outputs. Without the organisation's account nothing, and that is told."""
    settings = context.settings
    if settings.accounts.organisation is None:
        return {"guardrails": [], "weaker": [NONE]}
    top = context.top()
    organisation = Organisation("organisation", context, top)
    guardrails = Guardrails("guardrails", context, targets(context), depends_on=organisation.ready, opts=top)
    Delegation("delegation", context, depends_on=organisation.ready, opts=top)
    centre = settings.access.identity_center
    if centre is not None:
        People("people", context, centre, top)
    weaker = [] if settings.organisation.id else ["organisation.id is not set: no resource control policy"]
    return {"guardrails": guardrails.names, "guardedTargets": targets(context), "weaker": weaker}


def targets(context: Context) -> list[str]:
    """Where the guardrails are attached: as the settings say, else each of our accounts but the management account."""
    settings = context.settings
    if settings.organisation.targets:
        return list(settings.organisation.targets)
    accounts = settings.accounts
    found = [one for one in accounts.all if one != accounts.organisation]
    return found or [accounts.workload]  # a lab with one account for all
