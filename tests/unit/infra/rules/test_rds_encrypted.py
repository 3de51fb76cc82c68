"""A database is encrypted with a key of ours."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.rds_encrypted import RULE
from stormproof.core.infra.rule import RuleVerdict

KIND = "aws:rds/instance:Instance"
KEY = res("aws:kms/key:Key", "key")
OTHER = res("aws:s3/bucket:Bucket", "other")


def _verdict(properties: dict[str, Any]) -> RuleVerdict | None:
    return verdicts(RULE, program(KEY, OTHER, res(KIND, "one", **properties))).get("one")


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"storageEncrypted": False},
        {"storageEncrypted": True},
        {"storageEncrypted": True, "kmsKeyId": "alias/aws/rds"},
    ],
)
def test_it_is_refused(properties: dict[str, Any]) -> None:
    assert _verdict(properties) is RuleVerdict.FAILED


@pytest.mark.parametrize(
    "properties",
    [
        {"storageEncrypted": True, "kmsKeyId": Ref("key")},
        {"storageEncrypted": True, "kmsKeyId": "arn:aws:kms:eu-central-1:111122223333:key/1"},
        {"storageEncrypted": "true", "kmsKeyId": Ref("key")},
    ],
)
def test_it_passes(properties: dict[str, Any]) -> None:
    assert _verdict(properties) is RuleVerdict.PASSED


@pytest.mark.parametrize(
    "properties", [{"storageEncrypted": Ref("other")}, {"storageEncrypted": True, "kmsKeyId": Ref("other")}]
)
def test_what_cannot_be_known_is_unknown(properties: dict[str, Any]) -> None:
    assert _verdict(properties) is RuleVerdict.UNKNOWN
