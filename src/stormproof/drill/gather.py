"""Facts about one restored copy, gathered once it is back: where recovery arrived, what it used, what it is held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stormproof.adapters.check_runner_wal import gather
from stormproof.core.check_context import PostgresPlace, WalFacts
from stormproof.core.errors import Refused, RunFailed, Unverified
from stormproof.core.inventory import PostgresService
from stormproof.core.ports import Host
from stormproof.core.recovery_point import VaultHoldings
from stormproof.core.wal import FrozenList, parse_lsn

Outputs = Mapping[str, Mapping[str, Any]]  # step (without its book's prefix) -> what it returned


@dataclass(frozen=True, slots=True)
class RestoredPostgres:
    place: PostgresPlace
    wal: WalFacts


class Given(dict[str, Any]):
    """What a runbook's steps, or one of them, handed on. Raises Unverified for what was not: it may be a user's own."""

    def __init__(self, given: Mapping[str, Any], of: str) -> None:
        super().__init__(given)
        self._of = of

    def __missing__(self, name: str) -> Any:
        raise Unverified(
            f"the runbook says nothing of '{name}', which a drill looks at",
            where=self._of,
            fix="let that step be there and return it, as in the runbooks that `stormproof init NEW-FOLDER` writes",
            code="SP238",
        )


def outputs_under(outputs: Mapping[str, Mapping[str, Any]], prefix: str) -> dict[str, Mapping[str, Any]]:
    """Outputs of one included book's steps, by their own names; the book itself when it was not included."""
    if any(name.startswith(f"{prefix}.") for name in outputs):
        mine = {name[len(prefix) + 1 :]: value for name, value in outputs.items() if name.startswith(f"{prefix}.")}
        return Given({name: Given(value, f"step {prefix}.{name}") for name, value in mine.items()}, f"steps {prefix}.*")
    mine = {name: value for name, value in outputs.items() if "." not in name}
    return Given({name: Given(value, f"step {name}") for name, value in mine.items()}, "steps of the runbook")


def postgres_place(entry: PostgresService, run_dir: str, outputs: Outputs) -> PostgresPlace:
    return PostgresPlace(
        bin_dir=str(outputs["prepare"]["pg_bin"]),
        socket_dir=f"{run_dir}/socket",
        port=entry.port,
        superuser=entry.superuser,
        database=entry.database,
        pgdata=f"{run_dir}/pgdata",
        application_role=entry.application_role,
    )


def wal_facts(host: Host, place: PostgresPlace, run_dir: str, holdings: VaultHoldings, outputs: Outputs) -> WalFacts:
    """What could not be found out stands in the facts: the reached check then answers unknown, and says why."""
    point = outputs["choose_point"]
    holdings = holdings.of_cluster(_text(point.get("archive_id")), _text(point.get("system_id")))
    try:
        return gather(
            host, place, run_dir=run_dir, holdings=holdings, lsn_start=_text(point.get("lsn_start")),
            wal_start=str(point["wal_start"]), lsn_stop=_text(point.get("lsn_stop")),
        )  # fmt: skip
    except (RunFailed, Unverified, Refused) as error:
        start = parse_lsn(str(point["lsn_start"])) if point.get("lsn_start") else 0
        timeline = int(str(point["wal_start"])[:8], 16)
        frozen = FrozenList.of(holdings, {})
        return WalFacts(frozen=frozen, backup_start_lsn=start, backup_timeline=timeline, why_unknown=error.what)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
