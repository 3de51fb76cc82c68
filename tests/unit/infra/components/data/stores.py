"""What tests of the stores share: the whole front over real keys and two tiers of subnets, under mocks.

The real network is beside them where whole stacks are declared; here it would be most of every run.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pulumi
from pulumi_aws import ec2

from infra.components.data import declare_data
from infra.components.keys import Keys
from infra.context import Context
from infra.spec.key_table import layer_keys
from infra.spec.network import Tier
from infra.spec.settings import Layer
from tests.support.infra_components import context
from tests.support.pulumi_mocks import Declared, Run, run

ALL: dict[str, Any] = {"table": {}, "fileSystem": {}}
LAB: dict[str, Any] = {"environment": "lab", "disposable": True}
OTHERS = ("keys", "network")  # logical names of what is not ours, by their beginning


class Tiers:
    """A network as the stores see it."""

    def __init__(self, here: Context) -> None:
        vpc, zones = ec2.Vpc("network", cidr_block="10.16.0.0/16"), ("a", "b")
        self._subnets = {
            tier: [
                ec2.Subnet(
                    f"network-{tier}-{zone}", vpc_id=vpc.id, cidr_block=here.settings.network.subnet(tier, zone),
                    availability_zone=f"{here.place.region}{zone}", region=here.place.region,
                )
                for zone in zones
            ]
            for tier in (Tier.DATA, Tier.MANAGEMENT)
        }  # fmt: skip
        self._groups = {tier: ec2.SecurityGroup(f"network-{tier}", vpc_id=vpc.id) for tier in self._subnets}

    def subnet_ids(self, tier: Tier) -> list[pulumi.Output[str]]:
        return [one.id for one in self._subnets[tier]]

    def group_id(self, tier: Tier) -> pulumi.Output[str]:
        return self._groups[tier].id


def ran(data: dict[str, Any] | None = None, *, preview: bool = False, **stack: Any) -> Run:
    """The front's declarations and outputs; each configuration runs once. `data`: its section of that name."""
    return _ran(json.dumps({**stack, **({} if data is None else {"data": data})}), preview)


@cache
def _ran(stack: str, preview: bool) -> Run:

    def program() -> dict[str, Any]:
        here = context(Layer.PRIMARY, **json.loads(stack))
        keys = Keys("keys", here, layer_keys(here.settings, Layer.PRIMARY))
        return declare_data(here, keys, Tiers(here))

    return run(program, preview=preview)


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
