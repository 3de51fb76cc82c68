"""What guards the way out: firewall, DNS firewall, endpoints, the block on public access; each by its switch."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.components.network.firewall import NoEndpoint, endpoint_in
from tests.support.primary_layer import entrance, every, one
from tests.support.pulumi_mocks import Declared

BOTH = {"allowedDomains": ["api.example.com", "*.example.org"]}


def _seen(**egress: Any) -> list[Declared]:
    return entrance(egress=egress)


def test_the_firewall_drops_what_no_rule_passes() -> None:
    policy = one(_seen(**BOTH), "FirewallPolicy", "firewall-policy").inputs["firewallPolicy"]
    assert policy["statefulDefaultActions"] == ["aws:drop_established", "aws:alert_established"]
    assert policy["statefulEngineOptions"] == {"ruleOrder": "STRICT_ORDER", "streamExceptionPolicy": "DROP"}
    assert policy["statelessDefaultActions"] == policy["statelessFragmentDefaultActions"] == ["aws:forward_to_sfe"]


def test_only_tls_to_the_allowed_names_passes() -> None:
    group = one(_seen(**BOTH), "RuleGroup", "firewall-allowed").inputs["ruleGroup"]
    assert group["rulesSource"] == {
        "rulesSourceList": {
            "generatedRulesType": "ALLOWLIST",
            "targetTypes": ["TLS_SNI"],
            "targets": ["api.example.com", ".example.org"],
        }
    }
    assert group["statefulRuleOptions"] == {"ruleOrder": "STRICT_ORDER"}


def test_without_names_there_is_no_rule_and_nothing_passes() -> None:
    seen = _seen()
    assert every(seen, "RuleGroup") == []
    assert "statefulRuleGroupReferences" not in {
        key
        for key, value in one(seen, "FirewallPolicy", "firewall-policy").inputs["firewallPolicy"].items()
        if value != []
    }


def test_services_without_an_endpoint_are_let_through_by_name() -> None:
    group = one(_seen(interfaceEndpoints=False), "RuleGroup", "firewall-allowed").inputs["ruleGroup"]
    targets = group["rulesSource"]["rulesSourceList"]["targets"]
    assert "kms.eu-central-1.amazonaws.com" in targets
    assert not [target for target in targets if target.startswith(".")]


def test_the_firewall_is_in_every_zone_guarded_and_logged() -> None:
    seen = _seen()
    firewall = one(seen, "Firewall", "firewall")
    assert firewall.protect
    assert firewall.inputs["deleteProtection"] is firewall.inputs["subnetChangeProtection"] is True
    assert len(firewall.inputs["subnetMappings"]) == 3
    logging = one(seen, "LoggingConfiguration", "firewall-logging").inputs["loggingConfiguration"]
    assert {it["logType"] for it in logging["logDestinationConfigs"]} == {"ALERT", "FLOW"}
    groups = {it.inputs["name"] for it in every(seen, "LogGroup")}
    assert {it["logDestination"]["logGroup"] for it in logging["logDestinationConfigs"]} <= groups


def test_an_endpoint_that_aws_does_not_tell_is_no_route_to_nowhere() -> None:
    assert endpoint_in({"subnet-1": "vpce-1"}, "subnet-1") == "vpce-1"
    with pytest.raises(NoEndpoint, match="subnet-2"):
        endpoint_in({"subnet-1": "vpce-1"}, "subnet-2")


def test_the_dns_firewall_resolves_allowed_names_then_nothing_and_fails_closed() -> None:
    seen = _seen(**BOTH)
    rules = sorted(every(seen, "ResolverFirewallRule"), key=lambda it: it.inputs["priority"])
    lists = {it.id: it.inputs["domains"] for it in every(seen, "ResolverFirewallDomainList")}
    allow, block = rules
    assert allow.inputs["action"] == "ALLOW"
    assert {"api.example.com", "*.example.org", "*.eu-central-1.amazonaws.com"} <= set(
        lists[allow.inputs["firewallDomainListId"]]
    )
    assert (block.inputs["action"], lists[block.inputs["firewallDomainListId"]]) == ("BLOCK", ["*"])
    assert one(seen, "ResolverFirewallConfig", "dns-firewall-closed").inputs["firewallFailOpen"] == "DISABLED"


def test_the_dns_firewall_is_joined_only_once_it_can_refuse() -> None:
    seen = _seen()
    joined = one(seen, "ResolverFirewallRuleGroupAssociation", "dns-firewall")
    assert joined.protect
    assert joined.inputs["mutationProtection"] == "ENABLED"
    waited_for = {it.name for it in seen if it.urn in joined.depends_on}
    assert {"dns-firewall-allowed", "dns-firewall-others", "dns-firewall-closed"} <= waited_for


def test_production_alone_is_excluded_before_the_block_begins() -> None:
    seen = _seen()
    [exclusion], [block] = every(seen, "VpcBlockPublicAccessExclusion"), every(seen, "VpcBlockPublicAccessOptions")
    assert exclusion.inputs["vpcId"] == one(seen, "Vpc", "network").id
    assert exclusion.inputs["internetGatewayExclusionMode"] == "allow-bidirectional"
    assert block.inputs["internetGatewayBlockMode"] == "block-bidirectional"
    assert exclusion.urn in block.depends_on
    assert block.protect


def test_gateways_serve_the_application_and_management_alone() -> None:
    seen = _seen()
    tables = {it.id: it.name.removeprefix("network-") for it in every(seen, "RouteTable")}
    for service in ("s3", "dynamodb"):
        endpoint = one(seen, "VpcEndpoint", f"network-{service}")
        assert {tables[it] for it in endpoint.inputs["routeTableIds"]} == {
            "application-a", "application-b", "application-c", "management",
        }  # fmt: skip


def test_interfaces_stand_in_the_management_tier_under_the_service_s_own_name() -> None:
    seen = _seen()
    management = {one(seen, "Subnet", f"network-management-{zone}").id for zone in "abc"}
    group = one(seen, "SecurityGroup", "network-management").id
    interfaces = [it for it in every(seen, "VpcEndpoint") if it.inputs["vpcEndpointType"] == "Interface"]
    assert len(interfaces) == 8
    for it in interfaces:
        assert set(it.inputs["subnetIds"]) == management
        assert it.inputs["securityGroupIds"] == [group]
        assert it.inputs["privateDnsEnabled"] is True
        assert json.loads(it.inputs["policy"])["Statement"]


@pytest.mark.parametrize(
    ("switch", "kinds"),
    [
        ("networkFirewall", {"Firewall", "FirewallPolicy", "LoggingConfiguration"}),
        ("dnsFirewall", {"ResolverFirewallRule", "ResolverFirewallRuleGroup", "ResolverFirewallConfig"}),
        ("blockPublicAccess", {"VpcBlockPublicAccessOptions", "VpcBlockPublicAccessExclusion"}),
    ],
)
def test_a_switch_takes_away_what_it_stands_for(switch: str, kinds: set[str]) -> None:
    def found(seen: list[Declared]) -> set[str]:
        return kinds & {it.type.rpartition(":")[2] for it in seen}

    assert found(_seen()) == kinds
    assert found(_seen(**{switch: False})) == set()


def test_a_lab_pays_for_one_nat_and_no_firewall() -> None:
    seen = entrance(environment="lab", disposable=True)
    kinds = {it.type.rpartition(":")[2] for it in seen}
    assert not {"Firewall", "ResolverFirewallRule"} & kinds
    assert len(every(seen, "NatGateway")) == 1
    assert {it.inputs["vpcEndpointType"] for it in every(seen, "VpcEndpoint")} == {"Gateway"}
