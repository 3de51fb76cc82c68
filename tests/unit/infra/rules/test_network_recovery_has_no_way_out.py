"""Nothing opens a recovery environment's VPC."""

from __future__ import annotations

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.network_recovery_has_no_way_out import OPENERS, RULE
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
    [(kind, path) for kind, paths in OPENERS.items() for path in paths if path != "associatedGatewayId"],
)
def test_whatever_opens_it_fails(kind: str, path: str) -> None:
    opener = res(kind, "opener", **{path: Ref("vpc")})
    assert verdicts(RULE, program(VPC, SUBNET, TABLE, JOINED, opener)) == {"vpc": RuleVerdict.FAILED}


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
