"""What a row of the tables says: how one resource type is created, looked at, changed and deleted.

A parameter is a constant, a template or a function. A template is a text with `{name}`: the whole text `{name}` keeps
the value's type and is left out where there is none; inside a longer text every name must be there, or the parameter
is left out. A function gets the resource as it stands (inputs, outputs, id, region, account).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Values: TypeAlias = Mapping[str, Any]
Parameter: TypeAlias = str | bool | int | list[Any] | Mapping[str, Any] | Callable[[Values], object]


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `take` are the properties that are mapped by name (None: all that its shape knows)."""

    op: str
    put: Mapping[str, Parameter] = field(default_factory=dict)
    take: tuple[str, ...] | None = None
    uses: tuple[str, ...] = ()  # properties that the functions in `put` read
    under: str = ""  # the member that holds what is mapped, e.g. BackupPlan
    rename: Mapping[str, str] = field(default_factory=dict)  # property's path without indices → member
    out: Mapping[str, str] = field(default_factory=dict)  # output → JMESPath over the answer
    when: Callable[[Values], object] | None = None
    each: Callable[[Values], list[Any]] | None = None  # once per item, which `put` sees as `item`
    ask: tuple[Look, ...] = ()  # looks before, whose `fills` the parameters may use
    service: str = ""
    region: Parameter = ""  # where another region's client is meant


@dataclass(frozen=True, slots=True)
class Look:
    """One question whose answer proves existence (the first of a kind) or shows properties.

    `sees`: property → JMESPath in the item, or a function of (item, resource). Declared properties are compared, those
    in `always` even where the program leaves them out. `optional`: an answer `no such thing` means that the properties
    are unset, not that the resource is gone.
    """

    op: str
    put: Mapping[str, Parameter] = field(default_factory=dict)
    item: str | Callable[[Any, Values], object] = "@"
    sees: Mapping[str, str | Callable[[Any, Values], object]] = field(default_factory=dict)
    always: tuple[str, ...] = ()
    fills: Mapping[str, str] = field(default_factory=dict)  # output → JMESPath in the item, beside those of one name
    optional: bool = False
    ask: tuple[Look, ...] = ()  # looks before, whose `fills` the parameters may use
    service: str = ""
    region: Parameter = ""


@dataclass(frozen=True, slots=True)
class Tagging:
    """How tags are added and removed: operations, and the parameter that names the resource."""

    add: str
    remove: str
    target: Mapping[str, Parameter]


@dataclass(frozen=True, slots=True)
class Kind:
    """One resource type. `replaces` None: nobody has written down what forces a replacement."""

    token: str
    service: str
    id: str
    create: tuple[Call, ...] = ()
    looks: tuple[Look, ...] = ()
    update: tuple[Call, ...] = ()
    delete: tuple[Call, ...] = ()
    tagging: Tagging | None = None
    untagged: bool = False  # the emulator refuses tags that AWS takes
    ec2_tag: str = ""  # ResourceType of EC2's TagSpecifications
    again: bool = False  # a change repeats the calls of create (they overwrite)
    outputs: Mapping[str, Parameter] = field(default_factory=dict)
    replaces: frozenset[str] | None = None
    names: str = ""  # the property that is named automatically where the program gives none
    options: frozenset[str] = frozenset()  # properties that steer the provider and no resource
    absent: str = ""  # why nothing of it is emulated


def replaced_by(properties: str) -> frozenset[str]:
    """Names apart by blanks; `region` always replaces."""
    return frozenset({*properties.split(), "region"})


def lacking(token: str, replaces: str | None, why: str, **outputs: Parameter) -> Kind:
    """A type that the emulator has no calls for: it lives in the state alone, and is listed."""
    return Kind(
        token, "", "", outputs=outputs, absent=why, replaces=None if replaces is None else replaced_by(replaces)
    )
