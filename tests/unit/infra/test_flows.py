"""One table of flows makes both ends' group rules and both directions' ACL rules, and opens nothing else."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network

import pytest

from infra.spec.flows import (
    ANYWHERE,
    GATEWAYS,
    INTERNET,
    AclRule,
    Flow,
    TooManyFlows,
    acl_rules,
    default_flows,
    group_rules,
)
from infra.spec.network import NetworkSpec, Tier

NETWORK = NetworkSpec(cidr="10.20.0.0/16")
FLOWS = default_flows()


def _passes(rules: list[AclRule], *, egress: bool, address: str, port: int) -> bool:
    """As AWS reads an ACL for TCP: the first rule that fits allows; without one the packet is refused."""
    return any(
        rule.egress is egress
        and rule.protocol == "tcp"
        and IPv4Address(address) in IPv4Network(rule.cidr)
        and rule.from_port <= port <= rule.to_port
        for rule in rules
    )


def _connects(source: Tier, target: Tier, port: int) -> bool:
    """Whether both ACLs let a packet there and the answer back."""
    a, b = (str(IPv4Network(NETWORK.subnet(t, "a")).network_address + 5) for t in (source, target))
    there, back = acl_rules(source, FLOWS, NETWORK), acl_rules(target, FLOWS, NETWORK)
    return (
        _passes(there, egress=True, address=b, port=port)
        and _passes(back, egress=False, address=a, port=port)
        and _passes(back, egress=True, address=a, port=50000)
        and _passes(there, egress=False, address=b, port=50000)
    )


@pytest.mark.parametrize(
    ("source", "target", "port"),
    [(f.source, f.target, f.port) for f in FLOWS if isinstance(f.source, Tier) and isinstance(f.target, Tier)],
)
def test_every_flow_of_the_table_gets_through_both_acls_and_back(source: Tier, target: Tier, port: int) -> None:
    assert _connects(source, target, port)


@pytest.mark.parametrize(
    ("source", "target", "port"),
    [
        (Tier.INGRESS, Tier.DATA, 5432),
        (Tier.INGRESS, Tier.MANAGEMENT, 443),
        (Tier.APPLICATION, Tier.DATA, 22),
        (Tier.APPLICATION, Tier.MANAGEMENT, 22),
        (Tier.DATA, Tier.APPLICATION, 8443),
        (Tier.DATA, Tier.INGRESS, 443),
    ],
)
def test_what_is_not_in_the_table_does_not_get_through(source: Tier, target: Tier, port: int) -> None:
    assert not _connects(source, target, port)


def test_a_store_that_is_not_there_has_no_flow() -> None:
    ports = {flow.port for flow in default_flows(database_port=None, files=False) if flow.target is Tier.DATA}
    assert ports == set()


def test_the_data_tier_has_no_rule_with_the_internet() -> None:
    assert not [rule for rule in acl_rules(Tier.DATA, FLOWS, NETWORK) if rule.cidr == ANYWHERE]


def test_a_way_to_the_internet_passes_the_inspection_tier_in_both_directions() -> None:
    rules = acl_rules(Tier.INSPECTION, FLOWS, NETWORK)
    application = str(IPv4Network(NETWORK.subnet(Tier.APPLICATION, "a")).network_address + 5)
    assert _passes(rules, egress=False, address=application, port=443)
    assert _passes(rules, egress=True, address="203.0.113.7", port=443)
    assert _passes(rules, egress=False, address="203.0.113.7", port=40000)
    assert _passes(rules, egress=True, address=application, port=40000)
    assert not _passes(rules, egress=True, address="203.0.113.7", port=22)


@pytest.mark.parametrize("tier", Tier)
@pytest.mark.parametrize("egress", [False, True])
def test_rules_are_numbered_without_a_double_and_stay_within_the_quota(tier: Tier, egress: bool) -> None:
    mine = [rule for rule in acl_rules(tier, FLOWS, NETWORK) if rule.egress is egress]
    assert len({rule.number for rule in mine}) == len(mine) <= 20
    assert len({(rule.cidr, rule.protocol, rule.from_port, rule.to_port) for rule in mine}) == len(mine)


def test_the_twenty_first_rule_is_refused_with_its_number() -> None:
    many = [Flow(Tier.INGRESS, Tier.APPLICATION, port, "a port") for port in range(8000, 8021)]
    with pytest.raises(TooManyFlows, match="21 ACL rules in"):
        acl_rules(Tier.APPLICATION, many, NETWORK)


def test_both_groups_of_a_flow_get_their_rule_and_name_each_other() -> None:
    flow = Flow(Tier.APPLICATION, Tier.DATA, 5432, "its database")
    out, come_in = group_rules([flow])
    assert (out.tier, out.egress, out.peer) == (Tier.APPLICATION, True, Tier.DATA)
    assert (come_in.tier, come_in.egress, come_in.peer) == (Tier.DATA, False, Tier.APPLICATION)


def test_only_the_ingress_tier_is_open_to_everybody_and_only_the_application_leaves() -> None:
    open_to_all = {(rule.tier, rule.egress) for rule in group_rules(FLOWS) if rule.peer == INTERNET}
    assert open_to_all == {(Tier.INGRESS, False), (Tier.APPLICATION, True)}


def test_a_flow_from_the_internet_gives_one_rule_at_its_target() -> None:
    assert [rule.tier for rule in group_rules([Flow(INTERNET, Tier.INGRESS, 443, "users")])] == [Tier.INGRESS]


def test_gateway_endpoints_are_prefix_lists_to_a_group_and_anywhere_to_an_acl() -> None:
    flows = [Flow(Tier.MANAGEMENT, GATEWAYS, 443, "S3")]
    assert [(rule.egress, rule.peer) for rule in group_rules(flows)] == [(True, GATEWAYS)]
    assert {(rule.egress, rule.from_port) for rule in acl_rules(Tier.MANAGEMENT, flows, NETWORK)} == {
        (True, 443),
        (False, 1024),
    }
    assert acl_rules(Tier.INSPECTION, flows, NETWORK) == []


def test_the_inspection_tier_passes_nothing_from_or_to_itself() -> None:
    own = NETWORK.aggregate(Tier.INSPECTION)
    assert not [rule for tier in Tier for rule in acl_rules(tier, FLOWS, NETWORK) if rule.cidr == own]


def test_a_description_has_only_the_characters_that_aws_takes() -> None:
    taken = re.compile(r"[\w .:/()#,@\[\]+=&;{}!$*-]{1,255}", re.ASCII)  # AWS: AuthorizeSecurityGroupIngress
    assert [flow.why for flow in FLOWS if not taken.fullmatch(flow.why)] == []
