"""The types of an argument as pulumi_aws declares them: what a property's value may be."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Literal, TypeAlias

ScalarName: TypeAlias = Literal["string", "integer", "number", "boolean", "asset", "anything"]


@dataclass(frozen=True, slots=True)
class Scalar:
    name: ScalarName


@dataclass(frozen=True, slots=True)
class ListOf:
    item: ArgumentType


@dataclass(frozen=True, slots=True)
class MapOf:
    value: ArgumentType


@dataclass(frozen=True, slots=True)
class Nested:
    """A block: the class `class_name` of `module`'s own `_inputs.py`."""

    class_name: str
    module: str


@dataclass(frozen=True, slots=True)
class OneOf:
    choices: tuple[ArgumentType, ...]


ArgumentType: TypeAlias = Scalar | ListOf | MapOf | Nested | OneOf

_BUILTINS: dict[str, ScalarName] = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}


def parse_annotation(node: ast.expr, module: str) -> ArgumentType:
    """The type behind `pulumi.Input[Optional[Sequence[…]]]`; wrappers fall away, enumerations are their strings."""
    match node:
        case ast.Constant(value=str(reference)):
            return _reference(reference, module)
        case ast.Attribute(value=ast.Name(id="_builtins"), attr=name):
            return Scalar(_BUILTINS.get(name, "anything"))
        case ast.Attribute(attr="Asset" | "Archive"):
            return Scalar("asset")
        case ast.Name(id="str"):
            return Scalar("string")
        case ast.Subscript(value=outer, slice=inner):
            return _generic(_last_name(outer), inner, module)
        case _:
            return Scalar("anything")


def _generic(name: str, inner: ast.expr, module: str) -> ArgumentType:
    if name in {"Input", "Optional"}:
        return parse_annotation(inner, module)
    if name == "Sequence":
        return ListOf(parse_annotation(inner, module))
    if name == "Mapping" and isinstance(inner, ast.Tuple):
        return MapOf(parse_annotation(inner.elts[1], module))
    if name == "Union" and isinstance(inner, ast.Tuple):
        choices = tuple(dict.fromkeys(parse_annotation(element, module) for element in inner.elts))
        return choices[0] if len(choices) == 1 else OneOf(choices)
    return Scalar("anything")


def _reference(reference: str, module: str) -> ArgumentType:
    """`'PlanRuleArgs'` is a block; `'_iam.PolicyDocumentArgs'` one of another module; else an enumeration of strings."""
    *package, class_name = reference.split(".")
    if not class_name.endswith("Args"):
        return Scalar("string")
    return Nested(class_name, package[-1].lstrip("_") if package else module)


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def describe(kind: ArgumentType) -> str:
    """How a person calls it."""
    match kind:
        case Scalar(name="anything"):
            return "any value"
        case Scalar(name="asset"):
            return "an asset or archive"
        case Scalar(name=name):
            return f"an {name}" if name == "integer" else f"a {name}"
        case ListOf(item=item):
            return f"a list of {describe(item).split(' ', 1)[-1]}s"
        case MapOf():
            return "a map"
        case Nested(class_name=name):
            return f"a block ({name.removesuffix('Args')})"
        case OneOf(choices=choices):
            return " or ".join(describe(choice) for choice in choices)
