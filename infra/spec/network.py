"""The segmented network: its tiers, their addresses, computed from one block and a number of zones."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from infra.spec.base import Spec

ZONES_MIN, ZONES_MAX = 2, 4
PREFIX_MIN, PREFIX_MAX = (
    16,
    20,
)  # AWS takes /16 to /28 for a VPC; below /20 a tier's zone would have fewer than 128 addresses
TIER_BITS, ZONE_BITS = 3, 2  # eight aggregates for five tiers; four zones in each


class Tier(StrEnum):
    """From the outside inwards. A tier has one aggregate block, so that an ACL names it with one rule."""

    INGRESS = "ingress"  # load balancers: the only place that the internet reaches
    INSPECTION = "inspection"  # firewall endpoints and NAT: the only way out
    APPLICATION = "application"
    DATA = "data"  # no route out
    MANAGEMENT = "management"  # VPC endpoints, and what operates the rest


class Half(StrEnum):
    """The two subnets of the inspection tier in each zone: their route tables differ, so they cannot be one."""

    FIREWALL = "firewall"
    NAT = "nat"


def _block(text: str) -> str:
    try:
        block = IPv4Network(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no block of addresses: {error}") from None
    if not block.is_private:
        raise ValueError(f"{text} is not private: choose one within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16")
    return str(block)


Block = Annotated[str, AfterValidator(_block)]


class NetworkSpec(Spec):
    """One VPC.

    Args:
        cidr: the whole block, /16 to /20.
        zones: availability-zone letters (`a`, `b`), two to four; the order decides the addresses, so append only.
        apart_from: blocks that it must not overlap: other environments, offices, whatever may be connected one day.
    """

    cidr: Block
    zones: Sequence[Annotated[str, Field(pattern=r"^[a-z]$")]] = ("a", "b")
    apart_from: Sequence[Block] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        prefix = self.network.prefixlen
        if not PREFIX_MIN <= prefix <= PREFIX_MAX:
            raise ValueError(f"{self.cidr} is a /{prefix}: choose /{PREFIX_MIN} to /{PREFIX_MAX}")
        if not ZONES_MIN <= len(self.zones) <= ZONES_MAX or len(set(self.zones)) != len(self.zones):
            raise ValueError(f"zones: {ZONES_MIN} to {ZONES_MAX} different ones, not {list(self.zones)}")
        for other in self.apart_from:
            if self.network.overlaps(IPv4Network(other)):
                raise ValueError(f"{self.cidr} overlaps {other}: choose a block of its own")
        return self

    @property
    def network(self) -> IPv4Network:
        return IPv4Network(self.cidr)

    def aggregate(self, tier: Tier) -> str:
        """The one block of a tier, over all zones."""
        return str(list(self.network.subnets(TIER_BITS))[list(Tier).index(tier)])

    def subnet(self, tier: Tier, zone: str, half: Half | None = None) -> str:
        """One subnet's block. The inspection tier has two a zone: then `half` says which."""
        assert (half is not None) == (tier is Tier.INSPECTION), "only the inspection tier has halves"
        block = list(IPv4Network(self.aggregate(tier)).subnets(ZONE_BITS))[list(self.zones).index(zone)]
        return str(block if half is None else list(block.subnets(1))[list(Half).index(half)])
