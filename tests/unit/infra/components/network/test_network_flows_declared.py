"""Groups and ACLs open what the table of flows says, each rule in a resource of its own, and nothing else."""

from __future__ import annotations

from collections import Counter

import pytest

from infra.spec.flows import ANYWHERE, GATEWAYS, INTERNET, default_flows, group_rules
from infra.spec.network import Tier
from tests.support.primary_layer import entrance, every, one
from tests.support.pulumi_mocks import Declared


@pytest.fixture(scope="module")
def seen() -> list[Declared]:
    return entrance(data={"fileSystem": {}})


def _tier_of(seen: list[Declared]) -> dict[str, str]:
    return {it.id: it.inputs["tags"]["tier"] for it in every(seen, "SecurityGroup")}


def test_every_rule_of_the_table_is_declared_once_and_no_other(seen: list[Declared]) -> None:
    tiers = _tier_of(seen)
    lists = {it.told["prefixListId"] for it in every(seen, "VpcEndpoint") if it.inputs["vpcEndpointType"] == "Gateway"}
    assert len(lists) == 2

    def peer(it: Declared) -> str:
        if it.inputs.get("prefixListId") in lists:
            return GATEWAYS
        group = it.inputs.get("referencedSecurityGroupId")
        return tiers[group] if group else {ANYWHERE: INTERNET}[it.inputs["cidrIpv4"]]

    declared = Counter(
        (tiers[it.inputs["securityGroupId"]], way == "Egress", it.inputs["fromPort"], it.inputs["toPort"], peer(it))
        for way in ("Egress", "Ingress")
        for it in every(seen, f"SecurityGroup{way}Rule")
    )
    wanted = Counter(
        (rule.tier.value, rule.egress, rule.port, rule.port, str(rule.peer))
        for rule in group_rules(default_flows())
        for _ in range(2 if rule.peer == GATEWAYS else 1)
    )
    assert declared == wanted


def test_no_group_has_a_rule_inline(seen: list[Declared]) -> None:
    assert [it.name for it in every(seen, "SecurityGroup") if {"ingress", "egress"} & set(it.inputs)] == []


def test_firewalls_and_nat_have_no_group_since_they_take_none(seen: list[Declared]) -> None:
    assert set(_tier_of(seen).values()) == {tier.value for tier in Tier if tier is not Tier.INSPECTION}


def test_every_subnet_has_its_tier_s_acl(seen: list[Declared]) -> None:
    tier_of_acl = {it.id: it.inputs["tags"]["tier"] for it in every(seen, "NetworkAcl")}
    joined = {it.inputs["subnetId"]: it.inputs["networkAclId"] for it in every(seen, "NetworkAclAssociation")}
    for subnet in every(seen, "Subnet"):
        assert tier_of_acl[joined[subnet.id]] == subnet.inputs["tags"]["tier"], subnet.name


def test_acls_stay_within_aws_s_quota_and_only_allow(seen: list[Declared]) -> None:
    rules = every(seen, "NetworkAclRule")
    count = Counter((it.inputs["networkAclId"], it.inputs["egress"]) for it in rules)
    assert max(count.values()) <= 20
    numbers = Counter((it.inputs["networkAclId"], it.inputs["egress"], it.inputs["ruleNumber"]) for it in rules)
    assert set(numbers.values()) == {1}
    assert {it.inputs["ruleAction"] for it in rules} == {"allow"}


def test_the_data_tier_s_acl_names_tiers_alone(seen: list[Declared]) -> None:
    data = one(seen, "NetworkAcl", "network-data").id
    blocks = {it.inputs["cidrBlock"] for it in every(seen, "NetworkAclRule") if it.inputs["networkAclId"] == data}
    assert blocks == {"10.16.64.0/19", "10.16.128.0/19"}


@pytest.mark.parametrize("kind", ["DefaultSecurityGroup", "DefaultNetworkAcl"])
def test_what_aws_gives_by_default_is_taken_and_left_empty(seen: list[Declared], kind: str) -> None:
    [default] = every(seen, kind)
    assert not {"ingress", "egress", "subnetIds"} & set(default.inputs)


def test_no_subnet_hands_out_public_addresses(seen: list[Declared]) -> None:
    assert {it.inputs["mapPublicIpOnLaunch"] for it in every(seen, "Subnet")} == {False}


def test_names_are_resolved_and_clocks_set_without_a_way_out(seen: list[Declared]) -> None:
    vpc = one(seen, "Vpc", "network")
    assert vpc.inputs["enableDnsSupport"] is vpc.inputs["enableDnsHostnames"] is True
    options = one(seen, "VpcDhcpOptions", "network-dhcp")
    assert options.inputs["domainNameServers"] == ["AmazonProvidedDNS"]
    assert options.inputs["ntpServers"] == ["169.254.169.123"]
