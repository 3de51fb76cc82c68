"""The data tier has no route out: by tag or by what it holds, by routes of either form, unknowns included."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.network_data_tier_has_no_way_out import RULE
from stormproof.core.infra.resource_graph import Resource
from stormproof.core.infra.rule import RuleVerdict

VPC = res("aws:ec2/vpc:Vpc", "vpc", cidrBlock="10.0.0.0/16")
GATEWAY = res("aws:ec2/internetGateway:InternetGateway", "igw", vpcId=Ref("vpc"))
NAT = res("aws:ec2/natGateway:NatGateway", "nat", subnetId=Ref("public"))
DATA = res("aws:ec2/subnet:Subnet", "data", vpcId=Ref("vpc"), cidrBlock="10.0.1.0/24", tags={"tier": "data"})
TABLE = res("aws:ec2/routeTable:RouteTable", "table", vpcId=Ref("vpc"))
JOINED = res(
    "aws:ec2/routeTableAssociation:RouteTableAssociation", "joined", subnetId=Ref("data"), routeTableId=Ref("table")
)


def _table(**route: Any) -> Resource:
    return res("aws:ec2/routeTable:RouteTable", "table", vpcId=Ref("vpc"), routes=[route])


def _route(**route: Any) -> Resource:
    return res("aws:ec2/route:Route", "route", routeTableId=Ref("table"), **route)


@pytest.mark.parametrize(
    "resources",
    [
        (TABLE, _route(destinationCidrBlock="0.0.0.0/0", gatewayId=Ref("igw"))),
        (TABLE, _route(destinationIpv6CidrBlock="::/0", gatewayId=Ref("igw"))),
        (TABLE, _route(destinationCidrBlock="0.0.0.0/0", natGatewayId=Ref("nat"))),
        (TABLE, _route(destinationCidrBlock="10.9.0.0/16", transitGatewayId="tgw-1")),
        (TABLE, _route(destinationCidrBlock="10.9.0.0/16", vpcPeeringConnectionId="pcx-1")),
        (_table(cidrBlock="0.0.0.0/0", gatewayId=Ref("igw")),),
    ],
)
def test_a_way_out_of_the_data_tier_fails(resources: tuple[Resource, ...]) -> None:
    graph = program(VPC, GATEWAY, NAT, DATA, JOINED, *resources)
    assert verdicts(RULE, graph)["data"] is RuleVerdict.FAILED


def test_a_subnet_that_holds_a_database_counts_without_any_tag() -> None:
    subnet = res("aws:ec2/subnet:Subnet", "data", vpcId=Ref("vpc"))
    group = res("aws:rds/subnetGroup:SubnetGroup", "group", subnetIds=[Ref("data")])
    route = _route(destinationCidrBlock="0.0.0.0/0", gatewayId=Ref("igw"))
    assert verdicts(RULE, program(VPC, GATEWAY, subnet, group, TABLE, JOINED, route)) == {"data": RuleVerdict.FAILED}


@pytest.mark.parametrize(
    "resources",
    [
        (TABLE,),
        (res("aws:ec2/routeTable:RouteTable", "table", vpcId=Ref("vpc"), routes=[]),),
        (_table(cidrBlock="10.0.0.0/16", gatewayId="local"),),
    ],
)
def test_a_table_without_a_way_out_passes(resources: tuple[Resource, ...]) -> None:
    assert verdicts(RULE, program(VPC, GATEWAY, DATA, JOINED, *resources)) == {"data": RuleVerdict.PASSED}


def test_another_tier_s_way_out_is_not_its_own() -> None:
    public = res("aws:ec2/subnet:Subnet", "public", vpcId=Ref("vpc"), tags={"tier": "ingress"})
    other = res(
        "aws:ec2/routeTable:RouteTable",
        "other",
        vpcId=Ref("vpc"),
        routes=[{"cidrBlock": "0.0.0.0/0", "gatewayId": Ref("igw")}],
    )
    joined = res(
        "aws:ec2/routeTableAssociation:RouteTableAssociation", "j2", subnetId=Ref("public"), routeTableId=Ref("other")
    )
    graph = program(VPC, GATEWAY, DATA, JOINED, TABLE, public, other, joined)
    assert verdicts(RULE, graph) == {"data": RuleVerdict.PASSED}


def test_a_program_without_a_data_tier_is_not_concerned() -> None:
    assert verdicts(RULE, program(VPC, GATEWAY)) == {}


def test_routes_that_are_not_known_leave_it_unknown() -> None:
    table = res("aws:ec2/routeTable:RouteTable", "table", vpcId=Ref("vpc"), routes=Ref("elsewhere"))
    assert verdicts(RULE, program(VPC, DATA, JOINED, table)) == {"data": RuleVerdict.UNKNOWN}


def test_a_subnet_on_the_main_table_by_default_is_unknown() -> None:
    assert verdicts(RULE, program(VPC, DATA)) == {"data": RuleVerdict.UNKNOWN}
