"""Role passwords as SCRAM-SHA-256 verifiers (RFC 5803), so that no server log or statement can hold a password."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

ITERATIONS = 4096  # PostgreSQL 15: scram_iterations was fixed at this before version 16
SALT_BYTES = 16


def scram_verifier(password: str, *, salt: bytes | None = None) -> str:
    """The text that PostgreSQL keeps in pg_authid.rolpassword and takes in `create role … password`.

    Args:
        password: ASCII only, so that SASLprep changes nothing; the lab makes its passwords that way.
        salt: 16 random bytes unless given.
    """
    assert password.isascii(), "a password of the lab is ASCII"
    salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")

    def text(value: bytes) -> str:
        return base64.b64encode(value).decode()

    return f"SCRAM-SHA-256${ITERATIONS}:{text(salt)}${text(stored_key)}:{text(server_key)}"
