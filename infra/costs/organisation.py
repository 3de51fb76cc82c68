"""Guardrails, delegation and Identity Center cost nothing, so there is no line: each is told in its spec."""

from __future__ import annotations

from infra.costs.model import Cost

COSTS: list[Cost] = []
