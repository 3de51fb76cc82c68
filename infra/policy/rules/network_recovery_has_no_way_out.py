"""A recovery environment's VPC has no way out and none to another network: no gateway, no NAT, no peering, no transit."""

from __future__ import annotations

from collections.abc import Iterator

from stormproof.core.finding import Severity
from stormproof.core.infra.network_paths import INTERNET_GATEWAY, SUBNET, VPC, NetworkPaths
from stormproof.core.infra.resource_graph import Resource, ResourceGraph
from stormproof.core.infra.rule import Answer, Rule, failed, passed, unknown

# What opens a VPC -> the properties that name the VPC (or one of its subnets).
OPENERS = {
    INTERNET_GATEWAY: ("vpcId",),
    "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment": ("vpcId",),
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": ("vpcId",),
    "aws:ec2/vpnGateway:VpnGateway": ("vpcId",),
    "aws:ec2/vpnGatewayAttachment:VpnGatewayAttachment": ("vpcId",),
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": ("vpcId", "peerVpcId"),
    "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter": ("vpcId",),
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment": ("vpcId",),
    "aws:ec2clientvpn/endpoint:Endpoint": ("vpcId",),
    "aws:directconnect/gatewayAssociation:GatewayAssociation": ("associatedGatewayId",),
    "aws:vpclattice/serviceNetworkVpcAssociation:ServiceNetworkVpcAssociation": ("vpcIdentifier",),
}
NAT = "aws:ec2/natGateway:NatGateway"


def is_recovery(resource: Resource) -> bool:
    return resource.tag("environment") == "recovery"


def _check(graph: ResourceGraph) -> Iterator[Answer]:
    paths = NetworkPaths(graph)
    for vpc in graph.of(VPC):
        if not is_recovery(vpc):
            continue
        opener = _opener(graph, vpc, paths)
        if opener is not None:
            yield failed(
                vpc, f"{opener.shown} opens it", "take it away: restored data is hostile, and nothing may leave"
            )
            continue
        ways = [way for subnet in paths.subnets_of(vpc) for way in paths.ways_out(subnet)]
        certain = [way for way in ways if way.certain]
        if certain:
            yield failed(vpc, certain[0].said, "a recovery environment's route tables hold no route but the local one")
        elif ways:
            yield unknown(vpc, f"where {ways[0].table.shown} leads", "write its routes with targets of this program")
        else:
            yield passed(vpc)


def _opener(graph: ResourceGraph, vpc: Resource, paths: NetworkPaths) -> Resource | None:
    for kind, properties in OPENERS.items():
        for path in properties:
            for one in graph.pointing_at(vpc, path, kind):
                return one
    for subnet in paths.subnets_of(vpc):
        for one in graph.pointing_at(subnet, "subnetId", NAT):
            return one
        for one in graph.of("aws:ec2transitgateway/vpcAttachment:VpcAttachment"):
            if subnet in graph.targets(one, "subnetIds", SUBNET):
                return one
    return None


RULE = Rule(
    id="network-recovery-has-no-way-out",
    title="The recovery environment has no way out",
    statements=("9-c", "3.1-b"),
    severity=Severity.CRITICAL,
    risk="Restored data acts: it mails customers, charges cards and writes into production, from a drill.",
    remedy="Give the VPC tagged `environment: recovery` no gateway, NAT, peering, transit or VPN, and no route.",
    check=_check,
    soc2=("A1.3", "CC6.6"),
    iso27001=("A.8.31", "A.8.22"),
)
