"""What tests of the stores share: the whole front over real keys and a real network, under mocks."""

from __future__ import annotations

from functools import cache
from typing import Any

from infra.components.data import declare_data
from infra.components.keys import Keys
from infra.components.network.network import Network
from infra.spec.flows import default_flows
from infra.spec.key_table import layer_keys
from infra.spec.settings import Layer
from tests.support.infra_components import context
from tests.support.pulumi_mocks import Declared, Run, run

ALL: dict[str, Any] = {"table": {}, "fileSystem": {}}
LAB: dict[str, Any] = {"environment": "lab", "disposable": True}
OTHERS = ("keys", "network")  # logical names of what is not ours, by their beginning


def ran(data: dict[str, Any] | None = None, *, preview: bool = False, **stack: Any) -> Run:
    """The front's declarations and outputs. `data`: the section of the configuration."""

    def program() -> dict[str, Any]:
        here = context(Layer.PRIMARY, **stack, **({} if data is None else {"data": data}))
        keys = Keys("keys", here, layer_keys(here.settings, Layer.PRIMARY))
        flows = default_flows()
        network = Network("network", here, here.settings.network, flows, key_arn=keys.arn("internal"))
        return declare_data(here, keys, network)

    return run(program, preview=preview)


@cache
def everything() -> Run:
    """Every store turned on, as production has it."""
    return ran(ALL)


def ours(seen: list[Declared]) -> list[Declared]:
    """Without keys and network."""
    return [one for one in seen if not one.name.startswith(OTHERS)]


def only(found: Run, kind: str) -> Declared:
    """The one of a type."""
    [one] = [one for one in ours(found.declared) if one.type == kind]
    return one


def named(found: Run, name: str) -> Declared:
    [one] = [one for one in found.declared if one.name == name and one.custom]
    return one
