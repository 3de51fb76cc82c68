"""VPCs and what they are made of: subnets, routes, gateways, addresses."""

from __future__ import annotations

from typing import Any

from stormproof.lab.aws.provider.kinds import Call, Kind, Look, Parameter, Tagging, Values, lacking, replaced_by

TAGS = Tagging("create_tags", "delete_tags", {"Resources": ["{id}"]})
_TARGETS = (
    "carrierGatewayId", "coreNetworkArn", "egressOnlyGatewayId", "gatewayId", "localGatewayId", "natGatewayId",
    "networkInterfaceId", "transitGatewayId", "vpcEndpointId", "vpcPeeringConnectionId",
)  # fmt: skip
_DESTINATION = {
    "RouteTableId": "{routeTableId}",
    "DestinationCidrBlock": "{destinationCidrBlock}",
    "DestinationIpv6CidrBlock": "{destinationIpv6CidrBlock}",
    "DestinationPrefixListId": "{destinationPrefixListId}",
}


def arn(kind: str) -> str:
    return f"arn:aws:ec2:{{region}}:{{account}}:{kind}/{{id}}"


def where(name: str, value: str) -> dict[str, Any]:
    return {"Filters": [{"Name": name, "Values": [value]}]}


def _from_item(name: str) -> Any:
    return lambda here: here["item"].get(name) or None


def _route(answer: Any, here: Values) -> object:
    wanted = {
        here.get("destinationCidrBlock"), here.get("destinationIpv6CidrBlock"), here.get("destinationPrefixListId"),
    } - {None}  # fmt: skip
    names = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
    routes = [route for table in answer["RouteTables"] for route in table.get("Routes", [])]
    return next((route for route in routes if any(route.get(name) in wanted for name in names)), None)


def _association(answer: Any, here: Values) -> object:
    named = [a for table in answer["RouteTables"] for a in table.get("Associations", [])]
    mine = ("SubnetId", here.get("subnetId")) if here.get("subnetId") else ("GatewayId", here.get("gatewayId"))
    return next((a for a in named if a.get(mine[0]) == mine[1]), None)


def _vpc_attribute(name: str) -> Look:
    member = name[0].upper() + name[1:]
    put = {"VpcId": "{id}", "Attribute": name}
    return Look("describe_vpc_attribute", put, sees={name: f"{member}.Value"})


def _vpc_switch(name: str) -> Call:
    member = name[0].upper() + name[1:]
    put: dict[str, Parameter] = {"VpcId": "{id}", member: {"Value": f"{{{name}}}"}}
    return Call("modify_vpc_attribute", put, take=(), uses=(name,), when=lambda here: here.get(name) is not None)


_SUBNET_SWITCH = Call(
    "modify_subnet_attribute", {"SubnetId": "{id}", "MapPublicIpOnLaunch": {"Value": "{mapPublicIpOnLaunch}"}},
    take=(), uses=("mapPublicIpOnLaunch",), when=lambda here: here.get("mapPublicIpOnLaunch") is not None,
)  # fmt: skip

