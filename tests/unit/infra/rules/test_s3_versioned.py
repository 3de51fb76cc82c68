"""Buckets keep older versions."""

from __future__ import annotations

import pytest
from declared import Ref, program, res, verdicts

from infra.policy.rules.s3_versioned import RULE
from stormproof.core.infra.rule import RuleVerdict

BUCKET = res("aws:s3/bucket:Bucket", "bucket")


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("Enabled", RuleVerdict.PASSED),
        ("Suspended", RuleVerdict.FAILED),
        ("Disabled", RuleVerdict.FAILED),
        (Ref("x"), RuleVerdict.UNKNOWN),
    ],
)
def test_the_state_of_versioning(status: object, verdict: RuleVerdict) -> None:
    versioning = res(
        "aws:s3/bucketVersioning:BucketVersioning",
        "v",
        bucket=Ref("bucket"),
        versioningConfiguration={"status": status},
    )
    assert verdicts(RULE, program(BUCKET, versioning)) == {"bucket": verdict}


def test_a_bucket_without_it_fails() -> None:
    assert verdicts(RULE, program(BUCKET)) == {"bucket": RuleVerdict.FAILED}


def test_what_is_public_and_not_backed_up_may_forget() -> None:
    bucket = res("aws:s3/bucket:Bucket", "bucket", tags={"data-class": "public", "backup": "none"})
    assert verdicts(RULE, program(bucket)) == {}
