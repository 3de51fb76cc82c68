"""Check says of every mistake which property it is in, and lets through what is not known yet."""

from __future__ import annotations

from typing import Any

import pytest

from stormproof.lab.aws.provider import wire
from stormproof.lab.aws.provider.catalogue import Catalogue
from stormproof.lab.aws.provider.strictness import check_inputs

CATALOGUE = Catalogue()
KEY = "aws:kms/key:Key"
PLAN = "aws:backup/plan:Plan"
ROLE = "aws:iam/role:Role"
FUNCTION = "aws:lambda/function:Function"
RULE = {"ruleName": "daily", "targetVaultName": "primary"}
STATEMENT = {"Effect": "Allow", "Action": "s3:*"}
ARCHIVE = {wire.SIGNATURE: wire.ARCHIVE, "path": "code.zip"}


def secret(value: object) -> dict[str, object]:
    return {wire.SIGNATURE: wire.SECRET, "value": value}


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (KEY, {}),
        (KEY, {"enableKeyRotation": True, "deletionWindowInDays": 30.0, "tags": {"a": "b"}, "region": "eu-west-1"}),
        (KEY, {"description": None}),
        (KEY, {"policy": wire.UNKNOWN, "tags": wire.UNKNOWN}),
        (KEY, {"tags": {"a": wire.UNKNOWN}}),
        (PLAN, {"rules": [RULE]}),
        (PLAN, {"rules": wire.UNKNOWN}),
        (PLAN, {"rules": [wire.UNKNOWN, {**RULE, "lifecycle": {"deleteAfter": 35}}]}),
        (PLAN, {"rules": [{**RULE, "targetVaultName": wire.UNKNOWN}]}),
        (ROLE, {"assumeRolePolicy": "{}"}),
        (ROLE, {"assumeRolePolicy": {"Version": "2012-10-17", "Statement": [STATEMENT]}}),
        (FUNCTION, {"role": "arn", "code": ARCHIVE}),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", {"threshold": 0.5}),
        ("aws:wafv2/webAcl:WebAcl", {"scope": "REGIONAL", "defaultAction": {"allow": {}}, "visibilityConfig": {
            "cloudwatchMetricsEnabled": True, "metricName": "m", "sampledRequestsEnabled": False}}),
        # of two classes with one name, the resource's own has Init in it
        ("aws:s3/bucketVersioning:BucketVersioning", {"bucket": "b", "versioningConfiguration": {"status": "Enabled"}}),
    ],
)  # fmt: skip
def test_what_fits_the_type_passes(token: str, inputs: dict[str, Any]):
    assert check_inputs(CATALOGUE, token, inputs) == []


@pytest.mark.parametrize(
    ("token", "inputs", "property_", "said"),
    [
        ("aws:kms/key:Kay", {}, "", "did you mean aws:kms/key:Key?"),
        ("aws:quantum/key:Key", {}, "", "no resource type"),
        (KEY, {"enableKeyRotations": True}, "enableKeyRotations", "did you mean enableKeyRotation?"),
        (KEY, {"enable_key_rotation": True}, "enable_key_rotation", "unknown property"),
        (KEY, {"arn": "arn:aws:kms:eu-west-1:123456789012:key/1"}, "arn", "unknown property"),
        (KEY, {"enableKeyRotation": "true"}, "enableKeyRotation", "a boolean, not a string"),
        (KEY, {"enableKeyRotation": 1.0}, "enableKeyRotation", "a boolean, not a number"),
        (KEY, {"deletionWindowInDays": 7.5}, "deletionWindowInDays", "an integer"),
        (KEY, {"deletionWindowInDays": True}, "deletionWindowInDays", "an integer, not a boolean"),
        (KEY, {"deletionWindowInDays": "30"}, "deletionWindowInDays", "an integer, not a string"),
        (KEY, {"description": 3.0}, "description", "a string, not a number"),
        (KEY, {"tags": ["a"]}, "tags", "a map, not a list"),
        (KEY, {"tags": {"a": 1.0}}, "tags.a", "a string"),
        (KEY, {"tags": ARCHIVE}, "tags", "a map, not an asset"),
        (PLAN, {}, "rules", "required"),
        (PLAN, {"rules": None}, "rules", "required"),
        (PLAN, {"rules": RULE}, "rules", "a list"),
        (PLAN, {"rules": ["daily"]}, "rules[0]", "a block (PlanRule), not a string"),
        (PLAN, {"rules": [RULE, {"ruleName": "b"}]}, "rules[1].targetVaultName", "required"),
        (PLAN, {"rules": [{**RULE, "copyActions": [{"lifecycle": {}}]}]}, "rules[0].copyActions[0].destinationVaultArn",
         "required"),
        (PLAN, {"rules": [{**RULE, "lifecycle": {"deleteAfter": "35"}}]}, "rules[0].lifecycle.deleteAfter", "an integer"),
        (PLAN, {"rules": [{**RULE, "lifecycle": {"deleteAfterDays": 35}}]}, "rules[0].lifecycle.deleteAfterDays",
         "did you mean deleteAfter?"),
        (ROLE, {"assumeRolePolicy": ["{}"]}, "assumeRolePolicy", "a string or a block"),
        (ROLE, {"assumeRolePolicy": {"Version": "2012-10-17"}}, "assumeRolePolicy.Statement", "required"),
        (FUNCTION, {"role": "arn", "code": "code.zip"}, "code", "an asset or archive"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_property(token: str, inputs: dict[str, Any], property_: str, said: str):
    mistakes = check_inputs(CATALOGUE, token, inputs)
    assert [mistake.property for mistake in mistakes] == [property_]
    assert said in mistakes[0].reason


def test_every_mistake_is_told_at_once():
    mistakes = check_inputs(CATALOGUE, PLAN, {"name": 3, "rules": [{}]})
    assert {m.property for m in mistakes} == {"name", "rules[0].ruleName", "rules[0].targetVaultName"}


def test_a_secret_is_judged_by_its_value_and_its_value_is_not_told():
    inputs = {"secretId": "s", "secretString": secret({"password": "hunter2"})}
    mistakes = check_inputs(CATALOGUE, "aws:secretsmanager/secretVersion:SecretVersion", wire.unwrap_all(inputs))
    assert [m.property for m in mistakes] == ["secretString"]
    assert "hunter2" not in mistakes[0].reason


def test_every_type_of_pulumi_aws_can_be_read():
    unread = [token for token in CATALOGUE.tokens() if CATALOGUE.resource(token) is None]
    assert unread == []
    assert len(CATALOGUE.tokens()) > 1500
