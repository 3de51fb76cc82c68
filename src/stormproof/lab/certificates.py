"""X.509 certificates for pgBackRest's TLS server: one authority, the vault's server, the recovery host's client.

The authority's private key is forgotten once both are signed: nobody can ever add a third.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from stormproof.core.errors import SetupFailed
from stormproof.lab.identities import filled
from stormproof.lab.kept_file import Damaged, expect, read_kept
from stormproof.lab.state import write_whole

VALID_DAYS = 3650  # of a lab that is destroyed long before
_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----\n([A-Za-z0-9+/=]{1,80}\n)+-----END \1-----\n")
NAMES = ("tls-ca.crt", "tls-vault.crt", "tls-vault.key", "tls-recovery-1.crt", "tls-recovery-1.key")


@dataclass(frozen=True, slots=True, repr=False)
class Certificates:
    """PEM texts. No repr: two of them are private."""

    authority: str
    server: str
    server_key: str
    client: str
    client_key: str

    def __repr__(self) -> str:
        return "Certificates(…)"


def read_or_make(folder: Path, *, server: str, client: str) -> Certificates:
    """The lab's own five files in `folder` (mode 0600); made anew, all of them, when one is missing.

    Raises SetupFailed: one of them is damaged.
    """
    if not all(filled(folder / name) for name in NAMES):
        made = _made(server, client)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, text in zip(NAMES, made, strict=True):
            write_whole(folder / name, text, durable=False)
    return Certificates(*(_pem(folder / name) for name in NAMES))


def _pem(path: Path) -> str:
    try:
        text = read_kept(path) or ""
        expect(_PEM.fullmatch(text) is not None, "it is no certificate and no key")
    except Damaged as error:
        raise SetupFailed(
            f"a certificate of the lab cannot be used: {error}",
            where=str(path),
            fix="run `stormproof lab down`, delete that file, then `lab up`: all of them are made anew",
            code="SP690",
        ) from error
    return text


def _made(server: str, client: str) -> tuple[str, ...]:
    # Slow to import, and needed at the first bring-up only.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    now = datetime.now(UTC)

    def name(common: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])

    def signed(subject: str, public: ec.EllipticCurvePublicKey, *, is_authority: bool) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name("lab authority"))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))  # a host's clock may be a little behind
            .not_valid_after(now + timedelta(days=VALID_DAYS))
            .add_extension(
                x509.BasicConstraints(ca=is_authority, path_length=0 if is_authority else None), critical=True
            )
        )
        if not is_authority:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(subject)]), critical=False)
        return builder.sign(authority, hashes.SHA256())

    def key_text(key: ec.EllipticCurvePrivateKey) -> str:
        return key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    def text(certificate: x509.Certificate) -> str:
        return certificate.public_bytes(serialization.Encoding.PEM).decode()

    authority, server_key, client_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    return (
        text(signed("lab authority", authority.public_key(), is_authority=True)),
        text(signed(server, server_key.public_key(), is_authority=False)),
        key_text(server_key),
        text(signed(client, client_key.public_key(), is_authority=False)),
        key_text(client_key),
    )
