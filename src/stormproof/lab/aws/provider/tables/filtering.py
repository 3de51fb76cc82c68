"""What filters names and traffic: Network Firewall and the resolver's firewall. moto has little of either."""

from __future__ import annotations

from typing import Any

from stormproof.lab.aws.provider.kinds import Call, Kind, Look, Tagging, Values, lacking, replaced_by

_NO_RULES = "moto has no Network Firewall rule groups and policies"
_NO_DNS = "moto has no DNS firewall"
_FIREWALL_ARN = "arn:aws:network-firewall:{region}:{account}"
_DNS_ARN = "arn:aws:route53resolver:{region}:{account}"

def _change(action: str) -> Call:
    """One change of one record set."""
    return Call(
        "change_resource_record_sets",
        {"HostedZoneId": "{zoneId}", "ChangeBatch": lambda here: {"Changes": [
            {"Action": action, "ResourceRecordSet": {
                "Name": here["name"], "Type": here["type"],
                **({"TTL": here["ttl"]} if here.get("ttl") is not None else {}),
                **({"ResourceRecords": [{"Value": value} for value in here["records"]]} if here.get("records") else {}),
                **({"AliasTarget": {"HostedZoneId": here["aliases"][0]["zoneId"], "DNSName": here["aliases"][0]["name"],
                                    "EvaluateTargetHealth": here["aliases"][0]["evaluateTargetHealth"]}}
                   if here.get("aliases") else {})}}]}},
        take=(), uses=("name", "type", "ttl", "records", "aliases", "zoneId"),
    )  # fmt: skip


def _record(answer: Any, here: Values) -> object:
    wanted = here["name"].rstrip("."), here["type"]
    return next((r for r in answer["ResourceRecordSets"] if (r["Name"].rstrip("."), r["Type"]) == wanted), None)


