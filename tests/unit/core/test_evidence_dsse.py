"""The envelope: one canonical form, so that any changed byte shows."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stormproof.adapters.signing import Ed25519Signer
from stormproof.core import dsse

PAYLOAD = b'{"a":1,"name":"\xc3\xa4"}'
SIGNER = Ed25519Signer(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


def envelope() -> dict[str, object]:
    return json.loads(dsse.sign(PAYLOAD, SIGNER))


def canonical(document: object) -> bytes:
    return dsse.canonical_json(document) + b"\n"


def why(data: bytes) -> str:
    with pytest.raises(dsse.NotCanonical) as caught:
        dsse.parse(data)
    return str(caught.value)


def test_what_is_signed_is_the_encoding_of_the_specification():
    # The example of DSSE's protocol.md.
    assert dsse.pae(b"hello world", "http://example.com/HelloWorld") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_a_signed_payload_comes_back_and_its_signature_holds():
    read = dsse.parse(dsse.sign(PAYLOAD, SIGNER))
    assert read.payload == PAYLOAD
    assert read.verify(SIGNER.verifier())


def test_another_key_does_not_verify():
    other = Ed25519Signer(Ed25519PrivateKey.generate())
    assert not dsse.parse(dsse.sign(PAYLOAD, SIGNER)).verify(other.verifier())


def test_no_single_changed_byte_is_accepted_anywhere_in_the_file():
    data = dsse.sign(PAYLOAD, SIGNER)
    verifier = SIGNER.verifier()
    for position in range(len(data)):
        for change in (data[position] ^ 1, data[position] ^ 0x20, ord(" "), ord("A")):
            if change == data[position]:
                continue
            changed = data[:position] + bytes([change]) + data[position + 1 :]
            try:
                accepted = dsse.parse(changed).verify(verifier)
            except dsse.NotCanonical:
                accepted = False
            assert not accepted, (position, change)


def test_no_removed_or_added_byte_is_accepted_anywhere_in_the_file():
    data = dsse.sign(PAYLOAD, SIGNER)
    verifier = SIGNER.verifier()
    for position in range(len(data)):
        for changed in (data[:position] + data[position + 1 :], data[:position] + b" " + data[position:]):
            try:
                accepted = dsse.parse(changed).verify(verifier)
            except dsse.NotCanonical:
                accepted = False
            assert not accepted, position


def test_white_space_outside_the_payload_is_named():
    spaced = json.dumps(envelope(), indent=1).encode()
    assert why(spaced) == "white space, key order or escapes around the signed payload were changed"


def test_key_order_is_named():
    turned = json.dumps(dict(reversed(envelope().items())), separators=(",", ":")).encode() + b"\n"
    assert why(turned) == "white space, key order or escapes around the signed payload were changed"


def test_an_added_key_is_named():
    assert (
        why(canonical({**envelope(), "note": "all is well"})) == "the envelope has keys that were never signed: 'note'"
    )


def test_a_missing_key_is_named():
    document = envelope()
    del document["signatures"]
    assert why(canonical(document)) == "the envelope lacks 'signatures'"


def test_a_second_signature_is_not_accepted():
    document = envelope()
    document["signatures"] = document["signatures"] * 2
    assert why(canonical(document)) == "the envelope does not have exactly one signature"


def test_an_added_key_in_the_signature_is_named():
    document = envelope()
    document["signatures"][0]["cert"] = "x"
    assert why(canonical(document)) == "the signature has other keys than keyid and sig"


def test_another_payload_type_is_named():
    assert why(canonical({**envelope(), "payloadType": "text/plain"})) == (
        "the payload type is not application/vnd.in-toto+json"
    )


def test_base64_with_other_unused_bits_is_not_canonical():
    document = envelope()
    assert base64.b64encode(b"ab") == b"YWI="
    document["payload"] = "YWJ="  # also decodes to b"ab"
    assert why(canonical(document)) == "the payload is not base64 in canonical form"


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"null", b"[]", b"1", b'"x"', b"[" * 100_000])
def test_what_is_no_envelope_is_said_and_never_a_crash(data):
    assert why(data) in (
        "the file is not JSON: cut short or overwritten",
        "the file is not a DSSE envelope",
    )


def test_reading_leniently_shows_a_changed_file_but_its_signature_never_holds():
    spaced = json.dumps(envelope(), indent=1).encode()
    read = dsse.parse_leniently(spaced)
    assert read.payload == PAYLOAD
    assert not read.verify(SIGNER.verifier())
