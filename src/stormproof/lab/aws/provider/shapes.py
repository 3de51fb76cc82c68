"""Properties into an operation's parameters, by the names and types of botocore's own shapes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from stormproof.lab.aws.provider import wire
from stormproof.lab.aws.provider.archives import zip_bytes

# How AWS calls the two members of a list that stands for a map.
_PAIRS = [
    ("Key", "Value"), ("key", "value"), ("TagKey", "TagValue"), ("Name", "Value"), ("name", "value"),
    ("ParameterKey", "ParameterValue"),
]  # fmt: skip


class Shape(Protocol):
    """The part of botocore's shapes that is used here."""

    type_name: str
    members: Mapping[str, Any]
    member: Any
    key: Any
    value: Any


@dataclass
class Mapped:
    """`taken` are top-level properties that found a member; `lost` are paths inside them that did not."""

    parameters: dict[str, Any] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)


def map_properties(shape: Shape, properties: Mapping[str, Any], rename: Mapping[str, str]) -> Mapped:
    """What a structure takes of these properties; those without a member are neither taken nor lost."""
    mapped = Mapped()
    for name, value in properties.items():
        member = find_member(shape, rename.get(name, name))
        if member is None or value is None:
            continue
        mapped.taken.add(name)
        mapped.parameters[member] = _convert(shape.members[member], value, name, rename, mapped.lost)
    return mapped


def find_member(shape: Shape, name: str) -> str | None:
    """The structure's member of this name, whatever its capitals, and singular or plural."""
    by_plain = {_plain(member): member for member in shape.members}
    return next((by_plain[form] for form in _forms(_plain(name)) if form in by_plain), None)


def pair_names(shape: Shape) -> tuple[str, str] | None:
    """The names of key and value, if this list stands for a map (tags)."""
    if shape.type_name != "list" or shape.member.type_name != "structure":
        return None
    members = set(shape.member.members)
    return next((pair for pair in _PAIRS if members >= set(pair)), None)


def tags_as(shape: Shape, tags: Mapping[str, str]) -> Any:
    """Tags as the shape wants them: a map, or a list of pairs."""
    names = pair_names(shape)
    if names is None:
        return dict(tags)
    return [{names[0]: key, names[1]: value} for key, value in tags.items()]


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _forms(name: str) -> Iterator[str]:
    yield name
    if name.endswith("ies"):
        yield name[:-3] + "y"
    if name.endswith("s"):
        yield name[:-1]
    yield name + "s"
    if name.endswith("y"):
        yield name[:-1] + "ies"


def _convert(shape: Shape, value: Any, path: str, rename: Mapping[str, str], lost: set[str]) -> Any:
    match shape.type_name:
        case "structure":
            return _structure(shape, value, path, rename, lost)
        case "list":
            if isinstance(value, Mapping) and pair_names(shape) and not _is_block_of(shape.member, value):
                return tags_as(shape, {key: str(inner) for key, inner in value.items()})
            items = value if isinstance(value, list) else [value]
            return [_convert(shape.member, item, path, rename, lost) for item in items]
        case "map" if isinstance(value, Mapping):
            return {key: _convert(shape.value, item, f"{path}.{key}", rename, lost) for key, item in value.items()}
        case "integer" | "long":
            return int(value)
        case "float" | "double":
            return float(value)
        case "boolean":
            return value if isinstance(value, bool) else str(value).lower() == "true"
        case "blob":
            return zip_bytes(value) if wire.is_file(value) else str(value).encode()
        case _:
            return as_text(value)


def _is_block_of(shape: Shape, value: Mapping[str, Any]) -> bool:
    """Whether a single block was given where the API has a list of such."""
    return bool(value) and all(find_member(shape, name) is not None for name in value)


def _structure(shape: Shape, value: Any, path: str, rename: Mapping[str, str], lost: set[str]) -> Any:
    if isinstance(value, list):
        value = value[0] if value else {}
    if not isinstance(value, Mapping):
        lost.add(path)
        return {}
    filled = {}
    for name, inner in value.items():
        where = f"{path}.{name}"
        member = find_member(shape, rename.get(where, name))
        if inner is None:
            continue
        if member is None:
            lost.add(where)
        else:
            filled[member] = _convert(shape.members[member], inner, where, rename, lost)
    return filled


def as_text(value: Any) -> str:
    """A scalar as AWS writes it in a text: whole numbers without a point, true and false small, blocks as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    return str(value)
