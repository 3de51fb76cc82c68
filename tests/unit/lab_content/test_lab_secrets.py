"""Secrets of the lab: made once, read by nobody else, never in a text by accident."""

from __future__ import annotations

import pytest

from stormproof.core.errors import SetupFailed
from stormproof.lab.lab_secrets import NAMES, read_or_make
from stormproof.lab.scram import scram_verifier


def test_secrets_are_made_once_and_private(tmp_path):
    first = read_or_make(tmp_path / "keys")
    again = read_or_make(tmp_path / "keys")
    assert first == again
    assert len({(tmp_path / "keys" / name).read_text() for name in NAMES}) == len(NAMES)
    assert {(tmp_path / "keys" / name).stat().st_mode & 0o777 for name in NAMES} == {0o600}


def test_a_secret_that_others_can_read_is_refused(tmp_path):
    read_or_make(tmp_path)
    path = tmp_path / "restic-password"
    path.chmod(0o640)
    with pytest.raises(SetupFailed) as failed:
        read_or_make(tmp_path)
    assert str(failed.value) == (
        "error SP690: the lab's secret 'restic-password' can be read by others\n"
        f"  where: {path}\n"
        f"  fix:   chmod 600 {path}"
    )


def test_an_empty_secret_is_refused(tmp_path):
    read_or_make(tmp_path)
    path = tmp_path / "shop_app"
    path.write_text("\n")
    with pytest.raises(SetupFailed) as failed:
        read_or_make(tmp_path)
    assert failed.value.what == "the lab's secret 'shop_app' cannot be read: it is empty"


def test_a_half_made_secret_of_a_killed_run_is_made_anew(tmp_path):
    (tmp_path / ".shop_app.new").write_text("half")
    assert read_or_make(tmp_path).shop_app != "half"


def test_secrets_do_not_show_in_a_representation(tmp_path):
    secrets = read_or_make(tmp_path)
    assert repr(secrets) == "LabSecrets(…)"


def test_the_verifier_is_the_one_of_rfc_7677():
    """RFC 7677 section 3: user 'user', password 'pencil', this salt, 4096 rounds."""
    import base64

    salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    assert scram_verifier("pencil", salt=salt) == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ=="
        "$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )


def test_verifiers_of_one_password_differ_by_salt():
    assert scram_verifier("a") != scram_verifier("a")
