"""A bucket refuses plain HTTP and old TLS, for everybody and everything in it."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, document, program, res, statement, verdicts

from infra.policy.rules.s3_tls_only import RULE
from stormproof.core.infra.rule import RuleVerdict

BOTH = ["arn:aws:s3:::acme", "arn:aws:s3:::acme/*"]


def _deny(condition: dict[str, Any], **elements: Any) -> dict[str, Any]:
    return statement(
        **{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": BOTH, "Condition": condition, **elements}
    )


PLAIN = _deny({"Bool": {"aws:SecureTransport": "false"}})
OLD = _deny({"NumericLessThan": {"s3:TlsVersion": "1.2"}})


def _verdict(policy: object) -> RuleVerdict:
    bucket = res("aws:s3/bucket:Bucket", "bucket")
    parts = [bucket]
    if policy is not None:
        parts.append(res("aws:s3/bucketPolicy:BucketPolicy", "policy", bucket=Ref("bucket"), policy=policy))
    found = verdicts(RULE, program(*parts))
    return found.get("bucket") or found["policy"]


@pytest.mark.parametrize(
    "statements",
    [
        (PLAIN, OLD),
        (OLD, statement(Principal={"AWS": "x"}), PLAIN),
        (_deny({"Bool": {"aws:SecureTransport": False}}), _deny({"NumericLessThan": {"s3:TlsVersion": 1.3}})),
    ],
)
def test_both_refusals_pass(statements: tuple[dict[str, Any], ...]) -> None:
    assert _verdict(document(*statements)) is RuleVerdict.PASSED


@pytest.mark.parametrize(
    "statements",
    [
        (PLAIN,),
        (OLD,),
        (_deny({"Bool": {"aws:SecureTransport": "true"}}), OLD),
        (_deny({"Bool": {"aws:SecureTransport": "false"}}, Resource="arn:aws:s3:::acme/*"), OLD),
        (_deny({"Bool": {"aws:SecureTransport": "false"}}, Resource="arn:aws:s3:::acme"), OLD),
        (_deny({"Bool": {"aws:SecureTransport": "false"}}, Action="s3:GetObject"), OLD),
        (_deny({"Bool": {"aws:SecureTransport": "false"}}, Principal={"AWS": "arn:aws:iam::111122223333:role/x"}), OLD),
        (_deny({"Bool": {"aws:SecureTransport": "false"}}, Effect="Allow"), OLD),
        (PLAIN, _deny({"NumericLessThan": {"s3:TlsVersion": "1.1"}})),
        (_deny({"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:PrincipalAccount": "1"}}), OLD),
        (PLAIN, _deny({"NumericLessThan": {"s3:TlsVersion": "1.2"}, "StringEquals": {"aws:PrincipalAccount": "1"}})),
    ],
)
def test_a_refusal_with_a_hole_fails(statements: tuple[dict[str, Any], ...]) -> None:
    assert _verdict(document(*statements)) is RuleVerdict.FAILED


def test_a_bucket_without_a_policy_fails() -> None:
    assert _verdict(None) is RuleVerdict.FAILED


def test_a_policy_that_is_not_known_is_unknown() -> None:
    assert _verdict(Ref("x")) is RuleVerdict.UNKNOWN
