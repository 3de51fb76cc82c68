"""Subnets of tiers over zones, at addresses that the spec computes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2

from infra.context import Context
from infra.spec.network import Half, NetworkSpec, Tier


@dataclass(frozen=True)
class Cell:
    """Where a subnet lies: a tier in a zone; in the inspection tier one of its halves."""

    tier: Tier
    zone: str
    half: Half | None = None

    @property
    def what(self) -> str:
        """Unique in its VPC: `data-a`, `nat-b`."""
        return f"{self.half or self.tier}-{self.zone}"


def cells(spec: NetworkSpec, *, firewall: bool) -> Iterator[Cell]:
    """Every subnet of a network with a way out. NAT's are there in every zone, so that adding one moves nothing."""
    for tier in Tier:
        for zone in spec.zones:
            if tier is not Tier.INSPECTION:
                yield Cell(tier, zone)
                continue
            if firewall:
                yield Cell(tier, zone, Half.FIREWALL)
            yield Cell(tier, zone, Half.NAT)


def declare_subnet(
    parent: pulumi.Resource, context: Context, name: str, vpc_id: pulumi.Input[str], spec: NetworkSpec, cell: Cell
) -> ec2.Subnet:
    """One subnet. Nothing that starts in it gets a public address by itself."""
    return ec2.Subnet(
        f"{name}-{cell.what}",
        vpc_id=vpc_id,
        availability_zone=f"{context.place.region}{cell.zone}",
        cidr_block=spec.subnet(cell.tier, cell.zone, cell.half),
        map_public_ip_on_launch=False,
        region=context.place.region,
        tags=context.tags(context.names.name(f"{name}-{cell.what}"), tier=cell.tier.value),
        opts=context.opts(parent),
    )
