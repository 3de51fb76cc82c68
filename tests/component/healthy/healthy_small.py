"""A tiny database that nobody writes to but a slow heartbeat, and one without page checksums."""

from __future__ import annotations

import time

from healthy_site import EVERY_CHECK, Cluster, HealthySite

from tables.planting import plants
from tables.row import Saw

QUIET_SECONDS = {"quiet": 60, "quiet-for-ten-minutes": 600}
TINY = Cluster("tiny", 5432, beat_seconds=15)
OFF = Cluster("plain", 5434, initdb="-E UTF8 --locale=C.UTF-8")


def tiny(site: HealthySite) -> None:
    """Made first of all, so that it has been quiet for a while when its drill comes."""
    if "tiny" not in site.clusters:
        site.add(TINY)
        site.backup(TINY)
        site.marks["quiet since"] = time.monotonic()


@plants("tiny", "quiet", "quiet-for-ten-minutes")
def tiny_drill(site: HealthySite, row: str) -> Saw:
    tiny(site)
    wanted = QUIET_SECONDS.get(row, 0)
    time.sleep(max(0.0, wanted - (time.monotonic() - site.marks["quiet since"])))  # silence is what is asked for
    asks = {
        "rows": "select count(*) from pg_stat_user_tables", "beats": "select count(*) > 0 from stormproof.heartbeat",
        "gap": "select coalesce(max(later - at), '0') < '30 s' from (select at, lead(at) over (order by at) as later from stormproof.heartbeat) h",
    }  # fmt: skip
    drilled = site.drill(row if wanted > 60 else "tiny", "tiny", asks=asks)
    assert drilled.answers == {"rows": "2", "beats": "t", "gap": "t"}
    return drilled.saw()


@plants("checksums-off", "checksums-off-and-required")
def without_checksums(site: HealthySite, row: str) -> Saw:
    if "plain" not in site.clusters:
        site.add(OFF)
        site.backup(OFF)
    if row == "checksums-off":
        return site.drill("plain", "plain").saw()
    required = [{"integrity": {"amcheck": False, "checksums": True, "foreign_keys": False, "sequences": False}}]
    return site.drill("plain-required", "plain", [*EVERY_CHECK[:1], *required], expect=4).saw()
