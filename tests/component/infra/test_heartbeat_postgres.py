"""The heartbeat's table, login and row, against a real PostgreSQL that takes what RDS takes: TLS, inside of it a token in
the clear for the heartbeat, and SCRAM for the master.
"""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from journal_support import private_postgres
from tests_support import free_port

from infra.functions.database_setup.handler import SCHEMA, set_up
from infra.functions.heartbeat.stores import Database, write_row
from infra.functions.postgres.tls import trusted
from infra.functions.postgres.wire import Login, PostgresFailed, ask
from stormproof.core.heartbeat import parse_acknowledged
from stormproof.lab.certificates import Certificates, read_or_make

pytestmark = pytest.mark.component

TOKEN = "a-token/which?is=longer&than-a-password" * 30  # an IAM token has a thousand characters and more
MASTER = {"username": "master", "password": "as RDS makes them: ~!$%^*()_+=-{}[];,.?"}
HBA = """local all all trust
hostssl all heartbeat,verifier 127.0.0.1/32 password
hostssl all master 127.0.0.1/32 scram-sha-256
hostssl all old 127.0.0.1/32 md5
hostssl all postgres 127.0.0.1/32 trust
hostnossl all all 127.0.0.1/32 reject
"""


@dataclass(frozen=True)
class Server:
    port: int
    dsn: str
    authority: str

    @property
    def database(self) -> Database:
        return Database("localhost", self.port, "postgres", "heartbeat")

    @property
    def setup(self) -> dict[str, str]:
        """The environment of `database-setup`."""
        there = self.database
        return {
            "DATABASE_HOST": there.host,
            "DATABASE_PORT": str(there.port),
            "DATABASE_NAME": there.name,
            "HEARTBEAT_USER": there.user,
            "VERIFIER_USER": "verifier",
        }

    def tls(self) -> ssl.SSLContext:
        context = trusted()
        context.load_verify_locations(cadata=self.authority)
        return context

    def login(
        self, user: str = "heartbeat", *, password: str = TOKEN, host: str = "localhost", token: bool = True
    ) -> Login:
        return Login(host, self.port, "postgres", user, password, token=token, application="test")

    def ask(self, sql: str, login: Login | None = None) -> list[tuple[str | None, ...]]:
        return ask(login or self.login(), sql, self.tls(), timeout_seconds=10)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    certificates = read_or_make(tmp_path_factory.mktemp("certificates"), server="localhost", client="heartbeat")
    port = free_port()
    with private_postgres(port) as dsn, psycopg.connect(dsn, autocommit=True) as superuser:
        superuser.execute("create role rds_iam")
        superuser.execute(f"create role master login createrole password '{MASTER['password']}'")
        superuser.execute(
            "grant create on database postgres to master; grant rds_iam, pg_read_all_data to master with admin option"
        )
        superuser.execute("set password_encryption = md5; create role old login password 'x'")
        _take_tls_only(superuser, certificates)
        made = Server(port, dsn, certificates.authority)
        for _ in range(2):  # it may be repeated
            set_up(made.setup, MASTER, made.tls)
        for login in ("heartbeat", "verifier"):
            superuser.execute(f"alter role {login} password '{TOKEN}'")  # where RDS asks IAM
        yield made


def _take_tls_only(superuser: psycopg.Connection[tuple[object, ...]], certificates: Certificates) -> None:
    [(folder,)] = superuser.execute("show data_directory").fetchall()
    for name, text in (
        ("server.crt", certificates.server),
        ("server.key", certificates.server_key),
        ("pg_hba.conf", HBA),
    ):
        path = Path(str(folder)) / name
        path.write_text(text)
        path.chmod(0o600)
        if os.getuid() == 0:
            shutil.chown(path, "postgres", "postgres")
    superuser.execute("alter system set ssl = on")
    superuser.execute("select pg_reload_conf()")


def test_a_row_is_written_and_its_acknowledgement_is_what_the_table_holds(server: Server) -> None:
    before = datetime.now(UTC)
    beats = [write_row(server.database, lambda: TOKEN, server.tls) for _ in range(2)]
    with psycopg.connect(server.dsn) as there:
        rows = there.execute("select sequence, at, host from stormproof.heartbeat order by sequence").fetchall()
    read = parse_acknowledged("".join(f"{beat.line}\n" for beat in beats)).beats
    assert [(one.sequence, one.at) for one in read] == [(row[0], row[1]) for row in rows]
    assert {row[2] for row in rows} == {"heartbeat"}
    assert before - timedelta(seconds=1) <= read[0].at <= read[1].at
    assert read[1].sequence == read[0].sequence + 1


