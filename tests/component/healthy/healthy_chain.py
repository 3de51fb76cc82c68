"""A full backup under heavy writes, a differential and an incremental one, and two promotions between them."""

from __future__ import annotations

from healthy_site import BIN, Cluster, HealthySite

from tables.planting import plants
from tables.row import Saw

CHAIN = Cluster("chain", 5438)
CONTENT = """
create table ledger (id bigint generated always as identity primary key, era text not null, body text);
create index on ledger (era);
"""


def promoted(site: HealthySite) -> str:
    """The same data on the next timeline, as after a failover; answers its number."""
    site.stop(CHAIN)
    site.db.run(f"touch {CHAIN.data}/standby.signal")
    site.start(CHAIN)
    site.db.run(f"{BIN}/pg_ctl promote -s -w -D {CHAIN.data}")
    write(site, "the promotion")
    site.wait_until_archived(CHAIN)
    return site.sql(CHAIN, "select timeline_id from pg_control_checkpoint()")


def write(site: HealthySite, era: str) -> None:
    site.sql(
        CHAIN,
        f"insert into ledger (era, body) select '{era}', md5(g::text) from generate_series(1, 4000) g; checkpoint;",
    )


def chain(site: HealthySite) -> None:
    if "chain" in site.clusters:
        return
    site.add(CHAIN, CONTENT, beating=False)
    write(site, "full")
    site.backup(CHAIN, "full")
    write(site, "differential")
    site.backup(CHAIN, "diff")
    assert promoted(site) == "2"
    write(site, "incremental")
    site.backup(CHAIN, "incr")
    assert promoted(site) == "3"
    write(site, "log alone")
    site.beat(CHAIN)
    site.wait_until_archived(CHAIN)  # a failure before the first beat is in the vault would lose them all, and truly


@plants("differential-chain", "incremental-chain", "timelines-2-and-3", "oldest-of-a-chain")
def chain_drill(site: HealthySite, row: str) -> Saw:
    chain(site)
    asks = {
        "eras": "select string_agg(era || ' ' || n, ', ' order by era) from (select era, count(*) as n from ledger group by era) e"
    }
    if row == "oldest-of-a-chain":
        drilled = site.drill("chain-oldest", "chain", asks=asks, point="oldest")
    else:
        drilled = site.drill("chain", "chain", asks=asks)
    eras = ["differential", "full", "incremental", "log alone"]
    assert drilled.answers["eras"] == ", ".join([*(f"{era} 4000" for era in eras), "the promotion 8000"])
    (point,) = drilled.document["recovery_points"]
    assert ("_" in point["label"], point["timeline"]) == (row != "oldest-of-a-chain", 4)
    if row == "incremental-chain":
        assert point["label"].endswith("I")
    return drilled.saw()
