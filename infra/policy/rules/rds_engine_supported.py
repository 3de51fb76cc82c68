"""A database's engine still gets security fixes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from stormproof.core.finding import Severity
from stormproof.core.infra.resource_graph import UNKNOWN, Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

DATABASES = ("aws:rds/instance:Instance", "aws:rds/cluster:Cluster")
# Engine -> version -> last day of standard support. Source: Amazon RDS and Aurora, release calendars, read November 2026.
# A version that is not listed is newer than the table, or so old that AWS refuses it.
SUPPORTED_UNTIL: dict[str, dict[str, date]] = {
    "postgres": {
        "11": date(2024, 2, 29), "12": date(2025, 2, 28), "13": date(2026, 2, 28), "14": date(2027, 2, 28),
        "15": date(2028, 2, 29), "16": date(2029, 2, 28),
    },
    "mysql": {"5.7": date(2024, 2, 29), "8.0": date(2026, 7, 31), "8.4": date(2029, 7, 31)},
    "mariadb": {
        "10.4": date(2024, 10, 31), "10.5": date(2025, 8, 31), "10.6": date(2026, 8, 31), "10.11": date(2028, 2, 28),
    },
    "aurora-postgresql": {
        "11": date(2024, 2, 29), "12": date(2025, 2, 28), "13": date(2026, 2, 28), "14": date(2027, 2, 28),
    },
    "aurora-mysql": {"5.7": date(2024, 10, 31)},
}  # fmt: skip
ANCIENT = {"postgres": 11, "mysql": 5, "mariadb": 10, "aurora-postgresql": 11, "aurora-mysql": 5}


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    for database in graph.of(*DATABASES):
        engine, version = database.get("engine"), database.get("engineVersion")
        if engine is UNKNOWN or version is UNKNOWN:
            yield unknown(database, "its engine's version", "write `engine` and `engine_version` out")
        else:
            yield _answer(graph, database, str(engine), str(version or ""))


def _answer(graph: ResourceGraph, database: Resource, engine: str, version: str) -> Answer:
    ends = next((day for known, day in _table(engine) if version == known or version.startswith(f"{known}.")), None)
    head = version.split(".")[0]
    if ends is None and head.isdecimal() and int(head) < ANCIENT.get(engine, 0):
        return failed(database, f"{engine} {version} is long out of support", "upgrade to a version that gets fixes")
    if ends is not None and graph.today is not None and graph.today > ends:
        return failed(
            database, f"{engine} {version} got its last fixes on {ends}", "upgrade to a version that gets fixes"
        )
    return passed(database)


def _table(engine: str) -> list[tuple[str, date]]:
    """The longest version first: 10.11 before 10.1."""
    return sorted(SUPPORTED_UNTIL.get(engine, {}).items(), key=lambda one: -len(one[0]))


RULE = Rule(
    id="rds-engine-supported",
    title="Databases run a version that gets fixes",
    statements=("3.1-c",),
    severity=Severity.HIGH,
    risk="Holes in an engine out of support are never closed, and AWS upgrades it on a day of its own choice.",
    remedy="Upgrade before standard support ends: AWS's release calendars name the days.",
    check=_check,
    soc2=("CC7.1",),
    iso27001=("A.8.8",),
)
