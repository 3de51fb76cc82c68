"""Disasters that only the lab may cause: the primary is lost, or somebody drops a table. And the way back from each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Protocol

from stormproof.core.errors import Refused
from stormproof.lab import wal_stream
from stormproof.lab.agreed import DATABASE, POSTGRES_PORT
from stormproof.lab.machine import Machine, resource
from stormproof.lab.postgres_cluster import PSQL, sql
from stormproof.lab.wal_profiles import WalShipping

KINDS = ("loss", "dropped-table")
# Outside the database: a restored copy must not find it inside. Rows, and the month that the partitions begin with.
KEPT = "/var/lib/stormproof/kept/orders"
KEPT_MONTH = f"{KEPT}.first_month"
BEFORE, AFTER = "before the drop", "after the drop"
# Longest way to the vault: archive timeout, one push over ssh, a busy machine.
VAULT_HAS_IT_SECONDS_MAX = 60.0


class Breakable(Protocol):
    """The foundation's grip on a host: `kill` cuts the link, then every process dies at once."""

    def kill(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Disaster:
    """What happened. Instants are ISO 8601, UTC, with microseconds.

    `t_fail`: for a loss, when the link was cut and the last process had died; for a dropped table, right after the
    drop's commit. `target`: the instant to recover to (dropped table only), after the marker row's commit and before
    the drop's. `lsn`: of production's WAL, as far as it is known.
    """

    kind: str
    t_fail: str
    lsn: str | None
    target: str | None = None
    table: str | None = None

    def as_dict(self) -> dict[str, str | None]:
        return asdict(self)


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def lose_primary(primary: Machine, breakable: Breakable) -> Disaster:
    """Cut the primary's link, then kill every process on it. The LSN is the last one read before."""
    lsn = sql(primary, "select pg_current_wal_lsn();", database="postgres")
    breakable.kill()
    return Disaster("loss", now(), lsn)


def drop_orders(primary: Machine, as_application: Callable[[str], str]) -> Disaster:
    """Somebody drops `orders` with all that hangs on it, as its owner, while the shop is open.

    A marker row is written into the table before, through the application, and one elsewhere after. The rows are copied
    to a file under the same lock that the drop takes, so that the lab can put back exactly what was there.
    """
    as_application(
        "insert into public.orders (customer_id, total, details) "  # noqa: S608 (of our own constants)
        f"values (1, 0, jsonb_build_object('marker', '{BEFORE}'));"
    )
    first_month = sql(
        primary,
        "select to_char(to_date(min(right(relname, 7)), 'YYYY_MM'), 'YYYY-MM-DD') from pg_class "
        r"where relname ~ '^orders_\d{4}_\d\d$';",
    )
    primary.put(KEPT_MONTH, first_month)
    answer = sql(primary, _drop_script(), timeout_seconds=300.0)
    target, dropped_at, lsn = answer.splitlines()[-3:]
    as_application(f"insert into public.customers (name, email, country) values ('marker: {AFTER}', "  # noqa: S608 (of our own constants)
                   f"'marker-' || gen_random_uuid() || '@shop.invalid', 'DE');")  # fmt: skip
    return Disaster("dropped-table", dropped_at, lsn, target=target, table="orders")


def wait_for_vault(primary: Machine, happened: Disaster, shipping: WalShipping) -> None:
    """Until the vault holds the drop: recovery stops at it. Raises TimedOut after a minute."""
    assert happened.lsn is not None
    wal_stream.wait_for_lsn(primary, happened.lsn, shipping, timeout_seconds=VAULT_HAS_IT_SECONDS_MAX)


def _drop_script() -> str:
    instant = "to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
    return f"""
begin;
set local role shop_owner;
lock table public.orders in access exclusive mode;
\\copy (select * from public.orders) to '{KEPT}' with (format binary)
select {instant};
select from pg_sleep(0.05);
drop table public.orders cascade;
commit;
select {instant};
select pg_current_wal_lsn();
"""  # noqa: S608 (of our own constants)


def orders_missing(primary: Machine) -> bool:
    return sql(primary, "select to_regclass('public.orders') is null;") == "t"


def put_orders_back(primary: Machine) -> None:
    """The table as it was: partitions, rows, grants, keys, materialised view. One transaction, so it may be repeated."""
    first_month = primary.check(f"cat {KEPT_MONTH}").strip()
    script = "\n".join(
        [
            "begin; set local role shop_owner;",
            f"set local lab.first_month = '{first_month}';",
            resource("shop_orders.sql"),
            f"\\copy public.orders from '{KEPT}' with (format binary)",
            resource("shop_dependents.sql"),
            "commit;",
            "analyze public.orders;",
        ]
    )
    sql(primary, script, timeout_seconds=600.0)
    primary.check(f"rm -f {KEPT} {KEPT_MONTH}")


def remove_markers(primary: Machine) -> None:
    """The next drop writes its own; a row of an old one must not answer for it."""
    sql(
        primary,
        "delete from public.orders where details ? 'marker'; delete from public.customers where name like 'marker: %';",
    )


def application_sql(web: Machine, password_file: str) -> Callable[[str], str]:
    """Runs SQL the application's way: over TCP, as its own role, from its own host."""

    def run(statement: str) -> str:
        return web.check(
            f"{PSQL} -XAtq -v ON_ERROR_STOP=1 -f -",
            env={
                "PGHOST": "app-primary",
                "PGPORT": str(POSTGRES_PORT),
                "PGDATABASE": DATABASE,
                "PGUSER": "shop_app",
                "PGPASSFILE": password_file,
                "PGCONNECT_TIMEOUT": "5",
            },
            stdin=statement,
            timeout_seconds=30.0,
        )

    return run


def refuse_unknown(kind: str, table: str | None) -> None:
    """Raises Refused for a disaster that the lab does not know."""
    if kind not in KINDS:
        raise Refused(
            f"the lab cannot cause '{kind}'", where="scenario.kind", fix=f"use one of: {', '.join(KINDS)}", code="SP102"
        )
    if kind == "dropped-table" and table not in (None, "orders", "public.orders"):
        raise Refused(
            f"the lab can drop and put back 'orders', not '{table}'",
            where="scenario.table",
            fix="write table: orders",
            code="SP102",
        )
