"""Backup classes, vaults, locks, copies, restore testing."""

from __future__ import annotations

from infra.spec.base import Spec


class BackupSpec(Spec):
    """Backup classes, vaults, locks, copies, restore testing."""
