"""A private PostgreSQL 15 under a folder of its own, reached by its socket alone, made anew for each session of tests."""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from local_host import LocalHost

from stormproof.adapters.capture import capture_files, capture_postgres
from stormproof.core.check_context import CheckContext, PostgresPlace
from stormproof.core.reference import FilesReference, PostgresReference, Reference

BIN = Path("/usr/lib/postgresql/15/bin")
_NUMBERS = itertools.count(1)

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


def _fill(folder: Path, host: LocalHost) -> Server:
    (folder / "files").mkdir()
    (folder / "work").mkdir()
    (folder / "socket").mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        for inner in folder.iterdir():
            shutil.chown(inner, "postgres", "postgres")
    place = PostgresPlace(str(BIN), str(folder / "socket"), 5432, "postgres", "shop", str(folder / "data"), "shop_app")
    return Server(host, place, folder, folder / "files", folder / "work")


@pytest.fixture(scope="session")
def golden() -> Iterator[Path]:
    """A stopped cluster with the shop in it and its files beside it; each test works on a copy."""
    folder = Path(tempfile.mkdtemp(prefix="sp-checks-", dir="/tmp"))
    folder.chmod(0o755)
    host = LocalHost()
    server = _fill(folder, host)
    host.check(
        f"{BIN}/initdb -D {server.place.pgdata} -U postgres --no-sync -k -E UTF8 --locale=C.UTF-8 >/dev/null && "
        f"cat >>{server.place.pgdata}/postgresql.conf",
        stdin="fsync = off\nlisten_addresses = ''\nwal_level = replica\nlog_timezone = UTC\nlog_checkpoints = on\nmax_prepared_transactions = 4\n",
        timeout_seconds=60,
    )
    _configure(server)
    server.start()
    server.sql("create database shop", "postgres")
    server.sql(SHOP)
    for number in range(12):
        name = {3: "odd\tname", 5: "zwölf ß.bin", 7: "sub dir/with\nline"}.get(number, f"a/{number}.bin")
        _add_file(server, name, f"content {number}", minutes=60 - number)
    server.stop()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _add_file(server: Server, name: str, text: str, minutes: int) -> None:
    server.host.check(
        f'mkdir -p "$(dirname "$F")" && printf %s "$T" >"$F" && touch -d "{minutes} minutes ago" "$F"',
        env={"F": f"{server.files}/{name}", "T": text},
    )
    digest = hashlib.sha256(text.encode()).hexdigest()
    quoted = name.replace("\\", "\\\\").replace("'", "''").replace("\t", "\\t").replace("\n", "\\n")
    server.sql(f"insert into attachments values (E'{quoted}', '{digest}', now() - interval '{minutes} minutes')")


def _configure(server: Server) -> None:
    server.host.check(
        f"cat >>{server.place.pgdata}/postgresql.auto.conf",
        stdin=f"unix_socket_directories = '{server.place.socket_dir}'\n",
    )


def _copy(golden: Path) -> Server:
    folder = Path(tempfile.mkdtemp(prefix="sp-check-", dir="/tmp"))
    folder.chmod(0o755)
    host = LocalHost()
    made = _fill(folder, host)
    host.check(
        f"cp -a --reflink=auto {golden}/data {folder}/data && cp -a {golden}/files/. {folder}/files/ && chmod 700 {folder}/data",
        timeout_seconds=60,
    )
    _configure(made)
    made.start()
    return made


def _discard(server: Server) -> None:
    if server.running():
        server.stop("immediate")
    shutil.rmtree(server.folder, ignore_errors=True)


@pytest.fixture
def server(golden: Path) -> Iterator[Server]:
    """A running cluster of its own, for faults of the whole cluster or of its files."""
    made = _copy(golden)
    try:
        yield made
    finally:
        _discard(made)


@pytest.fixture(scope="session")
def shared(golden: Path) -> Iterator[Server]:
    """One running cluster whose databases tests copy: quicker than a cluster for each."""
    made = _copy(golden)
    try:
        yield made
    finally:
        _discard(made)


@pytest.fixture(scope="session")
def reference(shared: Server) -> Reference:
    """What the cluster looked like, as a backup's job would have captured it."""
    return shared.reference()


@pytest.fixture
def database(
    shared: Server, reference: Reference, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Server, Reference]:
    """A copy of the shop's database and of its files, to break, and the reference under the copy's name."""
    name = f"shop_{next(_NUMBERS)}"
    shared.sql(f"create database {name} template shop strategy file_copy", "postgres")
    files = shared.folder / name
    shared.host.check(f"cp -a {shared.files} {files}")
    made = replace(shared, place=replace(shared.place, database=name), files=files, work=shared.folder / f"work-{name}")
    assert reference.postgres is not None
    shop = reference.postgres.databases["shop"]
    objects = {f"database {name}" if key == "database shop" else key: text for key, text in shop.objects.items()}
    renamed = reference.postgres.model_copy(update={"databases": {name: shop.model_copy(update={"objects": objects})}})
    return made, reference.model_copy(update={"postgres": renamed})
