"""The heartbeat's row, against a real PostgreSQL that takes what RDS takes: TLS, and a token as password in the clear."""

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

from infra.functions.heartbeat.postgres import Login, PostgresFailed, ask
from infra.functions.heartbeat.stores import Database, trusted, write_row
from stormproof.core.heartbeat import parse_acknowledged
from stormproof.lab.certificates import Certificates, read_or_make

pytestmark = pytest.mark.component

SCHEMA = Path(__file__).parents[3] / "infra/functions/heartbeat/schema.sql"
TOKEN = "a-token/which?is=longer&than-a-password" * 30  # an IAM token has a thousand characters and more
HBA = """local all all trust
hostssl all heartbeat 127.0.0.1/32 password
hostssl all modern 127.0.0.1/32 scram-sha-256
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

    def tls(self) -> ssl.SSLContext:
        context = trusted()
        context.load_verify_locations(cadata=self.authority)
        return context

    def login(self, user: str = "heartbeat", *, password: str = TOKEN, host: str = "localhost") -> Login:
        return Login(host, self.port, "postgres", user, password)

    def ask(self, sql: str, login: Login | None = None) -> list[tuple[str | None, ...]]:
        return ask(login or self.login(), sql, self.tls(), timeout_seconds=10)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    certificates = read_or_make(tmp_path_factory.mktemp("certificates"), server="localhost", client="heartbeat")
    port = free_port()
    with private_postgres(port) as dsn, psycopg.connect(dsn, autocommit=True) as superuser:
        superuser.execute("create role rds_iam; create role modern login password 'x'")
        for _ in range(2):  # the file may be repeated
            subprocess.run(
                ["psql", dsn, "-qX", "-v", "ON_ERROR_STOP=1", "-v", "heartbeat=heartbeat", "-f", str(SCHEMA)],
                check=True, stdout=subprocess.DEVNULL, timeout=60,
            )  # fmt: skip
        superuser.execute(f"alter role heartbeat password '{TOKEN}'")  # where RDS asks IAM
        _take_tls_only(superuser, certificates)
        yield Server(port, dsn, certificates.authority)


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


def test_a_login_that_is_not_iam_s_says_what_to_grant(server: Server) -> None:
    with pytest.raises(PostgresFailed, match="grant rds_iam to it"):
        server.ask("select 1", server.login("modern"))


def test_a_certificate_of_another_name_is_refused(server: Server) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        server.ask("select 1", server.login(host="127.0.0.1"))


def test_a_certificate_of_an_unknown_authority_is_refused(server: Server) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        write_row(server.database, lambda: TOKEN)


def test_a_server_without_tls_gets_no_password() -> None:
    port = free_port()
    with private_postgres(port), pytest.raises(PostgresFailed, match="offers no TLS"):
        ask(Login("localhost", port, "postgres", "postgres", TOKEN), "select 1", trusted(), timeout_seconds=10)


def test_a_statement_that_takes_too_long_is_ended(server: Server) -> None:
    with pytest.raises(PostgresFailed) as ended:
        ask(server.login(), "select pg_sleep(60)", server.tls(), timeout_seconds=2)
    assert ended.value.sqlstate == "57014"
