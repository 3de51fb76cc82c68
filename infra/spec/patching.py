"""Baselines, windows, and what they cover."""

from __future__ import annotations

from infra.spec.base import Spec


class PatchingSpec(Spec):
    """Baselines, windows, and what they cover."""
