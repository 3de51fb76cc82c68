"""Rows of docs/faults.md, section healthy: what is unusual and sound. Nothing may be said of it."""

from __future__ import annotations

from tables.row import Expect, Row

__all__ = ["ROWS", "Expect"]

MET = Expect("met", 0)


def _row(row_id: str, what: str, expect: Expect = MET, *, nightly: bool = False) -> Row:
    return Row(row_id, what, expect, "healthy", nightly)


# Rows of one drill stand together: it is made once.
ROWS: list[Row] = [
    _row("empty-tables", "empty tables: never filled, truncated, without a column"),
    _row(
        "unicode-names",
        "names outside ASCII, with quotes, blanks, tabs and line ends: schemas, tables, columns, functions, roles",
    ),
    _row("names-of-63-bytes", "names of 63 bytes, the longest that there are"),
    _row("partitions", "partitions by range, list and hash, of two levels, a default one, a detached one"),
    _row("tablespaces", "tablespaces: of a table, an index, a whole database"),
    _row("several-databases", "several databases: odd names, LATIN1, bare bytes (SQL_ASCII), one that admits nobody"),
    _row(
        "unlogged-tables", "unlogged tables, which are empty after every recovery, with their sequences and partitions"
    ),
    _row(
        "extensions",
        "extensions of contrib: hstore, pg_trgm, citext, pgcrypto, ltree, btree_gist, bloom, amcheck and more",
    ),
    _row("large-objects", "large objects with a hole, and rows stored out of line"),
    _row("prepared-transactions", "prepared transactions that nobody ended"),
    _row("replication-slots", "replication slots, physical and logical, which a backup leaves out"),
    _row("generated-columns", "generated and identity columns, a clustered index, partial and covering indexes"),
    _row("types-and-domains", "enums, composite types, domains, ranges, arrays of them"),
    _row("row-security", "row security, forced, with permissive and restrictive policies"),
    _row("triggers", "triggers: disabled, always, deferred, on conditions"),
    _row("inheritance", "tables that inherit, over two levels, with one sequence"),
    _row("constraints", "exclusion constraints, deferred keys in a circle, keys with match full"),
    _row("sequences", "sequences that count down, start over, are cached, never used, owned elsewhere"),
    _row(
        "roles-with-settings",
        "roles and databases with settings of their own: read-only by default, odd search paths, escapes",
    ),
    _row("not-valid-at-source", "keys and checks that are not valid at the source either, with rows that break them"),
    _row("invalid-index-at-source", "an index that is invalid at the source as well"),
    _row("empty-view-at-source", "a materialised view that is not populated at the source either"),
    _row("sequence-behind-at-source", "a sequence that stands before its column's newest value at the source as well"),
    _row(
        "unloaded-libraries",
        "settings of libraries that the source preloads and a drill does not load",
    ),
    _row(
        "another-major-version", "a server of another major version, its programs in a folder of their own (`binaries`)"
    ),
    _row("non-default-locale", "a server in another language: ICU as the cluster's locale, collations of columns"),
    _row(
        "odd-service-names",
        "quotes, blanks, `=`, backslashes and colons in the names of the service's own database and role",
    ),
    _row("no-postgres-database", "no database named postgres, and a superuser of another name"),
    _row(
        "unusual-settings",
        "date styles, escapes, isolation, timeouts and an MD5 password as older applications want them",
    ),
    _row("differential-chain", "a differential backup on a full one that was taken before"),
    _row("incremental-chain", "an incremental backup on a differential one"),
    _row("timelines-2-and-3", "two promotions since the first backup: recovery crosses to timelines 2 and 3"),
    _row("oldest-of-a-chain", "the oldest backup of a chain, and all the log since, over both promotions"),
    _row("object-store", "the repository in an object store (S3), over TLS, with no host to log in to"),
    _row(
        "odd-file-names",
        "files with line ends, tabs, quotes, bytes that are no UTF-8 and 255 bytes in their names, 200 levels deep",
    ),
    _row("odd-file-modes", "files and folders with mode 000, setuid, setgid and sticky ones"),
    _row("links-and-fifos", "symbolic links (also dangling and circular), hard links, a pipe, a file with a hole"),
    _row("empty-directory", "empty folders and an empty file"),
    _row("many-files", "100,000 small files"),
    _row("many-tables", "3,000 small tables, each with an index and a sequence"),
    _row("two-gigabytes", "2 GB"),
    _row("backup-during-writes", "a backup that was taken during heavy writes"),
    _row(
        "checksums-off",
        "page checksums are off, `checksums: if-enabled`: said, not failed",
        Expect("met", 0, ("SP433",), "data checksums are off: no page could be verified"),
    ),
    _row(
        "checksums-off-and-required",
        "page checksums are off, `checksums: true`: nobody can know, so unverified",
        Expect("unverified", 4, ("SP490",), "data checksums are off, so no page can be verified"),
    ),
    _row("tiny", "a database that holds next to nothing"),
    _row("quiet", "a quiet database: for a minute nobody wrote but a slow heartbeat"),
    _row("quiet-for-ten-minutes", "a quiet database: for ten minutes nobody wrote but a slow heartbeat", nightly=True),
]
