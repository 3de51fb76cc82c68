"""What leads out of a VPC, or into it from elsewhere: one list, for routes that name it and for what joins it to a VPC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

VPC, SUBNET = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"


@dataclass(frozen=True)
class Gateway:
    """One kind of joint.

    Args:
        said: what it is, for people.
        routes: properties of a route that name it; none: it needs no route of the VPC's (or its routes are made for it).
        kinds: what such a property may name in a program.
        opens: type -> its properties that name the VPC that it opens, or one of its subnets.
    """

    said: str
    routes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    opens: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


# Source: EC2, the targets of a route; VPC, what may be attached to one.
GATEWAYS = (
    Gateway(
        "an internet or VPN gateway",
        ("gatewayId",),
        (INTERNET_GATEWAY, "aws:ec2/vpnGateway:VpnGateway"),
        {
            INTERNET_GATEWAY: ("vpcId",),
            "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment": ("vpcId",),
            "aws:ec2/vpnGateway:VpnGateway": ("vpcId",),
            "aws:ec2/vpnGatewayAttachment:VpnGatewayAttachment": ("vpcId",),
        },
    ),
    Gateway(
        "an egress-only internet gateway",
        ("egressOnlyGatewayId",),
        ("aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway",),
        {"aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": ("vpcId",)},
    ),
    Gateway(
        "a NAT gateway",
        ("natGatewayId",),
        ("aws:ec2/natGateway:NatGateway",),
        {"aws:ec2/natGateway:NatGateway": ("subnetId", "vpcId")},
    ),
    Gateway(
        "a transit gateway",
        ("transitGatewayId",),
        ("aws:ec2transitgateway/transitGateway:TransitGateway",),
        {"aws:ec2transitgateway/vpcAttachment:VpcAttachment": ("vpcId", "subnetIds")},
    ),
    Gateway(
        "a peering connection",
        ("vpcPeeringConnectionId",),
        ("aws:ec2/vpcPeeringConnection:VpcPeeringConnection",),
        {
            "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": ("vpcId", "peerVpcId"),
            "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter": ("vpcId",),
        },
    ),
    Gateway(
        "an endpoint (a firewall's, or a gateway load balancer's)",
        ("vpcEndpointId",),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", "aws:networkfirewall/firewall:Firewall"),
    ),
    Gateway("a network interface", ("networkInterfaceId",), ("aws:ec2/networkInterface:NetworkInterface",)),
    Gateway(
        "a carrier gateway",
        ("carrierGatewayId",),
        ("aws:ec2/carrierGateway:CarrierGateway",),
        {"aws:ec2/carrierGateway:CarrierGateway": ("vpcId",)},
    ),
    Gateway(
        "a local gateway",
        ("localGatewayId",),
        opens={"aws:ec2/localGatewayRouteTableVpcAssociation:LocalGatewayRouteTableVpcAssociation": ("vpcId",)},
    ),
    Gateway(
        "a core network",
        ("coreNetworkArn",),
        ("aws:networkmanager/coreNetwork:CoreNetwork",),
        {"aws:networkmanager/vpcAttachment:VpcAttachment": ("vpcArn", "subnetArns")},
    ),
    Gateway("a database network of Oracle's", ("odbNetworkArn",)),
    Gateway(
        "a client VPN",
        opens={
            "aws:ec2clientvpn/endpoint:Endpoint": ("vpcId",),
            "aws:ec2clientvpn/networkAssociation:NetworkAssociation": ("subnetId",),
        },
    ),
    Gateway(
        "a service network",
        opens={
            "aws:vpclattice/serviceNetworkVpcAssociation:ServiceNetworkVpcAssociation": ("vpcIdentifier",),
            "aws:vpclattice/resourceGateway:ResourceGateway": ("vpcId", "subnetIds"),
        },
    ),
    Gateway(
        "an endpoint for sessions from outside",
        opens={"aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint": ("subnetId",)},
    ),
    Gateway(
        "a resolver that asks elsewhere",
        opens={
            "aws:route53/resolverEndpoint:ResolverEndpoint": ("ipAddresses.0.subnetId", "ipAddresses.1.subnetId"),
            "aws:route53/resolverRuleAssociation:ResolverRuleAssociation": ("vpcId",),
        },
    ),
)
# A route's property -> what the traffic leaves by.
EXITS = {route: one.said for one in GATEWAYS for route in one.routes}
TARGETS = tuple(dict.fromkeys(kind for one in GATEWAYS for kind in one.kinds))
# What opens a VPC -> the properties that name the VPC, or one of its subnets.
OPENERS = {kind: properties for one in GATEWAYS for kind, properties in one.opens.items()}
