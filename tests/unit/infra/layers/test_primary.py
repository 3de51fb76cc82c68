"""The layer `primary`: every rule is silent on it, known or at preview, and speaks when one thing is taken away."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, get_args

import pytest

from infra.spec.egress import Service
from infra.spec.settings import Layer
from stormproof.core.infra.resource_graph import UNKNOWN
from tests.support.infra_components import broken_rules
from tests.support.primary_layer import beside, changed, entrance, every, layer, one, without
from tests.support.pulumi_mocks import Declared

Weaken = Callable[[list[Declared]], list[Declared]]
SWITCHED: list[dict[str, Any]] = [
    {"egress": {"networkFirewall": False}},
    {"egress": {"natPerZone": False}},
    {"egress": {"interfaceEndpoints": False, "allowedDomains": ["api.example.com"]}},
    {"egress": {"dnsFirewall": False}},
    {"egress": {"services": list(get_args(Service))}},
    {"organisation": {"id": "o-a1b2c3d4e5"}},
]


def _silent(seen: list[Declared]) -> None:
    assert broken_rules(seen, layer=Layer.PRIMARY, but=()) == {}


@pytest.mark.parametrize("preview", [True, False], ids=["at preview", "all known"])
def test_every_rule_is_silent(preview: bool) -> None:
    _silent(layer(preview=preview).declared)


@pytest.mark.parametrize("preview", [True, False], ids=["at preview", "all known"])
@pytest.mark.parametrize("changes", SWITCHED, ids=lambda it: json.dumps(it))
def test_every_rule_is_silent_on_the_network_whatever_its_switches(changes: dict[str, Any], preview: bool) -> None:
    _silent(entrance(preview=preview, **changes))


def _way_in(seen: list[Declared]) -> list[Declared]:
    return beside(
        seen, "Route", "opened", "network-ingress-internet", routeTableId=one(seen, "RouteTable", "network-data").id,
        destinationCidrBlock="0.0.0.0/0", gatewayId=one(seen, "InternetGateway", "network").id,
    )  # fmt: skip


def _no_limit(seen: list[Declared]) -> list[Declared]:
    rules = one(seen, "WebAcl", "edge").inputs["rules"]
    return changed(seen, "WebAcl", "edge", rules=[it for it in rules if it["name"] != "rate"])


def _old_tls(seen: list[Declared]) -> list[Declared]:
    return changed(seen, "Listener", "edge-https", sslPolicy="ELBSecurityPolicy-2016-08")


def _plain_http(seen: list[Declared]) -> list[Declared]:
    forward = one(seen, "Listener", "edge-https").inputs["defaultActions"]
    return changed(seen, "Listener", "edge-http", defaultActions=forward)


def _passing(seen: list[Declared]) -> list[Declared]:
    policy = one(seen, "FirewallPolicy", "firewall-policy").inputs["firewallPolicy"]
    return changed(seen, "FirewallPolicy", "firewall-policy", firewallPolicy={**policy, "statefulDefaultActions": []})


WEAKENED: list[tuple[str, Weaken]] = [
    ("network-data-tier-has-no-way-out", _way_in),
    (
        "network-data-tier-has-no-way-out",
        lambda it: changed(
            it, "RouteTableAssociation", "network-data-b",
            routeTableId=one(it, "RouteTable", "network-application-b").id,
        ),
    ),
    ("network-public-access-blocked", lambda it: without(it, "VpcBlockPublicAccessOptions", "network-block-public")),
    (
        "network-default-group-emptied",
        lambda it: changed(it, "DefaultSecurityGroup", "network-default", ingress=[{"protocol": "-1", "self": True}]),
    ),
    ("network-default-group-emptied", lambda it: without(it, "DefaultSecurityGroup", "network-default")),
    ("network-default-acl-emptied", lambda it: without(it, "DefaultNetworkAcl", "network-default")),
    ("network-flow-logs", lambda it: changed(it, "FlowLog", "network-traffic-flows", trafficType="REJECT")),
    ("network-flow-logs", lambda it: without(it, "FlowLog", "network-traffic-flows")),
    (
        "network-no-open-ports",
        lambda it: changed(
            it, "SecurityGroupIngressRule", "network-data-in-application-tcp-5432", cidrIpv4="0.0.0.0/0",
            referencedSecurityGroupId=None,
        ),
    ),
    (
        "network-no-open-ports",
        lambda it: changed(it, "SecurityGroupIngressRule", "network-ingress-in-internet-tcp-443", fromPort=22),
    ),
    (
        "declared-in-one-form",
        lambda it: changed(it, "SecurityGroup", "network-data", ingress=[{"protocol": "tcp", "fromPort": 1}]),
    ),
    ("network-acls-not-open", lambda it: changed(it, "NetworkAclRule", "network-data-in-100", cidrBlock="0.0.0.0/0")),
    ("network-endpoints-bound", lambda it: changed(it, "VpcEndpoint", "network-kms", policy=None)),
    ("network-no-public-addresses", lambda it: changed(it, "Subnet", "network-ingress-a", mapPublicIpOnLaunch=True)),
    ("network-firewall-drops", _passing),
    ("logs-encrypted", lambda it: changed(it, "LogGroup", "edge-logs", kmsKeyId=None)),
    ("logs-kept-a-year", lambda it: changed(it, "LogGroup", "edge-logs", retentionInDays=30)),
    ("lb-tls-policy", _old_tls),
    ("lb-tls-policy", _plain_http),
    ("lb-guarded", _no_limit),
    ("lb-guarded", lambda it: without(it, "WebAclAssociation", "edge")),
    ("lb-guarded", lambda it: changed(it, "LoadBalancer", "edge", accessLogs=None)),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "weaken"), WEAKENED, ids=[f"{it[0]}-{at}" for at, it in enumerate(WEAKENED)])
def test_a_weakened_layer_is_refused_by_the_rule_for_it(rule: str, weaken: Weaken) -> None:
    seen = entrance()
    assert rule in broken_rules(weaken(seen), layer=Layer.PRIMARY, but=())


def test_the_outputs_are_flat_and_name_every_tier() -> None:
    outputs = layer().outputs
    for tier in ("ingress", "inspection", "application", "data", "management"):
        assert len(outputs[f"subnets.{tier}"].value) == (6 if tier == "inspection" else 3)
    assert outputs["vpcId"].value.startswith("vpc-")
    assert outputs["targetGroupArn"].value.startswith("arn:aws:elasticloadbalancing:")
    nested = {name for name, it in outputs.items() if isinstance(it.value, dict)}
    assert nested == {"backupClasses"}
    assert [name for name, it in outputs.items() if it.value is None] == []


def test_the_outputs_hold_what_a_recovery_asks_for() -> None:
    wanted = {
        "databaseIdentifier",
        "databaseReplicatedTo",
        "filesBucket",
        "vaultName",
        "copyVaultArns",
        "backupRoleArn",
    }
    assert wanted <= set(layer().outputs)


def test_no_port_is_open_for_a_store_that_is_not_there() -> None:
    def ports(seen: list[Declared]) -> set[int]:
        data = one(seen, "SecurityGroup", "network-data").id
        rules = every(seen, "SecurityGroupIngressRule")
        return {it.inputs["fromPort"] for it in rules if it.inputs["securityGroupId"] == data}

    assert ports(entrance()) == {5432}
    assert ports(entrance(data={"fileSystem": {}})) == {5432, 2049}


def test_alarms_watch_the_load_balancer_by_the_name_that_cloudwatch_has_for_it() -> None:
    dimensions = [it.inputs.get("dimensions", {}) for it in every(layer().declared, "MetricAlarm")]
    assert "app/shop-prod-edge/50dc6c495c0c9188" in {it.get("LoadBalancer") for it in dimensions}


def test_at_preview_only_what_aws_makes_up_is_unknown() -> None:
    outputs = layer(preview=True).outputs
    assert {name for name, one in outputs.items() if one.value is not UNKNOWN and not isinstance(one.value, list)} >= {
        "vpcCidr",
        "host",
    }


def test_the_same_program_declares_the_same_at_preview_and_when_all_is_known() -> None:
    assert sorted(it.urn for it in layer(preview=True).declared) == sorted(it.urn for it in layer().declared)


def test_everything_taggable_says_whose_it_is() -> None:
    for it in layer().declared:
        if "tags" in it.inputs:
            assert {"environment", "owner", "project", "layer"} <= set(it.inputs["tags"]), it.urn


def test_whatever_is_kept_for_evidence_outlives_the_program() -> None:
    seen = layer().declared
    kept = [*every(seen, "LogGroup"), *every(seen, "Bucket"), *every(seen, "Key")]
    assert kept
    assert [it.urn for it in kept if not (it.protect and it.retain)] == []
