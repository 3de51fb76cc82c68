"""The entrance speaks TLS 1.2 and newer, refuses who asks too often, logs, and tells where to report a weakness."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.primary_layer import entrance, entrance_run, every, one
from tests.support.pulumi_mocks import Declared

REVIEWED = {"domain": "shop.example.com", "securityReviewed": "2026-11-26"}
ZONE = "Z0123456789ABC"
CERTIFICATE = "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"


@pytest.fixture(scope="module")
def seen() -> list[Declared]:
    return entrance()


def _with(**edge: Any) -> list[Declared]:
    return entrance(edge={**REVIEWED, **edge})


def test_the_load_balancer_faces_the_internet_from_every_zone_in_its_tier_s_group(seen: list[Declared]) -> None:
    balancer = one(seen, "LoadBalancer", "edge").inputs
    assert balancer["internal"] is False
    assert balancer["securityGroups"] == [one(seen, "SecurityGroup", "network-ingress").id]
    assert set(balancer["subnets"]) == {one(seen, "Subnet", f"network-ingress-{zone}").id for zone in "abc"}


def test_it_is_guarded(seen: list[Declared]) -> None:
    balancer = one(seen, "LoadBalancer", "edge")
    assert balancer.protect
    assert balancer.inputs["enableDeletionProtection"] is balancer.inputs["dropInvalidHeaderFields"] is True
    assert balancer.inputs["enableWafFailOpen"] is False
    lab = entrance(environment="lab", disposable=True)
    assert one(lab, "LoadBalancer", "edge").inputs["enableDeletionProtection"] is False


def test_plain_http_only_sends_people_to_tls(seen: list[Declared]) -> None:
    plain = one(seen, "Listener", "edge-http").inputs
    assert (plain["port"], plain["protocol"]) == (80, "HTTP")
    [action] = plain["defaultActions"]
    assert action["type"] == "redirect"
    assert action["redirect"] == {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}


def test_tls_is_1_2_or_newer_and_browsers_stay_with_it(seen: list[Declared]) -> None:
    listener = one(seen, "Listener", "edge-https").inputs
    assert (listener["port"], listener["protocol"]) == (443, "HTTPS")
    assert listener["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
    assert listener["routingHttpResponseStrictTransportSecurityHeaderValue"].startswith("max-age=63072000")
    assert listener["routingHttpResponseServerEnabled"] is False


def test_the_target_group_is_the_only_way_on_and_speaks_tls(seen: list[Declared]) -> None:
    [group] = every(seen, "TargetGroup")
    assert (group.inputs["protocol"], group.inputs["port"], group.inputs["targetType"]) == ("HTTPS", 8443, "ip")
    [action] = one(seen, "Listener", "edge-https").inputs["defaultActions"]
    assert action["targetGroupArn"] == group.told["arn"]


def test_logs_go_where_load_balancers_can_write_and_nobody_else_does(seen: list[Declared]) -> None:
    balancer = one(seen, "LoadBalancer", "edge")
    bucket = "shop-prod-edge-logs-111122223333-eu-central-1"
    assert balancer.inputs["accessLogs"] == {"bucket": bucket, "prefix": "requests", "enabled": True}
    assert balancer.inputs["connectionLogs"] == {"bucket": bucket, "prefix": "connections", "enabled": True}
    policy = one(seen, "BucketPolicy", "edge-logs-policy")
    assert policy.urn in balancer.depends_on
    [allowed] = [it for it in json.loads(policy.inputs["policy"])["Statement"] if it["Effect"] == "Allow"]
    assert allowed["Action"] == "s3:PutObject"
    assert allowed["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert allowed["Resource"] == [
        f"arn:aws:s3:::{bucket}/requests/AWSLogs/111122223333/*",
        f"arn:aws:s3:::{bucket}/connections/AWSLogs/111122223333/*",
    ]
    assert allowed["Condition"]["ArnLike"]["aws:SourceArn"].endswith(":111122223333:loadbalancer/*")
    [rule] = one(seen, "BucketServerSideEncryptionConfiguration", "edge-logs-encryption").inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}


def test_who_asks_too_often_is_refused_before_anything_else() -> None:
    rules = one(_with(requestsPerFiveMinutes=500), "WebAcl", "edge").inputs["rules"]
    first = min(rules, key=lambda rule: rule["priority"])
    assert first["statement"]["rateBasedStatement"] == {
        "aggregateKeyType": "IP", "evaluationWindowSec": 300, "limit": 500,
    }  # fmt: skip
    assert first["action"] == {"block": {"customResponse": {"responseCode": 429}}}


def test_the_managed_groups_refuse_and_do_not_only_count() -> None:
    rules = one(_with(managedGroups=["AWSManagedRulesCommonRuleSet"]), "WebAcl", "edge").inputs["rules"]
    [managed] = [rule for rule in rules if "managedRuleGroupStatement" in rule["statement"]]
    assert managed["statement"]["managedRuleGroupStatement"] == {
        "vendorName": "AWS",
        "name": "AWSManagedRulesCommonRuleSet",
    }
    assert managed["overrideAction"] == {"none": {}}
    assert len({rule["priority"] for rule in rules}) == len(rules)


def test_the_web_firewall_stands_before_the_load_balancer_and_logs_no_session(seen: list[Declared]) -> None:
    joined = one(seen, "WebAclAssociation", "edge").inputs
    acl, balancer = one(seen, "WebAcl", "edge"), one(seen, "LoadBalancer", "edge")
    assert (joined["resourceArn"], joined["webAclArn"]) == (balancer.told["arn"], acl.told["arn"])
    logging = one(seen, "WebAclLoggingConfiguration", "edge-logging").inputs
    [destination] = logging["logDestinationConfigs"]
    assert destination.endswith("log-group:aws-waf-logs-shop-prod-edge")
    assert {it["singleHeader"]["name"] for it in logging["redactedFields"]} == {"authorization", "cookie"}


@pytest.mark.parametrize("listener", ["edge-http", "edge-https"])
def test_no_door_opens_before_the_web_firewall_stands_there(seen: list[Declared], listener: str) -> None:
    assert one(seen, "WebAclAssociation", "edge").urn in one(seen, "Listener", listener).depends_on


def test_its_key_admits_the_log_group_that_aws_names(seen: list[Declared]) -> None:
    policy = json.loads(one(seen, "KeyPolicy", "keys-internal-policy").inputs["policy"])
    [logs] = [it for it in policy["Statement"] if it["Sid"] == "OurLogGroups"]
    group = "arn:aws:logs:eu-central-1:111122223333:log-group:aws-waf-logs-shop-prod-edge"
    assert group in logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]


def test_security_txt_is_served_where_people_look_for_it(seen: list[Declared]) -> None:
    rule = one(seen, "ListenerRule", "edge-security-txt").inputs
    assert rule["listenerArn"] == one(seen, "Listener", "edge-https").id
    [condition], [action] = rule["conditions"], rule["actions"]
    assert condition["pathPattern"]["values"][0] == "/.well-known/security.txt"
    response = action["fixedResponse"]
    assert (response["contentType"], response["statusCode"]) == ("text/plain", "200")
    assert "Contact: mailto:security@example.com" in response["messageBody"]


def test_without_a_zone_of_ours_one_is_declared_and_its_name_servers_told() -> None:
    run = entrance_run()
    zone = one(run.declared, "Zone", "domain-zone")
    assert zone.inputs["name"] == "shop.example.com"
    assert zone.protect
    assert run.outputs["nameServers"].value == zone.told["nameServers"]


def test_the_certificate_is_proved_in_the_zone_and_used_only_then(seen: list[Declared]) -> None:
    certificate, proof = one(seen, "Certificate", "domain-certificate"), one(seen, "Record", "domain-proof")
    assert certificate.inputs["validationMethod"] == "DNS"
    assert proof.inputs["name"] == certificate.told["domainValidationOptions"][0]["resourceRecordName"]
    proved = one(seen, "CertificateValidation", "domain-proved")
    assert proved.inputs["validationRecordFqdns"] == [proof.inputs["name"]]
    assert proved.urn in one(seen, "Listener", "edge-https").depends["certificateArn"]


def test_a_zone_and_a_certificate_that_exist_are_used() -> None:
    run = entrance_run(edge={**REVIEWED, "zoneId": ZONE, "certificateArn": CERTIFICATE})
    assert every(run.declared, "Zone") == every(run.declared, "Certificate") == []
    assert "nameServers" not in run.outputs
    assert one(run.declared, "Listener", "edge-https").inputs["certificateArn"] == CERTIFICATE
    [record] = every(run.declared, "Record")
    assert record.inputs["zoneId"] == ZONE


def test_the_name_leads_to_the_load_balancer_whatever_its_address(seen: list[Declared]) -> None:
    record = one(seen, "Record", "domain-address").inputs
    [alias] = record["aliases"]
    assert (record["name"], record["type"]) == ("shop.example.com", "A")
    assert alias["name"] == one(seen, "LoadBalancer", "edge").told["dnsName"]


def test_no_compute_is_declared(seen: list[Declared]) -> None:
    packages = {it.type.partition("/")[0] for it in seen}
    assert not packages & {"aws:autoscaling", "aws:ecs", "aws:eks", "aws:lambda"}
    assert every(seen, "Instance") == every(seen, "LaunchTemplate") == []
