"""Property values on Pulumi's wire: a Struct with sentinels for what is unknown, secret, or a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format, struct_pb2

# Pulumi SDK: runtime/rpc.py. Texts that no real value has.
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a mark on the wire, not a secret
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
# The SDK has a sentinel of its own for each kind of unknown; the engine sends the first.
UNKNOWNS = frozenset({UNKNOWN})


def from_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """As JSON: every number is a float, as the wire has no other."""
    found: dict[str, Any] = json_format.MessageToDict(struct)
    return found


def to_struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update({name: value for name, value in values.items() if value is not None})
    return struct


def unwrap(value: Any) -> Any:
    """The value without its marks of secrecy, whole numbers whole, at every depth. Unknowns and files stay as they are."""
    if isinstance(value, dict):
        mark = value.get(SIGNATURE)
        if mark in {SECRET, OUTPUT}:
            return unwrap(value["value"]) if "value" in value else UNKNOWN
        if mark == RESOURCE:
            return value.get("id") or value.get("urn")
        if mark in {ASSET, ARCHIVE}:
            return value
        return {name: unwrap(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [unwrap(inner) for inner in value]
    # The wire has floats alone; AWS wants whole numbers whole.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def unwrap_all(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: unwrap(value) for name, value in values.items() if value is not None}


def is_unknown(value: Any) -> bool:
    """Whether the value itself is not known yet."""
    return isinstance(value, str) and value in UNKNOWNS


def has_unknown(value: Any) -> bool:
    """Whether anything inside is not known yet."""
    if isinstance(value, dict):
        return any(has_unknown(inner) for inner in value.values())
    if isinstance(value, list):
        return any(has_unknown(inner) for inner in value)
    return is_unknown(value)


def is_file(value: Any) -> bool:
    """Whether this is an asset or an archive."""
    return isinstance(value, dict) and value.get(SIGNATURE) in {ASSET, ARCHIVE}
