"""The isolated recovery environment."""

from __future__ import annotations

from infra.spec.base import Spec


class RecoverySpec(Spec):
    """The isolated recovery environment."""
