"""No policy lets in everybody, wherever it stands, unless it is bound."""

from __future__ import annotations

from typing import Any

import pytest
from declared import Ref, document, program, res, statement, verdicts

from infra.policy.rules._documents import RESOURCE_POLICIES
from infra.policy.rules.policies_not_for_anybody import RULE
from stormproof.core.infra.rule import RuleVerdict

ORGANISATION = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}


def _verdict(text: object, kind: str = "aws:s3/bucketPolicy:BucketPolicy", path: str = "policy") -> RuleVerdict | None:
    return verdicts(RULE, program(res(kind, "one", **{path: text}))).get("one")


@pytest.mark.parametrize(
    "one",
    [
        statement(Principal="*"),
        statement(Principal={"AWS": "*"}),
        statement(Principal={"AWS": ["arn:aws:iam::111122223333:root", "*"]}),
        statement(NotPrincipal={"AWS": "arn:aws:iam::111122223333:root"}),
        statement(Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "*"}}),
        statement(Principal="*", Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}),
        statement(Principal="*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
        statement(Principal="*", Condition={"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}),
        statement(Principal="*", Condition={"StringLike": {"aws:PrincipalOrgID": "o-*"}}),
        statement(Principal="*", Condition={"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/deploy"}}),
        statement(Principal="*", Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}),
        statement(
            Principal="*", Condition={"StringEquals": {"aws:PrincipalArn": ["arn:aws:iam::111122223333:role/x", "*"]}}
        ),
    ],
)
def test_an_open_statement_fails(one: dict[str, Any]) -> None:
    assert _verdict(document(statement(Principal={"AWS": "x"}), one)) is RuleVerdict.FAILED


@pytest.mark.parametrize(
    "one",
    [
        statement(Principal={"AWS": "arn:aws:iam::111122223333:role/x"}),
        statement(Principal={"Service": "backup.amazonaws.com"}),
        statement(Principal="*", Condition=ORGANISATION),
        statement(Principal="*", Condition={"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/r-1/ou-1/*"}}),
        statement(Principal="*", Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}),
        statement(Principal="*", Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::shop-*"}}),
        statement(Principal="*", Condition={"StringEquals": {"aws:sourceaccount": "111122223333"}}),
        statement(Effect="Deny", Principal="*"),
        statement(Effect="Deny", NotPrincipal={"AWS": "x"}),
    ],
)
def test_a_bound_or_denying_statement_passes(one: dict[str, Any]) -> None:
    assert _verdict(document(one)) is RuleVerdict.PASSED


@pytest.mark.parametrize(("kind", "path"), RESOURCE_POLICIES.items())
def test_every_place_of_a_policy_is_read(kind: str, path: str) -> None:
    assert _verdict(document(statement(Principal="*")), kind, path) is RuleVerdict.FAILED


PATCHES = statement(Principal="*", Action="s3:GetObject", Resource="arn:aws:s3:::al2023-repos-eu-central-1-x/*")


def test_an_endpoint_may_let_everybody_read_what_is_named_and_a_bucket_may_not() -> None:
    assert _verdict(document(PATCHES), "aws:ec2/vpcEndpoint:VpcEndpoint") is RuleVerdict.PASSED
    assert _verdict(document(PATCHES)) is RuleVerdict.FAILED


@pytest.mark.parametrize(
    "wider",
    [
        {"Action": "s3:*"},
        {"Action": ["s3:GetObject", "s3:PutObject"]},
        {"Resource": "*"},
        {"Resource": "arn:aws:s3:::al2023-*/*"},
    ],
)
def test_an_endpoint_that_lets_everybody_do_more_fails(wider: dict[str, Any]) -> None:
    assert _verdict(document({**PATCHES, **wider}), "aws:ec2/vpcEndpoint:VpcEndpoint") is RuleVerdict.FAILED


def test_a_trust_that_takes_everybody_fails() -> None:
    text = document(statement(Action="sts:AssumeRole", Principal={"AWS": "*"}))
    assert _verdict(text, "aws:iam/role:Role", "assumeRolePolicy") is RuleVerdict.FAILED


def test_a_document_with_an_unknown_inside_is_unknown() -> None:
    assert _verdict(Ref("x")) is RuleVerdict.UNKNOWN


@pytest.mark.parametrize("text", ["{", "[]", '{"Statement": []}'])
def test_what_is_no_document_fails(text: str) -> None:
    assert _verdict(text) is RuleVerdict.FAILED


def test_a_resource_without_a_policy_is_not_concerned() -> None:
    assert _verdict(None, "aws:s3/bucket:Bucket") is None
