"""SCRAM-SHA-256, the client's side (RFC 5802, RFC 7677): both sides prove that they know the password, and none says it.

Without channel binding: it runs inside of TLS whose certificate was checked. Passwords are ASCII (RDS makes such ones), so
nothing has to be normalised.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

MECHANISM = "SCRAM-SHA-256"
ROUNDS_MAX = 1_000_000  # a server that asks for more wants to keep us busy; PostgreSQL's default is 4096
NO_BINDING = "n,,"


class ScramFailed(Exception):
    """The server does not keep to the protocol, or does not know the password itself."""


class Scram:
    """One login: `first`, then `final` with what the server answered, then `check` with its proof."""

    def __init__(self, password: str, nonce: str | None = None) -> None:
        if not password.isascii():
            raise ScramFailed("the password is not ASCII")
        self._password = password.encode()
        self._nonce = nonce or secrets.token_urlsafe(24)
        self._bare = f"n=,r={self._nonce}"  # PostgreSQL takes the name from the connection
        self._expected = b""

    @property
    def first(self) -> bytes:
        return f"{NO_BINDING}{self._bare}".encode()

    def final(self, challenge: bytes) -> bytes:
        """Raises ScramFailed."""
        fields = _fields(challenge)
        nonce, salt, rounds = fields.get("r", ""), fields.get("s", ""), fields.get("i", "")
        if not nonce.startswith(self._nonce) or nonce == self._nonce:
            raise ScramFailed("the server's nonce does not go on from ours")
        if not rounds.isdecimal() or not 1 <= int(rounds) <= ROUNDS_MAX:
            raise ScramFailed(f"the server asks for {rounds!r} rounds")
        salted = hashlib.pbkdf2_hmac("sha256", self._password, base64.b64decode(salt), int(rounds))
        said = f"c={base64.b64encode(NO_BINDING.encode()).decode()},r={nonce}"
        message = f"{self._bare},{challenge.decode()},{said}".encode()
        client = _hmac(salted, b"Client Key")
        signature = _hmac(hashlib.sha256(client).digest(), message)
        self._expected = _hmac(_hmac(salted, b"Server Key"), message)
        proof = bytes(a ^ b for a, b in zip(client, signature, strict=True))
        return f"{said},p={base64.b64encode(proof).decode()}".encode()

    def check(self, proof: bytes) -> None:
        """Raises ScramFailed."""
        given = base64.b64decode(_fields(proof).get("v", ""))
        if not self._expected or not hmac.compare_digest(given, self._expected):
            raise ScramFailed("the server does not know the password: it is not the one that we mean")


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def _fields(text: bytes) -> dict[str, str]:
    try:
        return {one[:1]: one[2:] for one in text.decode("ascii").split(",") if one[1:2] == "="}
    except UnicodeDecodeError:
        raise ScramFailed("the server's answer is not ASCII") from None
