"""Guardrails that only the organisation's management account can set."""

from __future__ import annotations

from infra.spec.base import Spec


class OrganisationSpec(Spec):
    """Guardrails that only the organisation's management account can set."""
