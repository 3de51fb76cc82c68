"""Ed25519 keys on disk: made on first use, readable by their owner alone.

Two runners may make the key at the same moment: each writes a candidate, and a hard link decides whose becomes the key.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from stormproof.core.errors import SetupFailed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_PRIVATE, _PUBLIC = "evidence.key", "evidence.pub"
_PEM_BYTES_MAX = 64 * 1024


class KeyUnusable(SetupFailed):
    """The key that signs or verifies evidence is missing, unreadable, of another kind, or open to others."""


class Ed25519Signer:
    """Signs with one private key, and never shows it."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self._public = key.public_key()
        self.key_id = _key_id(self._public)

    @property
    def public_pem(self) -> bytes:
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        return self._public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data)

    def verifier(self) -> Ed25519Verifier:
        return Ed25519Verifier({self.key_id: self._public})

    def __repr__(self) -> str:
        return f"Ed25519Signer({self.key_id[:16]})"


class Ed25519Verifier:
    """Checks signatures against the public keys that it was given, by key id."""

    def __init__(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        self._keys = dict(keys)

    @property
    def key_ids(self) -> tuple[str, ...]:
        return tuple(self._keys)

    def verify(self, key_id: str, data: bytes, signature: bytes) -> bool:
        from cryptography.exceptions import InvalidSignature

        key = self._keys.get(key_id)
        if key is None:
            return False
        try:
            key.verify(signature, data)
        except InvalidSignature:
            return False
        return True


def private_key_path(folder: Path) -> Path:
    return folder / _PRIVATE


def public_key_path(folder: Path) -> Path:
    return folder / _PUBLIC


def load_or_create_signer(folder: Path) -> Ed25519Signer:
    """The key of this folder; made, with the folder (mode 0700) and its public half, when there is none yet.

    Raises: KeyUnusable.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not os.path.lexists(private_key_path(folder)):
            _create(folder)
    except OSError as error:
        raise KeyUnusable(
            f"the evidence key cannot be made: {error.strerror}",
            where=str(error.filename or folder),
            fix="make the folder writable for this user, with free space on its disk",
            code="SP711",
        ) from error
    signer = load_signer(folder)
    _publish(folder, signer)
    return signer


def load_signer(folder: Path) -> Ed25519Signer:
    """The key of this folder. Raises: KeyUnusable (missing, open to others, unreadable, another kind of key)."""
    path = private_key_path(folder)
    _refuse_open(folder, 0o700)
    _refuse_open(path, 0o600)
    data = _read(path)
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _not_a_key(path, "private") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _not_a_key(path, "private")
    return Ed25519Signer(key)


def load_verifier(*paths: Path) -> Ed25519Verifier:
    """Public keys from PEM files, one or more in each (old keys after a change of keys). Raises: KeyUnusable."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    keys: dict[str, Ed25519PublicKey] = {}
    for path in paths:
        blocks = _pem_blocks(_read(path))
        if not blocks:
            raise _not_a_key(path, "public")
        for block in blocks:
            try:
                key = load_pem_public_key(block)
            except (ValueError, UnsupportedAlgorithm) as error:
                raise _not_a_key(path, "public") from error
            if not isinstance(key, Ed25519PublicKey):
                raise _not_a_key(path, "public")
            keys[_key_id(key)] = key
    return Ed25519Verifier(keys)


def _create(folder: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    candidate = folder / f".{_PRIVATE}.{os.getpid()}.{os.urandom(4).hex()}"
    _write_new(candidate, pem, 0o600)
    try:
        os.link(candidate, private_key_path(folder))
    except FileExistsError:
        pass  # another runner was first: its key is the key
    finally:
        candidate.unlink()
    _sync_folder(folder)


def _publish(folder: Path, signer: Ed25519Signer) -> None:
    """Keep the public half beside the key; a public file that belongs to another key is a finding, not a nuisance."""
    path = public_key_path(folder)
    if path.exists():
        if signer.key_id not in load_verifier(path).key_ids:
            raise KeyUnusable(
                "the public key beside the evidence key belongs to another key",
                where=str(path),
                fix=f"find out which was replaced; to keep the private key, remove {path.name} and run again",
                code="SP714",
            )
        return
    candidate = folder / f".{_PUBLIC}.{os.getpid()}.{os.urandom(4).hex()}"
    try:
        _write_new(candidate, signer.public_pem, 0o644)
        candidate.replace(path)
    except OSError as error:
        raise KeyUnusable(
            f"the public key cannot be written: {error.strerror}",
            where=str(path),
            fix="make the folder writable for this user, with free space on its disk",
            code="SP711",
        ) from error


def _refuse_open(path: Path, mode: int) -> None:
    try:
        status = path.stat()
    except OSError as error:
        raise _unreadable(path, error) from error
    if stat.S_IMODE(status.st_mode) & ~mode & 0o777:
        raise KeyUnusable(
            f"the evidence key is open to others (mode {stat.S_IMODE(status.st_mode):04o})",
            where=str(path),
            fix=f"chmod {mode:04o} {path}; if others could read it, make a new key with `stormproof evidence keygen`",
            code="SP712",
        )
    if status.st_uid != os.geteuid():
        raise KeyUnusable(
            f"the evidence key belongs to another user (uid {status.st_uid})",
            where=str(path),
            fix="run as the key's owner, or let this user have a key of its own",
            code="SP712",
        )


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_PEM_BYTES_MAX)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> KeyUnusable:
    return KeyUnusable(
        f"the key cannot be read: {error.strerror}",
        where=str(path),
        fix="name an existing key that this user may read, or make one with `stormproof evidence keygen`",
        code="SP713",
    )


def _not_a_key(path: Path, half: str) -> KeyUnusable:
    return KeyUnusable(
        f"the file holds no {half} Ed25519 key in PEM form",
        where=str(path),
        fix=f"name the file with the {half} key (-----BEGIN {half.upper()} KEY-----)",
        code="SP713",
    )


def _pem_blocks(data: bytes) -> list[bytes]:
    end = b"-----END PUBLIC KEY-----"
    return [part + end + b"\n" for part in data.split(end)[:-1]]


def _key_id(key: Ed25519PublicKey) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _write_new(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)  # whatever the umask says
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
