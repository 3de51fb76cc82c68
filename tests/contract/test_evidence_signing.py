"""Keys on disk: made once, for their owner alone, and never used when others could have read them."""

from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from stormproof.adapters.signing import (
    KeyUnusable,
    load_or_create_signer,
    load_signer,
    load_verifier,
    private_key_path,
    public_key_path,
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def message(caught: pytest.ExceptionInfo[KeyUnusable]) -> str:
    assert caught.value.exit_code == 69
    return str(caught.value)


def test_the_first_use_makes_a_key_for_its_owner_alone_and_its_public_half(tmp_path):
    folder = tmp_path / "state" / "keys"
    signer = load_or_create_signer(folder)
    assert (mode(folder), mode(private_key_path(folder)), mode(public_key_path(folder))) == (0o700, 0o600, 0o644)
    assert private_key_path(folder).read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----\n")
    assert public_key_path(folder).read_bytes() == signer.public_pem
    assert sorted(path.name for path in folder.iterdir()) == ["evidence.key", "evidence.pub"]


def test_the_second_use_takes_the_same_key(tmp_path):
    assert load_or_create_signer(tmp_path / "k").key_id == load_or_create_signer(tmp_path / "k").key_id


def _first_use(folder: str) -> str:
    return load_or_create_signer(Path(folder)).key_id


def test_runners_that_start_together_end_up_with_one_key(tmp_path):
    with multiprocessing.get_context("fork").Pool(6) as pool:
        key_ids = pool.map(_first_use, [str(tmp_path / "k")] * 24, chunksize=1)
    assert len(set(key_ids)) == 1
    assert sorted(path.name for path in (tmp_path / "k").iterdir()) == ["evidence.key", "evidence.pub"]


def test_a_lost_public_half_is_written_again(tmp_path):
    signer = load_or_create_signer(tmp_path / "k")
    public_key_path(tmp_path / "k").unlink()
    load_or_create_signer(tmp_path / "k")
    assert load_verifier(public_key_path(tmp_path / "k")).key_ids == (signer.key_id,)


@pytest.mark.parametrize("open_to", [0o640, 0o604, 0o644, 0o660])
def test_a_key_that_others_may_read_is_not_used(tmp_path, open_to):
    load_or_create_signer(tmp_path / "k")
    path = private_key_path(tmp_path / "k")
    path.chmod(open_to)
    with pytest.raises(KeyUnusable) as caught:
        load_or_create_signer(tmp_path / "k")
    assert message(caught) == (
        f"error SP712: the evidence key is open to others (mode {open_to:04o})\n"
        f"  where: {path}\n"
        f"  fix:   chmod 0600 {path}; if others could read it, make a new key with `stormproof evidence keygen`"
    )


def test_a_key_folder_that_others_may_enter_is_not_used(tmp_path):
    load_or_create_signer(tmp_path / "k")
    (tmp_path / "k").chmod(0o755)
    with pytest.raises(KeyUnusable) as caught:
        load_signer(tmp_path / "k")
    assert "the evidence key is open to others (mode 0755)" in message(caught)


def test_a_missing_key_is_never_made_by_reading(tmp_path):
    (tmp_path / "k").mkdir(mode=0o700)
    with pytest.raises(KeyUnusable) as caught:
        load_signer(tmp_path / "k")
    assert message(caught) == (
        "error SP713: the key cannot be read: No such file or directory\n"
        f"  where: {tmp_path / 'k' / 'evidence.key'}\n"
        "  fix:   name an existing key that this user may read, or make one with `stormproof evidence keygen`"
    )


def test_a_swapped_public_half_is_noticed(tmp_path):
    load_or_create_signer(tmp_path / "k")
    other = load_or_create_signer(tmp_path / "other")
    public_key_path(tmp_path / "k").write_bytes(other.public_pem)
    with pytest.raises(KeyUnusable) as caught:
        load_or_create_signer(tmp_path / "k")
    assert "SP714: the public key beside the evidence key belongs to another key" in message(caught)


@pytest.mark.parametrize(
    "content", [b"", b"garbage", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_damaged_key_is_said_and_not_replaced(tmp_path, content):
    load_or_create_signer(tmp_path / "k")
    path = private_key_path(tmp_path / "k")
    path.write_bytes(content)
    with pytest.raises(KeyUnusable) as caught:
        load_or_create_signer(tmp_path / "k")
    assert "SP713: the file holds no private Ed25519 key in PEM form" in message(caught)
    assert path.read_bytes() == content


def test_a_key_of_another_kind_is_not_used(tmp_path):
    (tmp_path / "k").mkdir(mode=0o700)
    key = generate_private_key(SECP256R1())
    path = private_key_path(tmp_path / "k")
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)
    (tmp_path / "pub").write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(KeyUnusable, match="no private Ed25519 key"):
        load_signer(tmp_path / "k")
    with pytest.raises(KeyUnusable, match="no public Ed25519 key"):
        load_verifier(tmp_path / "pub")


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(KeyUnusable) as caught:
        load_or_create_signer(tmp_path / "file" / "keys")
    assert "SP711: the evidence key cannot be made: Not a directory" in message(caught)


def test_a_private_key_is_no_public_key(tmp_path):
    load_or_create_signer(tmp_path / "k")
    with pytest.raises(KeyUnusable, match="no public Ed25519 key"):
        load_verifier(private_key_path(tmp_path / "k"))


def test_old_and_new_public_keys_may_stand_in_one_file(tmp_path):
    signers = [load_or_create_signer(tmp_path / name) for name in ("old", "new")]
    (tmp_path / "both.pub").write_bytes(b"".join(signer.public_pem for signer in signers))
    assert set(load_verifier(tmp_path / "both.pub").key_ids) == {signer.key_id for signer in signers}


def test_a_signer_never_shows_its_key(tmp_path):
    signer = load_or_create_signer(tmp_path / "k")
    assert repr(signer) == f"Ed25519Signer({signer.key_id[:16]})"
