"""Every section in the order of the page, and its rows."""

from __future__ import annotations

import os
from importlib import import_module

from tables.row import Row

SECTIONS = {
    "controls": "Negative controls: faults that a drill seeds into its own copy and must notice",
    "restore_faults": "Restoring: tools, disks and PostgreSQL",
    "connection_faults": "Connections and hosts",
    "runner_faults": "The runner itself",
    "isolation_faults": "An environment that is not isolated",
    "vault_ways": "The way through the vault, tried with the recovery host's own keys: shut",
    "hostile_data": "Restored data that would act on the world",
    "healthy": "Healthy variations: nothing may be said of them",
}


def all_rows(section: str) -> list[Row]:
    """The rows of a section, nightly ones too."""
    found: list[Row] = import_module(f"tables.{section}").ROWS
    return found


def rows(section: str) -> list[Row]:
    """The rows that run now: the nightly ones only when they are asked for."""
    nightly = bool(os.environ.get("STORMPROOF_NIGHTLY"))
    return [row for row in all_rows(section) if nightly or not row.nightly]
