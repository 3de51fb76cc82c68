"""DSSE envelopes in one canonical form, so that any changed byte of a file can be seen.

DSSE signs the payload and its type only; white space, key order or added keys of the envelope around them would go
unnoticed. We write one form and accept no other: sorted keys, no white space, strict base64, one newline at the end.
Any DSSE library reads that form. Source: https://github.com/secure-systems-lab/dsse (protocol.md, envelope.md), v1.0.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any, Protocol

PAYLOAD_TYPE = "application/vnd.in-toto+json"

_HEAD = b'{"payload":"'
_TAIL = re.compile(
    rb'","payloadType":"application/vnd\.in-toto\+json",'
    rb'"signatures":\[\{"keyid":"([0-9a-f]{64})","sig":"([A-Za-z0-9+/]{86}==)"\}\]\}\n'
)
_TAIL_BYTES = 237  # one length always: key id and signature have one


class Signer(Protocol):
    """Holds a private key and never shows it. `key_id`: SHA-256 over the public key (DER, SubjectPublicKeyInfo), hex."""

    @property
    def key_id(self) -> str: ...

    def sign(self, data: bytes) -> bytes: ...


class Verifier(Protocol):
    """Knows public keys. False for a key id it does not know as well as for a signature that does not fit."""

    @property
    def key_ids(self) -> tuple[str, ...]: ...

    def verify(self, key_id: str, data: bytes, signature: bytes) -> bool: ...


@dataclass(frozen=True, slots=True)
class Envelope:
    """One signed payload, as it came out of its canonical form."""

    payload: bytes
    key_id: str
    signature: bytes

    def verify(self, verifier: Verifier) -> bool:
        return verifier.verify(self.key_id, pae(self.payload), self.signature)


class NotCanonical(ValueError):
    """The bytes are no envelope in our form. The message says what differs, for people."""


def pae(payload: bytes, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """DSSE's pre-authentication encoding: what is really signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(payload: bytes, signer: Signer) -> bytes:
    """The envelope file's bytes."""
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": signer.key_id, "sig": base64.b64encode(signer.sign(pae(payload))).decode()}],
    }
    return canonical_json(envelope) + b"\n"


def parse(data: bytes) -> Envelope:
    """Read an envelope in canonical form. Raises NotCanonical, which names the difference."""
    tail = _TAIL.fullmatch(data[-_TAIL_BYTES:])
    if tail is None or not data.startswith(_HEAD):
        raise NotCanonical(_what_differs(data))
    key_id, signature = tail.groups()
    payload = _base64("payload", data[len(_HEAD) : -_TAIL_BYTES])
    return Envelope(payload, key_id.decode(), _base64("signature", signature))


def parse_leniently(data: bytes) -> Envelope:
    """Read an envelope whatever its form, to show what a changed file says; never to trust it. Raises NotCanonical."""
    try:
        return parse(data)
    except NotCanonical:
        try:
            document = json.loads(data)
            return Envelope(binascii.a2b_base64(document["payload"]), "", b"")
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise NotCanonical(_what_differs(data)) from error


def canonical_json(document: Any) -> bytes:
    """Sorted keys, no white space, UTF-8, no NaN: equal documents are equal bytes."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _base64(name: str, text: bytes) -> bytes:
    try:
        value = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error as error:
        raise NotCanonical(f"the {name} is not base64 in canonical form") from error
    # Unused bits of the last character may differ without changing the value; only the last group can hold them.
    tail = text[-4:]
    if binascii.b2a_base64(binascii.a2b_base64(tail), newline=False) != tail:
        raise NotCanonical(f"the {name} is not base64 in canonical form")
    return value


def _what_differs(data: bytes) -> str:
    """Say for people why the bytes are not canonical. Runs only when something is wrong already."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return "the file is not JSON: cut short or overwritten"
    if not isinstance(document, dict):
        return "the file is not a DSSE envelope"
    wanted = {"payload", "payloadType", "signatures"}
    if added := sorted(set(document) - wanted):
        return f"the envelope has keys that were never signed: {_names(added)}"
    if missing := sorted(wanted - set(document)):
        return f"the envelope lacks {_names(missing)}"
    if document["payloadType"] != PAYLOAD_TYPE:
        return f"the payload type is not {PAYLOAD_TYPE}"
    signatures = document["signatures"]
    if not isinstance(signatures, list) or len(signatures) != 1 or not isinstance(signatures[0], dict):
        return "the envelope does not have exactly one signature"
    if set(signatures[0]) != {"keyid", "sig"}:
        return "the signature has other keys than keyid and sig"
    canonical = canonical_json(document) + b"\n"
    if canonical != data and canonical.startswith(_HEAD) and _TAIL.fullmatch(canonical[-_TAIL_BYTES:]):
        return "white space, key order or escapes around the signed payload were changed"
    return "the payload, key id or signature is not in canonical form"


def _names(keys: list[str]) -> str:
    shown = ", ".join(repr(key)[:40] for key in keys[:3])
    return shown if len(keys) <= 3 else f"{shown} and {len(keys) - 3} more"
