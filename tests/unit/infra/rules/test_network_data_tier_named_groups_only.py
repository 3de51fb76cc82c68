"""A database's group names groups, never addresses."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.network_data_tier_named_groups_only import RULE
from stormproof.core.infra.resource_graph import Resource
from stormproof.core.infra.rule import RuleVerdict

GROUP = res("aws:ec2/securityGroup:SecurityGroup", "group")
DATABASE = res("aws:rds/instance:Instance", "db", vpcSecurityGroupIds=[Ref("group")])


def _rule(**properties: Any) -> Resource:
    facts = {"securityGroupId": Ref("group"), "ipProtocol": "tcp", "fromPort": 5432, "toPort": 5432}
    return res("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "rule", **{**facts, **properties})


@pytest.mark.parametrize(
    ("properties", "verdict"),
    [
        ({"cidrIpv4": "10.0.0.0/16"}, RuleVerdict.FAILED),
        ({"cidrIpv4": "0.0.0.0/0"}, RuleVerdict.FAILED),
        ({"cidrIpv6": "fd00::/8"}, RuleVerdict.FAILED),
        ({"referencedSecurityGroupId": Ref("application")}, RuleVerdict.PASSED),
        ({"referencedSecurityGroupId": "sg-1"}, RuleVerdict.PASSED),
        ({"prefixListId": "pl-1"}, RuleVerdict.FAILED),
        ({"prefixListId": Ref("list")}, RuleVerdict.FAILED),
        ({"prefixListId": "pl-elsewhere"}, RuleVerdict.UNKNOWN),
        ({"cidrIpv4": Ref("x")}, RuleVerdict.UNKNOWN),
        ({}, RuleVerdict.UNKNOWN),
    ],
)
def test_whom_a_database_s_group_lets_in(properties: dict[str, Any], verdict: RuleVerdict) -> None:
    offices = res("aws:ec2/managedPrefixList:ManagedPrefixList", "list", id="pl-1", entries=[{"cidr": "192.0.2.0/24"}])
    assert verdicts(RULE, program(GROUP, DATABASE, offices, _rule(**properties))) == {"rule": verdict}


def test_an_inline_address_fails_as_well() -> None:
    group = res(
        "aws:ec2/securityGroup:SecurityGroup", "group", ingress=[{"protocol": "tcp", "cidrBlocks": ["10.0.0.0/8"]}]
    )
    assert verdicts(RULE, program(group, DATABASE)) == {"group": RuleVerdict.FAILED}


def test_another_group_may_name_addresses() -> None:
    assert verdicts(RULE, program(GROUP, _rule(cidrIpv4="10.0.0.0/16"))) == {}


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("aws:efs/mountTarget:MountTarget", "securityGroups"),
        ("aws:elasticache/replicationGroup:ReplicationGroup", "securityGroupIds"),
        ("aws:rds/cluster:Cluster", "vpcSecurityGroupIds"),
    ],
)
def test_every_kind_of_store_counts(kind: str, path: str) -> None:
    store = res(kind, "store", **{path: [Ref("group")]})
    assert verdicts(RULE, program(GROUP, store, _rule(cidrIpv4="10.0.0.0/16"))) == {"rule": RuleVerdict.FAILED}
