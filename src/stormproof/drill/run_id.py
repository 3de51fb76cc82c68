"""A run's id: the second it began in, and four random hex digits. It names folders, so its form is fixed."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime


def new_run_id(now: datetime) -> str:
    """`20261123T041500Z-7f3a`."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
