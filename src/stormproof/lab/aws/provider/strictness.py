"""Check: a resource's inputs against the types of pulumi_aws. Every mistake is named with its property's path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from stormproof.lab.aws.provider import wire
from stormproof.lab.aws.provider.argument_types import ArgumentType, ListOf, MapOf, Nested, OneOf, Scalar, describe
from stormproof.lab.aws.provider.catalogue import Catalogue, Property


@dataclass(frozen=True, slots=True)
class Mistake:
    """`property` is a path as Pulumi writes it: `rules[0].ruleName`; empty for the resource as a whole."""

    property: str
    reason: str


def check_inputs(catalogue: Catalogue, token: str, inputs: Mapping[str, Any]) -> list[Mistake]:
    """Every mistake in the (unwrapped) inputs; unknown values are let through, whatever they will be."""
    found = catalogue.resource(token)
    if found is None:
        near = get_close_matches(token, sorted(catalogue.tokens()), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        return [Mistake("", f"pulumi_aws has no resource type {token}{hint}")]
    return list(_block(catalogue, found.inputs, inputs, ""))


def check_block(catalogue: Catalogue, declared: Mapping[str, Property], given: Mapping[str, Any]) -> list[Mistake]:
    """Every mistake in the values of one block, here the provider's own."""
    return list(_block(catalogue, declared, given, ""))


def _block(
    catalogue: Catalogue, declared: Mapping[str, Property], given: Mapping[str, Any], path: str
) -> Iterator[Mistake]:
    for name, value in given.items():
        where = f"{path}.{name}" if path else name
        if name not in declared:
            near = get_close_matches(name, sorted(declared), n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield Mistake(where, f"unknown property{hint}")
        elif value is not None:
            yield from _value(catalogue, declared[name].kind, value, where)
    for name, wanted in declared.items():
        if wanted.required and given.get(name) is None:
            yield Mistake(f"{path}.{name}" if path else name, "required, and not given")


def _value(catalogue: Catalogue, kind: ArgumentType, value: Any, path: str) -> Iterator[Mistake]:
    if wire.is_unknown(value):
        return
    match kind:
        case Scalar():
            if not _fits(kind, value):
                yield _wrong(kind, value, path)
        case ListOf(item=item):
            if not isinstance(value, list):
                yield _wrong(kind, value, path)
                return
            for index, inner in enumerate(value):
                yield from _value(catalogue, item, inner, f"{path}[{index}]")
        case MapOf(value=inner_kind):
            if not isinstance(value, dict) or wire.is_file(value):
                yield _wrong(kind, value, path)
                return
            for name, inner in value.items():
                yield from _value(catalogue, inner_kind, inner, f"{path}.{name}")
        case Nested():
            if not isinstance(value, dict) or wire.is_file(value):
                yield _wrong(kind, value, path)
                return
            declared = catalogue.block(kind)
            if declared is not None:
                yield from _block(catalogue, declared, value, path)
        case OneOf(choices=choices):
            yield from _one_of(catalogue, choices, value, path)


def _one_of(catalogue: Catalogue, choices: tuple[ArgumentType, ...], value: Any, path: str) -> Iterator[Mistake]:
    """No mistake if one choice has none; else the mistakes of the choice that came nearest."""
    tried = [list(_value(catalogue, choice, value, path)) for choice in choices]
    if all(tried):
        deeper = [mistakes for mistakes in tried if mistakes[0].property != path]
        yield from deeper[0] if deeper else [_wrong(OneOf(choices), value, path)]


def _fits(kind: Scalar, value: Any) -> bool:
    match kind.name:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, (int, float)) and not isinstance(value, bool) and float(value).is_integer()
        case "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case "asset":
            return wire.is_file(value)
        case "anything":
            return True


def _wrong(kind: ArgumentType, value: Any, path: str) -> Mistake:
    return Mistake(path, f"must be {describe(kind)}, not {_describe_value(value)}")


def _describe_value(value: Any) -> str:
    """What was given, by kind alone: a value may be a secret."""
    match value:
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case dict():
            return "an asset" if wire.is_file(value) else "a map"
        case _:
            return "nothing"
