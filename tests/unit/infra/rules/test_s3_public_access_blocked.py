"""A bucket blocks public access in all four ways."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.s3_public_access_blocked import RULE, WAYS
from stormproof.core.infra.rule import RuleVerdict

ALL = dict.fromkeys(WAYS, True)
BUCKET = res("aws:s3/bucket:Bucket", "bucket")


def _verdict(**ways: Any) -> RuleVerdict:
    block = res("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "block", bucket=Ref("bucket"), **ways)
    found = verdicts(RULE, program(BUCKET, block))
    return found.get("bucket") or found["block"]


def test_all_four_pass() -> None:
    assert _verdict(**ALL) is RuleVerdict.PASSED


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("value", "verdict"), [(False, RuleVerdict.FAILED), (None, RuleVerdict.FAILED), (Ref("x"), RuleVerdict.UNKNOWN)]
)
def test_each_is_asked(way: str, value: object, verdict: RuleVerdict) -> None:
    assert _verdict(**{**ALL, way: value}) is verdict


def test_a_bucket_without_a_block_fails() -> None:
    assert verdicts(RULE, program(BUCKET)) == {"bucket": RuleVerdict.FAILED}


def test_a_block_of_a_bucket_by_name_counts() -> None:
    bucket = res("aws:s3/bucket:Bucket", "bucket", bucket="acme-logs")
    block = res("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "block", bucket="acme-logs", **ALL)
    assert verdicts(RULE, program(bucket, block)) == {"bucket": RuleVerdict.PASSED}
