"""SCRAM-SHA-256 as its specification has it, and refusals of a server that does not keep to it."""

from __future__ import annotations

import pytest

from infra.functions.postgres.scram import Scram, ScramFailed

# RFC 7677, section 3: the exchange of the user `user` with the password `pencil`. PostgreSQL takes no name in it.
NONCE = "rOprNGfwEbeRWgbNEkqO"
CHALLENGE = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"


def test_the_specification_s_exchange_comes_out() -> None:
    scram = Scram("pencil", NONCE)
    scram._bare = f"n=user,r={NONCE}"
    assert scram.first == f"n,,n=user,r={NONCE}".encode()
    assert scram.final(CHALLENGE) == (
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    scram.check(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")


def test_each_login_has_a_nonce_of_its_own() -> None:
    assert Scram("pencil").first != Scram("pencil").first


@pytest.mark.parametrize(
    ("challenge", "why"),
    [
        (CHALLENGE.replace(b"r=rOpr", b"r=another"), "does not go on from ours"),
        (b"r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "does not go on from ours"),
        (CHALLENGE.replace(b"i=4096", b"i=0"), "asks for '0' rounds"),
        (CHALLENGE.replace(b"i=4096", b"i=900000000"), "asks for '900000000' rounds"),
        (CHALLENGE.replace(b"i=4096", b"i="), "asks for '' rounds"),
        (CHALLENGE.replace(b"$k0", "ß".encode()), "not ASCII"),
    ],
)
def test_a_server_that_does_not_keep_to_it_is_refused(challenge: bytes, why: str) -> None:
    with pytest.raises(ScramFailed, match=why):
        Scram("pencil", NONCE).final(challenge)


def test_a_server_that_does_not_know_the_password_is_refused() -> None:
    scram = Scram("pencil", NONCE)
    scram.final(CHALLENGE)
    with pytest.raises(ScramFailed, match="does not know the password"):
        scram.check(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")


def test_a_proof_before_the_challenge_is_no_proof() -> None:
    with pytest.raises(ScramFailed, match="does not know the password"):
        Scram("pencil", NONCE).check(b"v=")


def test_a_password_that_would_have_to_be_normalised_is_refused() -> None:
    with pytest.raises(ScramFailed, match="not ASCII"):
        Scram("größe")
