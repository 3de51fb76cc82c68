"""What a control of the repository asks with: the database's entry, the chosen backup, the passphrase."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stormproof.adapters import pgbackrest
from stormproof.drill.gather import outputs_under

if TYPE_CHECKING:
    from stormproof.core.inventory import PostgresService
    from stormproof.drill.controls.bench import Bench


def entry_of(bench: Bench) -> PostgresService:
    entry = bench.judged.entry
    assert entry is not None, "a control of the repository, and no database was restored"
    return entry


def point_of(bench: Bench) -> Mapping[str, Any]:
    """The recovery point, as the runbook chose it."""
    return outputs_under(bench.judged.outputs, "postgres")["choose_point"]


def passphrase_of(bench: Bench) -> dict[str, str]:
    """The environment that holds it. Raises Refused."""
    secret = entry_of(bench).cipher_secret
    value = bench.ports.secrets.get(secret)
    bench.ports.redactor.add(secret, value)
    return {pgbackrest.CIPHER_VARIABLE: value}