KINDS = (
    Kind(
        "aws:route53/zone:Zone", "route53", "{id}", names="name", options=frozenset({"forceDestroy"}),
        create=(Call("create_hosted_zone", {
            "CallerReference": "{token}", "HostedZoneConfig": lambda here: {
                "Comment": here.get("comment", "Managed by Pulumi"), "PrivateZone": bool(here.get("vpcs"))},
            "VPC": lambda here: {"VPCId": here["vpcs"][0]["vpcId"], "VPCRegion": here["vpcs"][0].get(
                "vpcRegion", here["region"])} if here.get("vpcs") else None,
        }, uses=("comment", "vpcs"), out={"path": "HostedZone.Id", "nameServers": "DelegationSet.NameServers"}),),
        looks=(Look("get_hosted_zone", {"Id": "{id}"}, "HostedZone"),),
        delete=(Call("delete_hosted_zone", {"Id": "{id}"}, take=()),),
        outputs={"id": lambda here: here["path"].rsplit("/", 1)[-1], "zoneId": lambda here: here["path"].rsplit("/", 1)[-1],
                 "arn": lambda here: f"arn:aws:route53:::{here['path'].lstrip('/')}"},
        replaces=replaced_by("name delegationSetId"),
    ),
    Kind(
        "aws:route53/record:Record", "route53", "{zoneId}_{name}_{type}",
        create=(_change("UPSERT"),), again=True, options=frozenset({"allowOverwrite"}),
        looks=(Look("list_resource_record_sets", {"HostedZoneId": "{zoneId}"}, _record, {
            "ttl": "TTL", "records": "ResourceRecords[].Value"}),),
        delete=(_change("DELETE"),),
        outputs={"fqdn": "{name}"}, replaces=replaced_by("zoneId name type setIdentifier"),
    ),
    Kind(
        "aws:networkfirewall/firewall:Firewall", "network-firewall", "{arn}", names="name",
        create=(Call("create_firewall", rename={"name": "FirewallName"},
                     out={"arn": "Firewall.FirewallArn", "updateToken": "FirewallStatus.ConfigurationSyncStateSummary"}),),
        looks=(Look("describe_firewall", {"FirewallArn": "{arn}"}, "Firewall",
                    {"deleteProtection": "DeleteProtection", "encryptionConfiguration": "EncryptionConfiguration",
                     "firewallPolicyArn": "FirewallPolicyArn", "vpcId": "VpcId"}),),
        delete=(Call("delete_firewall", {"FirewallArn": "{arn}"}, take=()),),
        # One endpoint for each subnet: moto tells none, and routes of the program lead there.
        outputs={"firewallStatuses": lambda here: [{"syncStates": [
            {"availabilityZone": zone, "attachments": [{"subnetId": mapping["subnetId"],
             "endpointId": f"vpce-{mapping['subnetId'].removeprefix('subnet-')}"}]}
            for zone, mapping in zip((f"{here['region']}{letter}" for letter in "abcdef"),
                                     here.get("subnetMappings") or [], strict=False)]}]},
        tagging=Tagging("tag_resource", "untag_resource", {"ResourceArn": "{arn}"}),
        replaces=replaced_by("name vpcId transitGatewayId"),
    ),
    Kind(
        "aws:networkfirewall/loggingConfiguration:LoggingConfiguration", "network-firewall", "{firewallArn}", again=True,
        create=(Call("update_logging_configuration"),),
        looks=(Look("describe_logging_configuration", {"FirewallArn": "{firewallArn}"}, "LoggingConfiguration",
                    {"loggingConfiguration": "@"}),),
        delete=(Call("update_logging_configuration", {"FirewallArn": "{firewallArn}", "LoggingConfiguration":
                     {"LogDestinationConfigs": []}}, take=()),),
        replaces=replaced_by("firewallArn"),
    ),
    lacking("aws:networkfirewall/firewallPolicy:FirewallPolicy", "name", _NO_RULES,
            arn=f"{_FIREWALL_ARN}:firewall-policy/{{name}}", updateToken="{id}"),
    lacking("aws:networkfirewall/ruleGroup:RuleGroup", "name capacity type", _NO_RULES,
            arn=f"{_FIREWALL_ARN}:stateful-rulegroup/{{name}}", updateToken="{id}"),
    lacking("aws:route53/resolverFirewallConfig:ResolverFirewallConfig", "resourceId", _NO_DNS, ownerId="{account}"),
    lacking("aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList", "name", _NO_DNS,
            arn=f"{_DNS_ARN}:firewall-domain-list/{{id}}"),
    lacking("aws:route53/resolverFirewallRule:ResolverFirewallRule",
            "firewallDomainListId firewallRuleGroupId qType dnsThreatProtection", _NO_DNS),
    lacking("aws:route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup", "name", _NO_DNS,
            arn=f"{_DNS_ARN}:firewall-rule-group/{{id}}", ownerId="{account}", shareStatus="NOT_SHARED"),
    lacking("aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation",
            "firewallRuleGroupId vpcId", _NO_DNS, arn=f"{_DNS_ARN}:firewall-rule-group-association/{{id}}"),
    Kind(
        "aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig", "route53resolver", "{id}",
        create=(Call("create_resolver_query_log_config", {"CreatorRequestId": "{token}"},
                     out={"id": "ResolverQueryLogConfig.Id", "arn": "ResolverQueryLogConfig.Arn"}),),
        looks=(Look("get_resolver_query_log_config", {"ResolverQueryLogConfigId": "{id}"}, "ResolverQueryLogConfig",
                    {"destinationArn": "DestinationArn", "name": "Name"}),),
        delete=(Call("delete_resolver_query_log_config", {"ResolverQueryLogConfigId": "{id}"}, take=()),),
        tagging=Tagging("tag_resource", "untag_resource", {"ResourceArn": "{arn}"}), names="name",
        replaces=replaced_by("name destinationArn"),
    ),
    Kind(
        "aws:route53/resolverQueryLogConfigAssociation:ResolverQueryLogConfigAssociation", "route53resolver", "{id}",
        create=(Call("associate_resolver_query_log_config", out={"id": "ResolverQueryLogConfigAssociation.Id"}),),
        looks=(Look("get_resolver_query_log_config_association", {"ResolverQueryLogConfigAssociationId": "{id}"},
                    "ResolverQueryLogConfigAssociation", {"resourceId": "ResourceId"}),),
        delete=(Call("disassociate_resolver_query_log_config", take=("resolverQueryLogConfigId", "resourceId")),),
        replaces=replaced_by("resolverQueryLogConfigId resourceId"),
    ),
)  # fmt: skip
