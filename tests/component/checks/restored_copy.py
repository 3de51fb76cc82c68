"""A private PostgreSQL 15 with a shop in it, under a folder of its own, reached by its socket alone."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from checks_local_host import LocalHost

from stormproof.adapters.capture import capture_files, capture_postgres
from stormproof.core.check_context import CheckContext, PostgresPlace
from stormproof.core.reference import FilesReference, PostgresReference, Reference

BIN = Path("/usr/lib/postgresql/15/bin")

SHOP = """
create role shop_owner; create role shop_app login password 'x'; create role readers;
grant readers to shop_app;
create extension pg_trgm;
create table customers (id serial primary key, name text collate "en-x-icu" not null, email text unique);
create table orders (id bigserial primary key, customer_id int not null references customers (id), placed_at timestamptz default now(),
  total numeric check (total >= 0));
create table measured (id int, at date) partition by range (at);
create table measured_2026 partition of measured for values from ('2026-01-01') to ('2027-01-01');
create table "größen" ("Größe" text primary key);
create unlogged table scratch (x int);
create table attachments (path text, sha256 text, created_at timestamptz);
create materialized view totals as select customer_id, sum(total) from orders group by 1;
create view big as select * from orders where total > 10;
create function noop() returns trigger language plpgsql as 'begin return new; end';
create trigger orders_touch before update on orders for each row execute function noop();
create function guard() returns event_trigger language plpgsql as 'begin end';
create event trigger on_ddl on ddl_command_end execute function guard();
create type colour as enum ('red', 'green');
insert into customers (name, email) select 'n' || g, 'e' || g from generate_series(1, 2000) g;
insert into orders (customer_id, total) select 1 + g % 2000, g % 100 from generate_series(1, 20000) g;
insert into measured select g, '2026-01-01'::date + g % 300 from generate_series(1, 1000) g;
insert into "größen" values ('klein'), ('groß');
insert into scratch select generate_series(1, 10);
refresh materialized view totals;
create schema stormproof;
create table stormproof.heartbeat (sequence bigint, at timestamptz, host text);
insert into stormproof.heartbeat select g, now() - (100 - g) * interval '0.1 s', 'app-web' from generate_series(1, 100) g;
grant select, insert, update on all tables in schema public to shop_app;
grant usage on schema stormproof to shop_app; grant select on stormproof.heartbeat to shop_app;
select lo_create(4711);
checkpoint;
"""


@dataclass
class Server:
    """One running cluster, its files, and what it is compared with."""

    host: LocalHost
    place: PostgresPlace
    folder: Path
    files: Path
    work: Path

    def sql(self, text: str, database: str = "") -> str:
        at = f"-h {self.place.socket_dir} -p {self.place.port} -U postgres -d {database or self.place.database}"
        psql = f"{BIN}/psql -XqAt -v ON_ERROR_STOP=1 {at} -f -"
        return self.host.check(psql, stdin=text, timeout_seconds=60).strip()

    def stop(self, mode: str = "fast") -> None:
        self.host.check(f"{BIN}/pg_ctl -D {self.place.pgdata} -m {mode} -w stop >/dev/null", timeout_seconds=60)

    def start(self) -> None:
        self.host.check(
            f"{BIN}/pg_ctl -D {self.place.pgdata} -w -l {self.folder}/log start >/dev/null </dev/null",
            timeout_seconds=60,
        )

    def running(self) -> bool:
        return self.host.run(f"{BIN}/pg_ctl -D {self.place.pgdata} status").status == 0

    def reference(self) -> Reference:
        return Reference(
            service="shop",
            label="test",
            captured_at=datetime.now(UTC),
            postgres=self.postgres_reference(),
            files=self.files_reference(),
        )

    def postgres_reference(self) -> PostgresReference:
        return capture_postgres(self.host, bin_dir=str(BIN), socket_dir=self.place.socket_dir, port=self.place.port)

    def files_reference(self) -> FilesReference:
        return capture_files(self.host, str(self.files))

    def context(self, reference: Reference | None, **more: object) -> CheckContext:
        now = datetime.now(UTC)
        values: dict[str, object] = {
            "host": self.host,
            "work": str(self.work),
            "t_fail": now,
            "postgres": self.place,
            "files_root": str(self.files),
            "reference": reference,
            "rows_sql": "select path, sha256, created_at from attachments",
            "files_snapshot_at": now - timedelta(seconds=1),
            "start_server": self.start,
            **more,
        }
        return CheckContext(**values)  # type: ignore[arg-type]


def fill(folder: Path, host: LocalHost) -> Server:
    (folder / "files").mkdir()
    (folder / "work").mkdir()
    (folder / "socket").mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        for inner in folder.iterdir():
            shutil.chown(inner, "postgres", "postgres")
    place = PostgresPlace(str(BIN), str(folder / "socket"), 5432, "postgres", "shop", str(folder / "data"), "shop_app")
    return Server(host, place, folder, folder / "files", folder / "work")


def add_file(server: Server, name: str, text: str, minutes: int) -> None:
    server.host.check(
        f'mkdir -p "$(dirname "$F")" && printf %s "$T" >"$F" && touch -d "{minutes} minutes ago" "$F"',
        env={"F": f"{server.files}/{name}", "T": text},
    )
    digest = hashlib.sha256(text.encode()).hexdigest()
    quoted = name.replace("\\", "\\\\").replace("'", "''").replace("\t", "\\t").replace("\n", "\\n")
    server.sql(f"insert into attachments values (E'{quoted}', '{digest}', now() - interval '{minutes} minutes')")


def configure(server: Server) -> None:
    server.host.check(
        f"cat >>{server.place.pgdata}/postgresql.auto.conf",
        stdin=f"unix_socket_directories = '{server.place.socket_dir}'\n",
    )


def copy(golden: Path) -> Server:
    folder = Path(tempfile.mkdtemp(prefix="sp-check-", dir="/tmp"))
    folder.chmod(0o755)
    host = LocalHost()
    made = fill(folder, host)
    host.check(
        f"cp -a --reflink=auto {golden}/data {folder}/data && cp -a {golden}/files/. {folder}/files/ && chmod 700 {folder}/data",
        timeout_seconds=60,
    )
    configure(made)
    made.start()
    return made


def discard(server: Server) -> None:
    if server.running():
        server.stop("immediate")
    shutil.rmtree(server.folder, ignore_errors=True)
