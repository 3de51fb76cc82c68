"""Databases, tables, files, secrets, and the heartbeat in each."""

from __future__ import annotations

from infra.spec.base import Spec


class DataSpec(Spec):
    """Databases, tables, files, secrets, and the heartbeat in each."""
