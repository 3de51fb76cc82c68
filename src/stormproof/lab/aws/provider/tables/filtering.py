"""What filters names and traffic: Network Firewall and the resolver's firewall. moto has little of either."""

from __future__ import annotations

from typing import Any

from stormproof.lab.aws.provider.kinds import Call, Kind, Look, Values, lacking, replaced_by

_NO_RULES = "moto has no Network Firewall rule groups and policies"
_NO_DNS = "moto has no DNS firewall"
# What could not be taken away again would be left behind by every destroy.
_NO_DELETION = "moto can make one, and not delete it"
_FIREWALL_ARN = "arn:aws:network-firewall:{region}:{account}"
_DNS_ARN = "arn:aws:route53resolver:{region}:{account}"


def _endpoints(here: Values) -> list[Any]:
    """One endpoint for each subnet, where routes of the program lead: enough for a preview, and no further.

    moto makes a route to an endpoint of a gateway load balancer that it knows, and to no other (`create_route` asks
    `describe_vpc_endpoints`). These are made up, since it keeps no firewall either; so with `egress.networkFirewall` on, a
    lab's `up` ends at the first such route.
    """
    zones = (f"{here['region']}{letter}" for letter in "abcdef")
    return [{"syncStates": [
        {"availabilityZone": zone, "attachments": [
            {"subnetId": mapping["subnetId"], "endpointId": f"vpce-{mapping['subnetId'].removeprefix('subnet-')}"}]}
        for zone, mapping in zip(zones, here.get("subnetMappings") or [], strict=False)]}]  # fmt: skip


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


_TAG_ZONE = Call(
    "change_tags_for_resource", {"ResourceType": "hostedzone", "ResourceId": lambda here: here.get("id") or
                                 here["path"].rsplit("/", 1)[-1], "AddTags": lambda here: [
                                     {"Key": key, "Value": value} for key, value in here["tagsAll"].items()]},
    take=(), uses=("tags",), when=lambda here: here["tagsAll"],
)  # fmt: skip

KINDS = (
    Kind(
        "aws:route53/zone:Zone", "route53", "{id}", names="name", options=frozenset({"forceDestroy"}),
        create=(Call("create_hosted_zone", {
            "CallerReference": "{token}", "HostedZoneConfig": lambda here: {
                "Comment": here.get("comment", "Managed by Pulumi"), "PrivateZone": bool(here.get("vpcs"))},
            "VPC": lambda here: {"VPCId": here["vpcs"][0]["vpcId"], "VPCRegion": here["vpcs"][0].get(
                "vpcRegion", here["region"])} if here.get("vpcs") else None,
        }, uses=("comment", "vpcs"), out={"path": "HostedZone.Id", "nameServers": "DelegationSet.NameServers"}), _TAG_ZONE),
        update=(_TAG_ZONE,),
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
    lacking("aws:networkfirewall/firewall:Firewall", "name vpcId transitGatewayId", _NO_DELETION,
            arn=f"{_FIREWALL_ARN}:firewall/{{name}}", firewallStatuses=_endpoints, updateToken="{id}"),
    lacking("aws:networkfirewall/loggingConfiguration:LoggingConfiguration", "firewallArn", _NO_DELETION),
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
    lacking("aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig", "name destinationArn", _NO_DELETION,
            arn=f"{_DNS_ARN}:resolver-query-log-config/{{id}}", ownerId="{account}", shareStatus="NOT_SHARED"),
    lacking("aws:route53/resolverQueryLogConfigAssociation:ResolverQueryLogConfigAssociation",
            "resolverQueryLogConfigId resourceId", _NO_DELETION),
)  # fmt: skip
