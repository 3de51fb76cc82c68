"""Only a load balancer's web ports are open to everybody, in whichever form a rule is declared."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.network_no_open_ports import RULE
from stormproof.core.infra.resource_graph import Resource
from stormproof.core.infra.rule import RuleVerdict

GROUP = res("aws:ec2/securityGroup:SecurityGroup", "group")
BALANCER = res("aws:lb/loadBalancer:LoadBalancer", "lb", securityGroups=[Ref("group")])


def _new(**properties: Any) -> Resource:
    facts = {"securityGroupId": Ref("group"), "ipProtocol": "tcp", "fromPort": 443, "toPort": 443}
    return res("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "rule", **{**facts, **properties})


def _old(**properties: Any) -> Resource:
    facts = {"securityGroupId": Ref("group"), "type": "ingress", "protocol": "tcp", "fromPort": 443, "toPort": 443}
    return res("aws:ec2/securityGroupRule:SecurityGroupRule", "rule", **{**facts, **properties})


def _inline(**properties: Any) -> Resource:
    facts = {"protocol": "tcp", "fromPort": 443, "toPort": 443}
    return res("aws:ec2/securityGroup:SecurityGroup", "group", ingress=[{**facts, **properties}])


@pytest.mark.parametrize(
    "rule",
    [
        _new(cidrIpv4="0.0.0.0/0", fromPort=22, toPort=22),
        _new(cidrIpv6="::/0", fromPort=5432, toPort=5432),
        _new(cidrIpv4="128.0.0.0/1", fromPort=22, toPort=22),
        _new(cidrIpv6="2000::/3", fromPort=22, toPort=22),
        _new(cidrIpv4="0.0.0.0/0", ipProtocol="-1", fromPort=None, toPort=None),
        _new(cidrIpv4="0.0.0.0/0", fromPort=1, toPort=65535),
        _new(cidrIpv4="0.0.0.0/0", fromPort=8443, toPort=8443),
        _new(cidrIpv4="0.0.0.0/0", ipProtocol="udp"),
        _old(cidrBlocks=["10.0.0.0/8", "0.0.0.0/0"], fromPort=3389, toPort=3389),
        _old(ipv6CidrBlocks=["::/0"], fromPort=22, toPort=22),
    ],
)
def test_an_open_port_fails_even_before_a_load_balancer(rule: Resource) -> None:
    assert verdicts(RULE, program(GROUP, BALANCER, rule))["rule"] is RuleVerdict.FAILED


def test_an_open_port_written_inline_fails() -> None:
    graph = program(_inline(cidrBlocks=["0.0.0.0/0"], fromPort=22, toPort=22), BALANCER)
    assert verdicts(RULE, graph) == {"group": RuleVerdict.FAILED}


def test_a_web_port_that_is_open_before_no_load_balancer_fails() -> None:
    assert verdicts(RULE, program(GROUP, _new(cidrIpv4="0.0.0.0/0"))) == {"rule": RuleVerdict.FAILED}


@pytest.mark.parametrize(
    "rule",
    [
        _new(cidrIpv4="0.0.0.0/0"),
        _new(cidrIpv4="0.0.0.0/0", fromPort=80, toPort=80),
        _new(cidrIpv6="::/0"),
        _new(cidrIpv4="10.0.0.0/16", fromPort=5432, toPort=5432),
        _new(cidrIpv4="10.0.0.0/8", fromPort=5432, toPort=5432),
        _new(cidrIpv6="fc00::/7", fromPort=5432, toPort=5432),
        _new(referencedSecurityGroupId=Ref("other"), fromPort=22, toPort=22),
        _old(cidrBlocks=["0.0.0.0/0"]),
        _old(sourceSecurityGroupId=Ref("other"), fromPort=5432, toPort=5432),
    ],
)
def test_a_load_balancer_s_web_ports_and_named_peers_pass(rule: Resource) -> None:
    assert verdicts(RULE, program(GROUP, BALANCER, rule)) == {"rule": RuleVerdict.PASSED}


@pytest.mark.parametrize(
    "rule", [_new(cidrIpv4=Ref("x")), _new(cidrIpv4="0.0.0.0/0", fromPort=Ref("x")), _old(cidrBlocks=Ref("x"))]
)
def test_what_cannot_be_known_is_unknown(rule: Resource) -> None:
    assert verdicts(RULE, program(GROUP, BALANCER, rule)) == {"rule": RuleVerdict.UNKNOWN}


def test_the_way_out_is_another_rule_s_affair() -> None:
    rule = res(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "rule",
        securityGroupId=Ref("group"),
        ipProtocol="-1",
        cidrIpv4="0.0.0.0/0",
    )
    assert verdicts(RULE, program(GROUP, rule)) == {}


LIST, ENTRY = "aws:ec2/managedPrefixList:ManagedPrefixList", "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"
SSH = {"fromPort": 22, "toPort": 22}


def _list(*blocks: Any) -> Resource:
    return res(LIST, "list", id="pl-1", entries=[{"cidr": one} for one in blocks])


NAMING = {
    "a rule": (_new(prefixListId=Ref("list"), **SSH),),
    "a rule, by the id": (_new(prefixListId="pl-1", **SSH),),
    "a rule of the old kind": (_old(prefixListIds=[Ref("list")], **SSH),),
}


@pytest.mark.parametrize("naming", NAMING.values(), ids=list(NAMING))
@pytest.mark.parametrize(
    ("prefixes", "verdict"),
    [
        ((_list("0.0.0.0/0"),), RuleVerdict.FAILED),
        ((_list("10.0.0.0/16", "::/0"),), RuleVerdict.FAILED),
        ((_list("10.0.0.0/16"), res(ENTRY, "more", prefixListId=Ref("list"), cidr="0.0.0.0/1")), RuleVerdict.FAILED),
        ((_list("10.0.0.0/16"), res(ENTRY, "more", prefixListId="pl-1", cidr="10.1.0.0/16")), RuleVerdict.PASSED),
        ((_list("10.0.0.0/16", Ref("x")),), RuleVerdict.UNKNOWN),
        ((res(LIST, "list", id="pl-1", entries=Ref("x")),), RuleVerdict.UNKNOWN),
        ((), RuleVerdict.UNKNOWN),
    ],
)
def test_a_prefix_list_is_as_open_as_what_is_in_it(
    naming: tuple[Resource, ...], prefixes: tuple[Resource, ...], verdict: RuleVerdict
) -> None:
    assert verdicts(RULE, program(GROUP, BALANCER, *naming, *prefixes))["rule"] is verdict


def test_a_prefix_list_that_is_named_inline_counts() -> None:
    group = _inline(prefixListIds=[Ref("list")], **SSH)
    assert verdicts(RULE, program(group, _list("0.0.0.0/0"))) == {"group": RuleVerdict.FAILED}


def test_somebody_else_s_list_may_be_named_in_the_configuration() -> None:
    rule = _new(prefixListId="pl-3b927c52")  # a list of AWS's, as that of CloudFront
    settings = {"prefixLists": '["pl-3b927c52"]'}
    assert verdicts(RULE, program(GROUP, BALANCER, rule)) == {"rule": RuleVerdict.UNKNOWN}
    assert verdicts(RULE, program(GROUP, BALANCER, rule, settings=settings)) == {"rule": RuleVerdict.PASSED}


def test_aws_s_own_lists_on_the_way_out_are_not_asked_for() -> None:
    kind = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
    rule = res(kind, "rule", securityGroupId=Ref("group"), ipProtocol="tcp", prefixListId="pl-63a5400a")
    assert verdicts(RULE, program(GROUP, rule)) == {}
