"""All traffic and every question is written down, by services that write for this account alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.primary_layer import entrance, every, one
from tests.support.pulumi_mocks import Declared


@pytest.fixture(scope="module")
def seen() -> list[Declared]:
    return entrance()


def _statements(text: str) -> list[dict[str, Any]]:
    found = json.loads(text)["Statement"]
    assert isinstance(found, list)
    return found


def test_all_traffic_is_logged_by_the_minute(seen: list[Declared]) -> None:
    log = one(seen, "FlowLog", "network-traffic-flows")
    assert (log.inputs["trafficType"], log.inputs["maxAggregationInterval"]) == ("ALL", 60)
    assert log.inputs["vpcId"] == one(seen, "Vpc", "network").id
    assert log.protect


def test_the_role_is_assumed_for_flow_logs_of_this_account_and_region_alone(seen: list[Declared]) -> None:
    [role] = [it for it in every(seen, "Role") if it.inputs.get("name") == "shop-prod-network-traffic-flows"]
    [trust] = _statements(role.inputs["assumeRolePolicy"])
    assert trust["Principal"] == {"Service": ["vpc-flow-logs.amazonaws.com"]} or trust["Principal"] == {
        "Service": "vpc-flow-logs.amazonaws.com"
    }
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": "arn:aws:ec2:eu-central-1:111122223333:vpc-flow-log/*"},
    }
    assert role.inputs["permissionsBoundary"].endswith("boundary-workload")


def test_it_writes_into_its_own_group_alone(seen: list[Declared]) -> None:
    [policy] = [it for it in every(seen, "RolePolicy") if "network-traffic-flows" in it.name]
    write = next(it for it in _statements(policy.inputs["policy"]) if it["Sid"] == "Write")
    assert write["Resource"] == (
        "arn:aws:logs:eu-central-1:111122223333:log-group:/shop/prod/network-traffic-flows:log-stream:*"
    )


def test_every_question_is_logged(seen: list[Declared]) -> None:
    config = one(seen, "ResolverQueryLogConfig", "network-traffic-names")
    joined = one(seen, "ResolverQueryLogConfigAssociation", "network-traffic-names")
    assert joined.inputs["resourceId"] == one(seen, "Vpc", "network").id
    assert config.inputs["destinationArn"].endswith("log-group:/shop/prod/network-traffic-names")


def test_log_delivery_writes_into_named_groups_for_this_account_alone(seen: list[Declared]) -> None:
    policies = every(seen, "LogResourcePolicy")
    assert len(policies) == 3
    groups = {it.inputs["name"] for it in every(seen, "LogGroup")}
    for policy in policies:
        [statement] = _statements(policy.inputs["policyDocument"])
        assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}
        for resource in statement["Resource"]:
            assert resource.split("log-group:")[1].removesuffix(":log-stream:*") in groups


def test_every_group_is_encrypted_and_kept(seen: list[Declared]) -> None:
    key = one(seen, "Key", "keys-internal")
    for group in every(seen, "LogGroup"):
        assert group.inputs["retentionInDays"] >= 365
        assert group.protect
        assert group.retain
        assert group.inputs["kmsKeyId"] == key.told["arn"], group.name
