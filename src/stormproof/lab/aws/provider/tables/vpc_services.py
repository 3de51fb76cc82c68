"""What serves a VPC: endpoints, flow logs, DHCP options."""

from __future__ import annotations

from typing import Any

from stormproof.lab.aws.provider.kinds import Call, Kind, Look, Values, replaced_by
from stormproof.lab.aws.provider.tables.vpc import TAGS, arn, where


def _flow_log(here: Values) -> dict[str, Any]:
    kinds = {"vpcId": "VPC", "subnetId": "Subnet", "eniId": "NetworkInterface", "transitGatewayId": "TransitGateway"}
    name = next(name for name in kinds if here.get(name))
    return {"ids": [here[name]], "kind": kinds[name]}


KINDS = (
    Kind(
        "aws:ec2/vpcEndpoint:VpcEndpoint", "ec2", "{id}", ec2_tag="vpc-endpoint", tagging=TAGS,
        create=(Call("create_vpc_endpoint", {"ClientToken": "{token}"}, rename={"policy": "PolicyDocument"},
                     out={"id": "VpcEndpoint.VpcEndpointId"}),),
        looks=(Look("describe_vpc_endpoints", {"VpcEndpointIds": ["{id}"]},
                    "VpcEndpoints[?State!='deleted' && State!='deleting']|[0]",
                    {"policy": "PolicyDocument", "privateDnsEnabled": "PrivateDnsEnabled", "vpcId": "VpcId",
                     "serviceName": "ServiceName"},
                    fills={"dnsEntries": "DnsEntries[].{dnsName: DnsName, hostedZoneId: HostedZoneId}"}),
               Look("describe_managed_prefix_lists", where("prefix-list-name", "{serviceName}"), "PrefixLists[0]",
                    fills={"prefixListId": "PrefixListId"}, optional=True)),
        update=(Call("modify_vpc_endpoint", {"VpcEndpointId": "{id}", "PolicyDocument": "{policy}"},
                     take=("privateDnsEnabled",), uses=("policy",)),),
        delete=(Call("delete_vpc_endpoints", {"VpcEndpointIds": ["{id}"]}, take=()),),
        outputs={"arn": arn("vpc-endpoint")},
        replaces=replaced_by("vpcId serviceName serviceRegion vpcEndpointType resourceConfigurationArn"),
    ),
    Kind(
        "aws:ec2/flowLog:FlowLog", "ec2", "{id}", ec2_tag="vpc-flow-log", tagging=TAGS,
        create=(Call("create_flow_logs", {"ResourceIds": lambda here: _flow_log(here)["ids"],
                                          "ResourceType": lambda here: _flow_log(here)["kind"],
                                          "ClientToken": "{token}"},
                     uses=("vpcId", "subnetId", "eniId", "transitGatewayId"),
                     rename={"iamRoleArn": "DeliverLogsPermissionArn"}, out={"id": "FlowLogIds[0]"}),),
        looks=(Look("describe_flow_logs", {"FlowLogIds": ["{id}"]}, "FlowLogs[0]",
                    {"trafficType": "TrafficType", "logDestination": "LogDestination",
                     "logDestinationType": "LogDestinationType"}),),
        delete=(Call("delete_flow_logs", {"FlowLogIds": ["{id}"]}, take=()),),
        outputs={"arn": arn("vpc-flow-log")},
        replaces=replaced_by("vpcId subnetId eniId transitGatewayId trafficType logDestination logDestinationType "
                             "logFormat maxAggregationInterval iamRoleArn destinationOptions deliverCrossAccountRole"),
    ),
    Kind(
        "aws:ec2/vpcDhcpOptions:VpcDhcpOptions", "ec2", "{id}", ec2_tag="dhcp-options", tagging=TAGS,
        create=(Call("create_dhcp_options", {"DhcpConfigurations": lambda here: [
            {"Key": key, "Values": value if isinstance(value, list) else [value]}
            for key, value in (("domain-name", here.get("domainName")), ("ntp-servers", here.get("ntpServers")),
                               ("domain-name-servers", here.get("domainNameServers"))) if value]},
            uses=("domainName", "domainNameServers", "ntpServers"), out={"id": "DhcpOptions.DhcpOptionsId"}),),
        looks=(Look("describe_dhcp_options", {"DhcpOptionsIds": ["{id}"]}, "DhcpOptions[0]"),),
        delete=(Call("delete_dhcp_options", {"DhcpOptionsId": "{id}"}, take=()),),
        outputs={"arn": arn("dhcp-options")},
        replaces=replaced_by("domainName domainNameServers ntpServers netbiosNameServers netbiosNodeType"),
    ),
    Kind(
        "aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation", "ec2", "{dhcpOptionsId}-{vpcId}",
        create=(Call("associate_dhcp_options"),), again=True,
        looks=(Look("describe_vpcs", {"VpcIds": ["{vpcId}"]}, lambda answer, here: next(
            (vpc for vpc in answer["Vpcs"] if vpc["DhcpOptionsId"] != "default"), None),
            {"dhcpOptionsId": "DhcpOptionsId"}),),
        delete=(Call("associate_dhcp_options", {"VpcId": "{vpcId}", "DhcpOptionsId": "default"}, take=()),),
        replaces=replaced_by("vpcId"),
    ),
)  # fmt: skip
