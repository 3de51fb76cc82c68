"""Buckets take a key of ours, but the ones that access logs are written into."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.s3_encrypted import RULE
from stormproof.core.infra.resource_graph import Resource
from stormproof.core.infra.rule import RuleVerdict

BUCKET = res("aws:s3/bucket:Bucket", "bucket")
KEY = res("aws:kms/key:Key", "key")
BALANCER = res("aws:lb/loadBalancer:LoadBalancer", "lb", accessLogs={"bucket": Ref("bucket"), "enabled": True})

LOGGING = res("aws:s3/bucketLogging:BucketLogging", "logging", bucket="shop-files", targetBucket=Ref("bucket"))


def _encryption(default: object, **more: Any) -> Resource:
    kind = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    rules = [{"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": True}]
    return res(kind, "encryption", **{"bucket": Ref("bucket"), "rules": rules, **more})


def _verdict(*more: Resource) -> RuleVerdict:
    found = verdicts(RULE, program(BUCKET, KEY, *more))
    return found.get("bucket") or found["encryption"]


@pytest.mark.parametrize(
    "default",
    [
        {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": Ref("key")},
        {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "alias/acme-data"},
        {"sseAlgorithm": "aws:kms:dsse", "kmsMasterKeyId": "arn:aws:kms:eu-central-1:111122223333:key/1"},
    ],
)
def test_a_key_of_ours_passes(default: dict[str, Any]) -> None:
    assert _verdict(_encryption(default)) is RuleVerdict.PASSED


@pytest.mark.parametrize(
    "default",
    [
        {"sseAlgorithm": "AES256"},
        {"sseAlgorithm": "aws:kms"},
        {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "alias/aws/s3"},
        {},
    ],
)
def test_aws_s_own_key_fails(default: dict[str, Any]) -> None:
    assert _verdict(_encryption(default)) is RuleVerdict.FAILED


def test_a_bucket_that_says_nothing_fails() -> None:
    assert _verdict() is RuleVerdict.FAILED


@pytest.mark.parametrize(
    "encryption",
    [
        _encryption({"sseAlgorithm": Ref("x")}),
        _encryption({"sseAlgorithm": "aws:kms", "kmsMasterKeyId": Ref("x")}),
        _encryption({}, rules=Ref("x")),
    ],
)
def test_what_cannot_be_known_is_unknown(encryption: Resource) -> None:
    assert _verdict(encryption) is RuleVerdict.UNKNOWN


@pytest.mark.parametrize("writer", [BALANCER, LOGGING])
@pytest.mark.parametrize("more", [(), (_encryption({"sseAlgorithm": "AES256"}),)])
def test_a_bucket_for_access_logs_is_encrypted_by_s3_alone(writer: Resource, more: tuple[Resource, ...]) -> None:
    assert _verdict(writer, *more) is RuleVerdict.PASSED


@pytest.mark.parametrize("writer", [BALANCER, LOGGING])
def test_a_bucket_for_access_logs_with_a_key_of_ours_fails_since_nothing_would_arrive(writer: Resource) -> None:
    own = _encryption({"sseAlgorithm": "aws:kms", "kmsMasterKeyId": Ref("key")})
    assert _verdict(writer, own) is RuleVerdict.FAILED