def test_it_sees_nothing_but_its_own_two_columns_and_changes_nothing(server: Server) -> None:
    assert server.ask("select count(sequence) from stormproof.heartbeat") != []
    for sql in (
        "select host from stormproof.heartbeat",
        "delete from stormproof.heartbeat",
        "update stormproof.heartbeat set at = now()",
        "create table stormproof.mine (a int)",
        "create table public.mine (a int)",
    ):
        with pytest.raises(PostgresFailed) as refused:
            server.ask(sql)
        assert refused.value.sqlstate == "42501", sql


def test_empty_values_and_no_rows_are_told_apart(server: Server) -> None:
    assert server.ask("select null, '', 'größe'") == [(None, "", "größe")]
    assert server.ask("select 1 where false") == []


def test_a_wrong_token_is_refused(server: Server) -> None:
    with pytest.raises(PostgresFailed, match="password authentication failed") as refused:
        server.ask("select 1", server.login(password="another"))
    assert refused.value.sqlstate == "28P01"


def test_a_token_is_never_used_for_a_login_that_is_not_iam_s(server: Server) -> None:
    with pytest.raises(PostgresFailed, match="than IAM's: grant rds_iam to it"):
        server.ask("select 1", server.login("master"))


@pytest.mark.parametrize("user", ["heartbeat", "old"])
def test_a_password_is_never_said_to_a_server_that_asks_for_less_than_scram(server: Server, user: str) -> None:
    with pytest.raises(PostgresFailed, match="than SCRAM-SHA-256"):
        server.ask("select 1", server.login(user, token=False))


def test_the_master_proves_the_password_without_saying_it(server: Server) -> None:
    login = server.login("master", password=MASTER["password"], token=False)
    assert server.ask("select current_user", login) == [("master",)]
    with pytest.raises(PostgresFailed) as refused:
        server.ask("select 1", server.login("master", password="another", token=False))
    assert refused.value.sqlstate == "28P01"


def test_the_setup_can_be_run_by_hand(server: Server) -> None:
    done = subprocess.run(
        ["psql", server.dsn, "-qX", "-v", "ON_ERROR_STOP=1", "-f", str(SCHEMA)], check=False, timeout=60, capture_output=True,
        text=True, env={**os.environ, "PGOPTIONS": "-c stormproof.heartbeat=heartbeat"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_who_looks_at_restored_copies_reads_all_and_changes_nothing(server: Server) -> None:
    with psycopg.connect(server.dsn, autocommit=True) as there:
        there.execute("create table if not exists public.orders (id int)")  # made after the login was
    verifier = server.login("verifier")
    assert server.ask("select count(*) from public.orders", verifier) == [("0",)]
    for sql in ("insert into public.orders values (1)", "create temporary table mine (a int)"):
        with pytest.raises(PostgresFailed) as refused:
            server.ask(sql, verifier)
        assert refused.value.sqlstate in ("25006", "42501"), sql
    with pytest.raises(PostgresFailed) as refused:
        server.ask("set default_transaction_read_only = off; insert into public.orders values (1)", verifier)
    assert refused.value.sqlstate in ("25006", "42501")


def test_the_setup_gives_the_login_to_iam(server: Server) -> None:
    with psycopg.connect(server.dsn) as there:
        found = there.execute("select pg_has_role('heartbeat', 'rds_iam', 'member'), rolsuper or rolcreaterole or rolcreatedb "
                              "from pg_roles where rolname = 'heartbeat'").fetchall()  # fmt: skip
    assert found == [(True, False)]


def test_a_certificate_of_another_name_is_refused(server: Server) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        server.ask("select 1", server.login(host="127.0.0.1"))


def test_a_certificate_of_an_unknown_authority_is_refused(server: Server) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        write_row(server.database, lambda: TOKEN)


def test_a_server_without_tls_gets_no_password() -> None:
    port = free_port()
    login = Login("localhost", port, "postgres", "postgres", TOKEN, token=True, application="test")
    with private_postgres(port), pytest.raises(PostgresFailed, match="offers no TLS"):
        ask(login, "select 1", trusted(), timeout_seconds=10)


def test_a_statement_that_takes_too_long_is_ended(server: Server) -> None:
    with pytest.raises(PostgresFailed) as ended:
        ask(server.login(), "select pg_sleep(60)", server.tls(), timeout_seconds=2)
    assert ended.value.sqlstate == "57014"