KINDS = (
    Kind(
        "aws:ec2/vpc:Vpc", "ec2", "{id}", ec2_tag="vpc", tagging=TAGS,
        create=(
            Call("create_vpc", rename={"assignGeneratedIpv6CidrBlock": "AmazonProvidedIpv6CidrBlock"},
                 out={"id": "Vpc.VpcId", "dhcpOptionsId": "Vpc.DhcpOptionsId"}),
            _vpc_switch("enableDnsSupport"), _vpc_switch("enableDnsHostnames"),
        ),
        looks=(
            Look("describe_vpcs", {"VpcIds": ["{id}"]}, "Vpcs[0]",
                 {"cidrBlock": "CidrBlock", "instanceTenancy": "InstanceTenancy"}),
            _vpc_attribute("enableDnsSupport"), _vpc_attribute("enableDnsHostnames"),
            Look("describe_security_groups", {"Filters": [{"Name": "vpc-id", "Values": ["{id}"]},
                 {"Name": "group-name", "Values": ["default"]}]}, "SecurityGroups[0]",
                 fills={"defaultSecurityGroupId": "GroupId"}),
            Look("describe_network_acls", {"Filters": [{"Name": "vpc-id", "Values": ["{id}"]},
                 {"Name": "default", "Values": ["true"]}]}, "NetworkAcls[0]",
                 fills={"defaultNetworkAclId": "NetworkAclId"}),
            Look("describe_route_tables", {"Filters": [{"Name": "vpc-id", "Values": ["{id}"]},
                 {"Name": "association.main", "Values": ["true"]}]}, "RouteTables[0]",
                 fills={"mainRouteTableId": "RouteTableId", "defaultRouteTableId": "RouteTableId"}),
        ),
        update=(_vpc_switch("enableDnsSupport"), _vpc_switch("enableDnsHostnames")),
        delete=(Call("delete_vpc", {"VpcId": "{id}"}, take=()),),
        outputs={"arn": arn("vpc")},
        replaces=replaced_by("cidrBlock ipv4IpamPoolId ipv4NetmaskLength"),
    ),
    Kind(
        "aws:ec2/subnet:Subnet", "ec2", "{id}", ec2_tag="subnet", tagging=TAGS,
        create=(Call("create_subnet", out={"id": "Subnet.SubnetId"}), _SUBNET_SWITCH),
        looks=(Look("describe_subnets", {"SubnetIds": ["{id}"]}, "Subnets[0]",
                    {"mapPublicIpOnLaunch": "MapPublicIpOnLaunch", "vpcId": "VpcId", "cidrBlock": "CidrBlock",
                     "availabilityZone": "AvailabilityZone"}),),
        update=(_SUBNET_SWITCH,),
        delete=(Call("delete_subnet", {"SubnetId": "{id}"}, take=()),),
        outputs={"arn": arn("subnet")},
        replaces=replaced_by("vpcId cidrBlock availabilityZone availabilityZoneId ipv6Native outpostArn"),
    ),
    Kind(
        "aws:ec2/routeTable:RouteTable", "ec2", "{id}", ec2_tag="route-table", tagging=TAGS,
        create=(Call("create_route_table", take=None, out={"id": "RouteTable.RouteTableId"}),),
        looks=(Look("describe_route_tables", {"RouteTableIds": ["{id}"]}, "RouteTables[0]", {"vpcId": "VpcId"}),),
        delete=(Call("delete_route_table", {"RouteTableId": "{id}"}, take=()),),
        outputs={"arn": arn("route-table")}, replaces=replaced_by("vpcId"),
    ),
    Kind(
        # Adopted, never made: its routes are taken away, but the VPC's own.
        "aws:ec2/defaultRouteTable:DefaultRouteTable", "ec2", "{defaultRouteTableId}", tagging=TAGS, again=True,
        create=(Call("delete_route", {"RouteTableId": "{defaultRouteTableId}", "DestinationCidrBlock": lambda here:
                     here["item"]["DestinationCidrBlock"]}, take=(), uses=("defaultRouteTableId",),
                     ask=(Look("describe_route_tables", {"RouteTableIds": ["{defaultRouteTableId}"]}, "RouteTables[0]",
                               fills={"held": "Routes[?GatewayId!='local' && DestinationCidrBlock]"}),),
                     each=lambda here: here["held"]),
                Call("create_route", {"RouteTableId": "{defaultRouteTableId}", **{
                    member: _from_item(name) for member, name in (
                        ("DestinationCidrBlock", "cidrBlock"), ("GatewayId", "gatewayId"),
                        ("NatGatewayId", "natGatewayId"), ("VpcEndpointId", "vpcEndpointId"))}},
                     take=(), uses=("routes",), each=lambda here: here.get("routes") or [])),
        looks=(Look("describe_route_tables", {"RouteTableIds": ["{defaultRouteTableId}"]}, "RouteTables[0]",
                    {"routes": lambda table, _: [
                        {"cidrBlock": route.get("DestinationCidrBlock"), "gatewayId": route.get("GatewayId"),
                         "natGatewayId": route.get("NatGatewayId"), "vpcEndpointId": route.get("VpcEndpointId")}
                        for route in table["Routes"] if route.get("GatewayId") != "local"]}, always=("routes",)),),
        outputs={"arn": arn("route-table")}, replaces=replaced_by("defaultRouteTableId"),
    ),
    Kind(
        "aws:ec2/route:Route", "ec2", "r-{routeTableId}-{token}",
        create=(Call("create_route", _DESTINATION, take=_TARGETS),),
        looks=(Look("describe_route_tables", {"RouteTableIds": ["{routeTableId}"]}, _route, {
            "natGatewayId": "NatGatewayId", "vpcEndpointId": "VpcEndpointId || GatewayId", "gatewayId": "GatewayId",
            "transitGatewayId": "TransitGatewayId", "vpcPeeringConnectionId": "VpcPeeringConnectionId",
            "networkInterfaceId": "NetworkInterfaceId",
        }),),
        update=(Call("replace_route", _DESTINATION, take=_TARGETS),),
        delete=(Call("delete_route", _DESTINATION, take=()),),
        outputs={"state": "active", "origin": "CreateRoute"},
        replaces=replaced_by("routeTableId destinationCidrBlock destinationIpv6CidrBlock destinationPrefixListId"),
    ),
    Kind(
        "aws:ec2/routeTableAssociation:RouteTableAssociation", "ec2", "{associationId}",
        create=(Call("associate_route_table", out={"associationId": "AssociationId"}),),
        looks=(Look("describe_route_tables", {"RouteTableIds": ["{routeTableId}"]}, _association),),
        update=(Call("replace_route_table_association", {"AssociationId": "{associationId}"}, take=("routeTableId",),
                     out={"associationId": "NewAssociationId"}),),
        delete=(Call("disassociate_route_table", {"AssociationId": "{associationId}"}, take=()),),
        replaces=replaced_by("subnetId gatewayId"),
    ),
    Kind(
        "aws:ec2/internetGateway:InternetGateway", "ec2", "{id}", ec2_tag="internet-gateway", tagging=TAGS,
        create=(
            Call("create_internet_gateway", out={"id": "InternetGateway.InternetGatewayId"}),
            Call("attach_internet_gateway", {"InternetGatewayId": "{id}"}, take=("vpcId",),
                 when=lambda here: here.get("vpcId")),
        ),
        looks=(Look("describe_internet_gateways", {"InternetGatewayIds": ["{id}"]}, "InternetGateways[0]",
                    {"vpcId": "Attachments[0].VpcId"}),),
        delete=(
            Call("detach_internet_gateway", {"InternetGatewayId": "{id}"}, take=("vpcId",),
                 when=lambda here: here.get("vpcId")),
            Call("delete_internet_gateway", {"InternetGatewayId": "{id}"}, take=()),
        ),
        outputs={"arn": arn("internet-gateway")}, replaces=replaced_by(""),
    ),
    Kind(
        "aws:ec2/natGateway:NatGateway", "ec2", "{id}", ec2_tag="natgateway", tagging=TAGS,
        create=(Call("create_nat_gateway", {"ClientToken": "{token}"}, rename={"privateIp": "PrivateIpAddress"},
                     out={"id": "NatGateway.NatGatewayId"}),),
        looks=(Look("describe_nat_gateways", {"NatGatewayIds": ["{id}"]}, "NatGateways[?State!='deleted']|[0]",
                    {"subnetId": "SubnetId", "connectivityType": "ConnectivityType"},
                    fills={"publicIp": "NatGatewayAddresses[0].PublicIp",
                           "networkInterfaceId": "NatGatewayAddresses[0].NetworkInterfaceId"}),),
        # The emulator leaves the gateway's interface behind; AWS takes it along.
        delete=(Call("delete_nat_gateway", {"NatGatewayId": "{id}"}, take=()),
                Call("delete_network_interface", {"NetworkInterfaceId": "{networkInterfaceId}"}, take=())),
        replaces=replaced_by("allocationId connectivityType privateIp subnetId vpcId"),
    ),
    Kind(
        "aws:ec2/eip:Eip", "ec2", "{id}", ec2_tag="elastic-ip", tagging=TAGS,
        create=(Call("allocate_address", {"Domain": lambda here: here.get("domain", "vpc")},
                     uses=("domain",), out={"id": "AllocationId", "publicIp": "PublicIp"}),),
        looks=(Look("describe_addresses", {"AllocationIds": ["{id}"]}, "Addresses[0]", {"domain": "Domain"}),),
        delete=(Call("release_address", {"AllocationId": "{id}"}, take=()),),
        outputs={"allocationId": "{id}", "arn": arn("elastic-ip")},
        replaces=replaced_by("domain networkBorderGroup publicIpv4Pool customerOwnedIpv4Pool address"),
    ),
    lacking("aws:ec2/vpcBlockPublicAccessOptions:VpcBlockPublicAccessOptions", "",
            "moto has no VPC Block Public Access", awsAccountId="{account}", awsRegion="{region}"),
    lacking("aws:ec2/vpcBlockPublicAccessExclusion:VpcBlockPublicAccessExclusion", "vpcId subnetId",
            "moto has no VPC Block Public Access"),
    lacking("aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults", "",
            "moto has no account-wide metadata defaults"),
    lacking("aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess", "", "moto has no image block public access"),
)  # fmt: skip
