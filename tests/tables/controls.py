"""Rows of docs/faults.md, section controls: what `drill run --negative-control all` seeds, one row for each control.

A row's id is the control's name; its codes are those of the finding that names the fault, and `said` is what it names.
One run seeds them all, ends with 0, and feeds every row.
"""

from __future__ import annotations

from tables.row import Expect, Row

__all__ = ["ROWS", "Expect"]


def _caught(name: str, what: str, code: str, said: str) -> Row:
    return Row(name, what, Expect("met", 0, (code,), said), "controls")


def _told(name: str, what: str, code: str, said: str) -> Row:
    return Row(name, what, Expect("failed", 3, (code,), said), "controls")


ROWS: list[Row] = [
    _caught("truncated-table", "A table lost all its rows", "SP411", "public.orders"),
    _caught("deleted-rows", "A quarter of a table's rows is gone", "SP412", "public.orders"),
    _caught("stale-copy", "An older state is passed off as the newest", "SP441", "stormproof.heartbeat.at"),
    _caught("reset-sequence", "A sequence starts anew", "SP436", "sequence public."),
    _caught("missing-constraint", "A constraint is missing", "SP401", "constraint public."),
    _caught("disabled-constraint", "A constraint stands there and is not enforced", "SP406", "constraint public."),
    _caught("lying-index", "An index does not know of a row that its table holds", "SP431", "shop.public."),
    _caught("flipped-heap-bit", "One bit of a table's page is flipped", "SP432", "base/"),
    _caught("missing-extension", "An extension is missing", "SP405", "pg_trgm"),
    _caught("unpopulated-view", "A materialised view holds no data", "SP407", "public.sales_by_month"),
    _caught("dropped-role", "The application's role is missing", "SP403", "shop_app"),
    _caught("lost-grant", "The application's rights on a table are gone", "SP404", "table public."),
    _caught("changed-collation", "A collation's version is not the one its indexes were built with", "SP408", "de-x-icu"),
    _caught("weaker-setting", "A setting is weaker than the source's", "SP471", "full_page_writes"),
    _caught("missing-file", "A file is missing", "SP451", "restored files"),
    _caught("swapped-file", "A file holds another one's content", "SP452", "restored files"),
    _caught("rows-without-files", "The stores were restored to different instants", "SP461", "both stores"),
    _caught("lost-wal-segment", "A WAL segment is lost in the vault", "SP481", "WAL segments are missing, the first is"),
    _caught("damaged-wal-segment", "A WAL segment is damaged in the vault", "SP482", "WAL segment 0000"),
    _caught("flipped-repository-bit", "One bit of a file of the backup is flipped in the vault", "SP286", "the file is pg_data/"),
    _caught(
        "flipped-manifest-bit", "One bit of backup.manifest is flipped; the tool takes the copy without a word", "SP530",
        "backup.manifest is damaged",
    ),
    _caught("wrong-passphrase", "The passphrase is not the repository's", "SP283", "passphrase is wrong"),
    _told(
        "fault-that-no-check-sees", "A fault that no enabled check of the drill can see", "SP511",
        "- volume: {table: orders, rows: {min: 1}}",
    ),
    _told(
        "fault-beside-a-failing-check", "A fault that only a check could see which fails without it, too", "SP512",
        "had not passed before the fault was seeded",
    ),
]  # fmt: skip
