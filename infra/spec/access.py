"""Who may do what, and who may never."""

from __future__ import annotations

from infra.spec.base import Spec


class AccessSpec(Spec):
    """Who may do what, and who may never."""
