"""Nothing opens a recovery environment's VPC."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.network_recovery_has_no_way_out import RULE
from stormproof.core.infra.gateways import GATEWAYS, OPENERS
from stormproof.core.infra.resource_graph import Resource
from stormproof.core.infra.rule import RuleVerdict

VPC = res("aws:ec2/vpc:Vpc", "vpc", tags={"environment": "recovery"})
SUBNET = res("aws:ec2/subnet:Subnet", "subnet", vpcId=Ref("vpc"))
TABLE = res("aws:ec2/routeTable:RouteTable", "table", vpcId=Ref("vpc"))
JOINED = res(
    "aws:ec2/routeTableAssociation:RouteTableAssociation", "joined", subnetId=Ref("subnet"), routeTableId=Ref("table")
)


@pytest.mark.parametrize(
    ("kind", "path"),
    [(kind, path) for kind, paths in OPENERS.items() for path in paths],
)
@pytest.mark.parametrize("place", ["vpc", "subnet"])
def test_whatever_opens_it_fails(kind: str, path: str, place: str) -> None:
    top, _, below = path.partition(".")
    value = [{below.partition(".")[2]: Ref(place)}] * 2 if below else Ref(place)
    opener = res(kind, "opener", **{top: value})
    assert verdicts(RULE, program(VPC, SUBNET, TABLE, JOINED, opener)) == {"vpc": RuleVerdict.FAILED}


@pytest.mark.parametrize("exit_", [route for one in GATEWAYS for route in one.routes])
def test_a_route_by_whatever_leads_out_fails(exit_: str) -> None:
    route = res(
        "aws:ec2/route:Route", "route", routeTableId=Ref("table"), destinationCidrBlock="10.0.0.0/8", **{exit_: "x-1"}
    )
    assert verdicts(RULE, program(VPC, SUBNET, TABLE, JOINED, route)) == {"vpc": RuleVerdict.FAILED}


@pytest.mark.parametrize(
    "more",
    [
        # the main table, which is no resource of the program
        (res("aws:ec2/route:Route", "r", routeTableId=Ref("vpc"), destinationCidrBlock="10.0.0.0/8", vpcPeeringConnectionId="pcx-1"),),
        # a table that no subnet has yet
        (res("aws:ec2/routeTable:RouteTable", "spare", vpcId=Ref("vpc"), routes=[{"cidrBlock": "0.0.0.0/0", "transitGatewayId": "tgw-1"}]),),
        # routes that the other side of a VPN says
        (res("aws:ec2/routeTable:RouteTable", "told", vpcId=Ref("vpc"), propagatingVgws=["vgw-1"]),),
        (res("aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation", "p", routeTableId=Ref("table"), vpnGatewayId="vgw-1"),),
    ],
)  # fmt: skip
def test_ways_that_no_subnet_s_own_table_shows_fail(more: tuple[Resource, ...]) -> None:
    assert verdicts(RULE, program(VPC, SUBNET, TABLE, JOINED, *more)) == {"vpc": RuleVerdict.FAILED}


def test_a_nat_gateway_in_one_of_its_subnets_fails() -> None:
    nat = res("aws:ec2/natGateway:NatGateway", "nat", subnetId=Ref("subnet"))
    assert verdicts(RULE, program(VPC, SUBNET, nat)) == {"vpc": RuleVerdict.FAILED}


@pytest.mark.parametrize(
    "way", [{"gatewayId": "igw-1"}, {"transitGatewayId": "tgw-1"}, {"vpcPeeringConnectionId": Ref("peering")}]
)
def test_a_route_out_fails(way: dict[str, object]) -> None:
    route = res("aws:ec2/route:Route", "route", routeTableId=Ref("table"), destinationCidrBlock="10.0.0.0/8", **way)
    assert verdicts(RULE, program(VPC, SUBNET, TABLE, JOINED, route))["vpc"] in (
        RuleVerdict.FAILED,
        RuleVerdict.UNKNOWN,
    )


@pytest.mark.parametrize(
    "more",
    [
        (),
        (res("aws:ec2/vpcEndpoint:VpcEndpoint", "endpoint", vpcId=Ref("vpc"), vpcEndpointType="Interface"),),
        (
            res("aws:ec2/vpc:Vpc", "production"),
            res("aws:ec2/internetGateway:InternetGateway", "igw", vpcId=Ref("production")),
        ),
    ],
)
def test_an_environment_that_nothing_opens_passes(more: tuple[Resource, ...]) -> None:
    assert verdicts(RULE, program(VPC, SUBNET, TABLE, JOINED, *more)) == {"vpc": RuleVerdict.PASSED}


def test_production_s_vpc_may_have_a_gateway() -> None:
    vpc = res("aws:ec2/vpc:Vpc", "vpc", tags={"environment": "production"})
    gateway = res("aws:ec2/internetGateway:InternetGateway", "igw", vpcId=Ref("vpc"))
    assert verdicts(RULE, program(vpc, gateway)) == {}


def test_routes_that_are_not_known_leave_it_unknown() -> None:
    table = res("aws:ec2/routeTable:RouteTable", "table", vpcId=Ref("vpc"), routes=Ref("x"))
    assert verdicts(RULE, program(VPC, SUBNET, table, JOINED)) == {"vpc": RuleVerdict.UNKNOWN}


OPENED = res("aws:ec2/internetGateway:InternetGateway", "igw", vpcId=Ref("vpc"))
SELECTED = "aws:backup/restoreTestingSelection:RestoreTestingSelection"
GROUPS = (
    SUBNET,
    res("aws:rds/subnetGroup:SubnetGroup", "databases", name="dbs", subnetIds=[Ref("subnet")]),
    res("aws:ec2/securityGroup:SecurityGroup", "group", id="sg-1", vpcId=Ref("vpc")),
)


def _tested(**overrides: object) -> Resource:
    return res(SELECTED, "test", protectedResourceType="RDS", restoreMetadataOverrides=overrides)


@pytest.mark.parametrize(
    "test",
    [
        _tested(dbSubnetGroupName=Ref("databases")),
        _tested(dbSubnetGroupName="dbs"),
        _tested(vpcSecurityGroupIds=Ref("group")),
        _tested(vpcSecurityGroupIds='["sg-1"]'),
        _tested(subnetId=Ref("subnet")),
    ],
)
@pytest.mark.parametrize("tags", [{}, {"environment": "staging"}])
def test_where_restore_tests_restore_to_is_one_whatever_it_says(test: Resource, tags: dict[str, str]) -> None:
    vpc = res("aws:ec2/vpc:Vpc", "vpc", tags=tags)
    assert verdicts(RULE, program(vpc, *GROUPS, test, OPENED)) == {"vpc": RuleVerdict.FAILED}
    assert verdicts(RULE, program(vpc, *GROUPS, test)) == {"vpc": RuleVerdict.PASSED}


@pytest.mark.parametrize(
    ("name", "properties", "stack", "asked"),
    [
        ("recovery-vpc", {}, {}, True),
        ("vpc", {"tags": {"Name": "Shop Restore"}}, {}, True),
        ("vpc", {"cidrBlock": "10.32.0.0/16"}, {"settings": {"recoveryNetwork": '{"cidr": "10.32.0.0/16"}'}}, True),
        ("vpc", {}, {"layer": "recovery"}, True),
        ("discovery-vpc", {}, {}, False),
        ("recovery-vpc", {"tags": {"environment": "standby"}}, {}, False),
        ("vpc", {"cidrBlock": "10.16.0.0/16"}, {"settings": {"recoveryNetwork": '{"cidr": "10.32.0.0/16"}'}}, False),
        ("vpc", {}, {"layer": "primary", "settings": {"recoveryNetwork": "x"}}, False),
    ],
)
def test_it_is_told_by_more_than_its_tag(
    name: str, properties: dict[str, Any], stack: dict[str, Any], asked: bool
) -> None:
    vpc = res("aws:ec2/vpc:Vpc", name, **properties)
    gateway = res("aws:ec2/internetGateway:InternetGateway", "igw", vpcId=Ref(name))
    assert verdicts(RULE, program(vpc, gateway, **stack)) == ({name: RuleVerdict.FAILED} if asked else {})


def test_a_tag_that_is_not_known_leaves_it_unknown() -> None:
    vpc = res("aws:ec2/vpc:Vpc", "vpc", tags={"environment": Ref("x")})
    assert verdicts(RULE, program(vpc)) == {"vpc": RuleVerdict.UNKNOWN}
