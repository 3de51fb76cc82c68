"""One question to PostgreSQL over TLS, by its wire protocol (version 3, the same since 2003).

A driver of a hundred lines, so that the function has no packages: nothing to build, to vendor or to patch, and its
archive is known at preview. It knows what RDS needs, and no more: TLS with a checked name; inside of it a token in the
clear (that is how RDS takes one), or SCRAM for a password, which is never said; the simple query protocol. Everything
else is refused.
"""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from .scram import MECHANISM, Scram, ScramFailed

PROTOCOL, TLS_PLEASE = 196608, 80877103
MESSAGE_MAX = 1 << 20  # bytes; a heartbeat's answer has a hundred
AUTHENTICATED, IN_THE_CLEAR, SASL, SASL_CONTINUE, SASL_FINAL = 0, 3, 10, 11, 12


class PostgresFailed(Exception):
    """The server refused, or said what we do not know. `sqlstate`: five characters, "" without one."""

    def __init__(self, what: str, sqlstate: str = "") -> None:
        super().__init__(what)
        self.sqlstate = sqlstate


@dataclass(frozen=True)
class Login:
    """Where to, and as whom.

    Args:
        password: an IAM token with `token`, else a password.
        application: shown in pg_stat_activity.
        settings: of the session, by name.
    """

    host: str
    port: int
    database: str
    user: str
    password: str
    token: bool
    application: str
    settings: Mapping[str, str] = field(default_factory=dict)


def ask(login: Login, sql: str, tls: ssl.SSLContext, *, timeout_seconds: float) -> list[tuple[str | None, ...]]:
    """The rows that one statement gives, as texts. It was committed when this returns.

    Raises: PostgresFailed, OSError (no connection, no answer in time, a certificate that is not the server's).
    """
    with socket.create_connection((login.host, login.port), timeout=timeout_seconds) as plain:
        plain.sendall(struct.pack("!ii", 8, TLS_PLEASE))
        if _exactly(plain, 1) != b"S":
            raise PostgresFailed("the server offers no TLS")
        with tls.wrap_socket(plain, server_hostname=login.host) as secured:
            _log_in(secured, login, timeout_seconds)
            rows = _query(secured, sql)
            secured.sendall(_message(b"X", b""))
            return rows


def _log_in(peer: ssl.SSLSocket, login: Login, timeout_seconds: float) -> None:
    # The server gives up before we do, so that the reason is told.
    settings = {"statement_timeout": str(int(timeout_seconds * 750)), **login.settings}
    options = {
        "user": login.user,
        "database": login.database,
        "application_name": login.application,
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
    }
    body = struct.pack("!i", PROTOCOL) + b"".join(_text(key) + _text(value) for key, value in options.items()) + b"\0"
    peer.sendall(struct.pack("!i", len(body) + 4) + body)
    scram = None if login.token else Scram(login.password)
    while True:
        kind, content = _receive(peer)
        if kind == b"R":
            _answer(peer, login, scram, content)
        elif kind == b"Z":
            return


def _answer(peer: ssl.SSLSocket, login: Login, scram: Scram | None, content: bytes) -> None:
    """A password is never sent in the clear, and a token never used for anything else."""
    (wanted,) = struct.unpack_from("!i", content)
    try:
        if wanted == IN_THE_CLEAR and scram is None:
            peer.sendall(_message(b"p", _text(login.password)))
        elif wanted == SASL and scram is not None and MECHANISM.encode() in content[4:].split(b"\0"):
            first = scram.first
            peer.sendall(_message(b"p", _text(MECHANISM) + struct.pack("!i", len(first)) + first))
        elif wanted == SASL_CONTINUE and scram is not None:
            peer.sendall(_message(b"p", scram.final(content[4:])))
        elif wanted == SASL_FINAL and scram is not None:
            scram.check(content[4:])
        elif wanted != AUTHENTICATED:
            means = "IAM's: grant rds_iam to it" if scram is None else f"{MECHANISM}: set password_encryption to it"
            raise PostgresFailed(
                f"the server asks {login.user} for another login (authentication {wanted}) than {means}"
            )
    except ScramFailed as error:
        raise PostgresFailed(str(error)) from None


def _query(peer: ssl.SSLSocket, sql: str) -> list[tuple[str | None, ...]]:
    peer.sendall(_message(b"Q", _text(sql)))
    rows: list[tuple[str | None, ...]] = []
    while True:
        kind, content = _receive(peer)
        if kind == b"D":
            rows.append(_row(content))
        elif kind == b"Z":
            return rows


def _row(content: bytes) -> tuple[str | None, ...]:
    (count,) = struct.unpack_from("!h", content)
    place, values = 2, list[str | None]()
    for _ in range(count):
        (length,) = struct.unpack_from("!i", content, place)
        place += 4
        if length < 0:
            values.append(None)
        else:
            values.append(content[place : place + length].decode())
            place += length
    return tuple(values)


def _receive(peer: ssl.SSLSocket) -> tuple[bytes, bytes]:
    kind = _exactly(peer, 1)
    (length,) = struct.unpack("!i", _exactly(peer, 4))
    if not 4 <= length <= MESSAGE_MAX:
        raise PostgresFailed(f"a message of {length} bytes: this is no PostgreSQL")
    content = _exactly(peer, length - 4)
    if kind == b"E":
        fields = {one[:1]: one[1:].decode(errors="replace") for one in content.split(b"\0") if one}
        raise PostgresFailed(fields.get(b"M", "an error without words"), fields.get(b"C", ""))
    return kind, content


def _exactly(peer: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        part = peer.recv(count - len(found))
        if not part:
            raise PostgresFailed("the server hung up")
        found += part
    return found


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


def _text(value: str) -> bytes:
    if "\0" in value:
        raise PostgresFailed("a text with a zero byte")
    return value.encode() + b"\0"
