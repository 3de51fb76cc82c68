"""The layer `primary` under mocks, whole or its network and entrance alone, and ways to change one thing of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from infra.components.keys import Keys
from infra.layers import primary
from infra.spec.key_table import layer_keys
from infra.spec.settings import Layer
from tests.support.infra_components import context
from tests.support.pulumi_mocks import Declared, Run, run

ZONES = ("a", "b", "c")


def layer(*, preview: bool = False, **changes: Any) -> Run:
    """As production is by default, over three zones. `changes`: keys of the configuration, camelCase."""
    return _layer(preview, _text(changes))


def entrance(*, preview: bool = False, **changes: Any) -> list[Declared]:
    """Keys, network and entrance alone, declared as the layer does it: a fraction of the whole."""
    return entrance_run(preview=preview, **changes).declared


def entrance_run(*, preview: bool = False, **changes: Any) -> Run:
    """The same, with outputs."""
    return _entrance(preview, _text(changes))


def _text(changes: dict[str, Any]) -> str:
    return json.dumps({"network": {"cidr": "10.16.0.0/16", "zones": ZONES}, **changes}, sort_keys=True)


@cache
def _layer(preview: bool, changes: str) -> Run:
    where = context(Layer.PRIMARY, **json.loads(changes))
    return run(lambda: primary.declare(where), preview=preview)


@cache
def _entrance(preview: bool, changes: str) -> Run:
    where = context(Layer.PRIMARY, **json.loads(changes))

    def declare() -> dict[str, Any]:
        keys = Keys("keys", where, layer_keys(where.settings, Layer.PRIMARY))
        return primary.outputs_of(*primary.declare_entrance(where, keys))

    return run(declare, preview=preview)


def one(seen: Sequence[Declared], kind: str, name: str) -> Declared:
    """The one of a type (the last part of its token) with a name in the program."""
    [found] = [it for it in every(seen, kind) if it.name == name]
    return found


def every(seen: Sequence[Declared], kind: str) -> list[Declared]:
    """All of one type, by the last part of its token; no components."""
    return [it for it in seen if it.custom and it.type.endswith(f":{kind}")]


def changed(seen: Sequence[Declared], kind: str, name: str, **inputs: Any) -> list[Declared]:
    """The same program with other inputs of one resource; None takes one away."""
    target = one(seen, kind, name)
    made = {key: value for key, value in {**target.inputs, **inputs}.items() if value is not None}
    return [replace(it, inputs=made) if it is target else it for it in seen]


def without(seen: Sequence[Declared], kind: str, name: str) -> list[Declared]:
    target = one(seen, kind, name)
    return [it for it in seen if it is not target]


def beside(seen: Sequence[Declared], kind: str, name: str, like: str, **inputs: Any) -> list[Declared]:
    """The same program with one more resource, made like another of its type."""
    pattern = one(seen, kind, like)
    more = replace(pattern, name=name, urn=f"{pattern.urn}-{name}", id=f"{pattern.id}-{name}", inputs=inputs, told={})
    return [*seen, more]
