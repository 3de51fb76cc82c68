"""Addresses are computed: one block a tier, none overlapping, the same again when a zone is added."""

from __future__ import annotations

import itertools
from ipaddress import IPv4Network

import pytest
from pydantic import ValidationError

from infra.spec.network import Half, NetworkSpec, Tier

SPEC = NetworkSpec(cidr="10.20.0.0/16", zones=("a", "b", "c"))


def _every_subnet(spec: NetworkSpec) -> list[str]:
    halves: dict[Tier, tuple[Half | None, ...]] = {Tier.INSPECTION: (Half.FIREWALL, Half.NAT)}
    return [spec.subnet(t, zone, half) for t in Tier for zone in spec.zones for half in halves.get(t, (None,))]


@pytest.mark.parametrize("prefix", [16, 17, 18, 19, 20])
def test_no_two_subnets_overlap(prefix: int) -> None:
    spec = NetworkSpec(cidr=f"10.20.0.0/{prefix}", zones=("a", "b", "c", "d"))
    blocks = [IPv4Network(one) for one in _every_subnet(spec)]
    assert not [(a, b) for a, b in itertools.combinations(blocks, 2) if a.overlaps(b)]


@pytest.mark.parametrize("tier", Tier)
def test_a_tier_s_aggregate_holds_its_subnets_and_no_other_s(tier: Tier) -> None:
    aggregate = IPv4Network(SPEC.aggregate(tier))
    for other in Tier:
        half = Half.NAT if other is Tier.INSPECTION else None
        assert IPv4Network(SPEC.subnet(other, "b", half)).subnet_of(aggregate) is (other is tier)


def test_a_zone_that_is_added_moves_no_address() -> None:
    fewer = NetworkSpec(cidr="10.20.0.0/16", zones=("a", "b"))
    assert [fewer.subnet(Tier.DATA, zone) for zone in fewer.zones] == [SPEC.subnet(Tier.DATA, zone) for zone in "ab"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"cidr": "10.20.0.0/15"}, "choose /16 to /20"),
        ({"cidr": "10.20.0.0/21"}, "choose /16 to /20"),
        ({"cidr": "10.20.0.1/16"}, "no block of addresses"),
        ({"cidr": "8.8.0.0/16"}, "not private"),
        ({"zones": ("a",)}, "2 to 4 different"),
        ({"zones": ("a", "b", "c", "d", "e")}, "2 to 4 different"),
        ({"zones": ("a", "a")}, "2 to 4 different"),
        ({"apart_from": ("10.20.128.0/24",)}, "overlaps 10.20.128.0/24"),
        ({"apart_from": ("10.0.0.0/8",)}, "overlaps 10.0.0.0/8"),
        ({"cdir": "10.20.0.0/16"}, "Extra inputs"),
    ],
)
def test_a_network_that_cannot_be_is_refused_with_its_reason(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        NetworkSpec(**{"cidr": "10.20.0.0/16", **changes})  # type: ignore[arg-type]


def test_a_neighbour_that_only_touches_is_no_overlap() -> None:
    assert NetworkSpec(cidr="10.20.0.0/16", apart_from=("10.21.0.0/16", "10.19.0.0/16")).cidr == "10.20.0.0/16"
