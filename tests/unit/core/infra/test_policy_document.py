"""IAM policy documents are read as AWS reads them."""

from __future__ import annotations

import json

import pytest

from stormproof.core.infra.policy_document import NotADocument, PolicyDocument, Statement, overlap, read_policy
from stormproof.core.infra.resource_graph import UNKNOWN


def _one(**elements: object) -> Statement:
    document = read_policy(json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", **elements}}))
    assert isinstance(document, PolicyDocument)
    return document.statements[0]


@pytest.mark.parametrize(
    ("action", "asked", "covered"),
    [
        ("kms:Decrypt", "kms:Decrypt", True),
        ("KMS:decrypt", "kms:Decrypt", True),
        ("kms:*", "kms:Decrypt", True),
        ("*", "kms:Decrypt", True),
        (["s3:Get*", "s3:List?ucket"], "s3:ListBucket", True),
        ("kms:Dec", "kms:Decrypt", False),
        ("s3:*", "kms:Decrypt", False),
    ],
)
def test_an_action_is_covered_without_case_and_with_wildcards(action: object, asked: str, covered: bool) -> None:
    assert _one(Action=action, Resource="*").covers_action(asked) is covered


def test_not_action_covers_all_others() -> None:
    statement = _one(NotAction=["iam:*"], Resource="*")
    assert statement.covers_action("kms:Decrypt")
    assert not statement.covers_action("iam:PassRole")


def test_a_resource_is_compared_with_case() -> None:
    statement = _one(Action="*", Resource="arn:aws:s3:::logs/*")
    assert statement.covers_resource("arn:aws:s3:::logs/a/b")
    assert not statement.covers_resource("arn:aws:s3:::LOGS/a")
    assert not statement.covers_resource("arn:aws:s3:::logs")


@pytest.mark.parametrize(
    ("principal", "anybody"),
    [
        ("*", True),
        ({"AWS": "*"}, True),
        ({"AWS": ["arn:aws:iam::111122223333:root", "*"]}, True),
        ({"AWS": "arn:aws:iam::111122223333:root"}, False),
        ({"Service": "backup.amazonaws.com"}, False),
        ({"Federated": "*"}, False),
    ],
)
def test_who_is_anybody(principal: object, anybody: bool) -> None:
    assert _one(Action="*", Resource="*", Principal=principal).for_anybody is anybody


def test_an_allow_with_not_principal_is_for_anybody_and_a_deny_is_not() -> None:
    assert _one(Action="*", Resource="*", NotPrincipal={"AWS": "x"}).for_anybody
    assert not _one(Effect="Deny", Action="*", Resource="*", NotPrincipal={"AWS": "x"}).for_anybody


def test_a_condition_is_found_whatever_its_case() -> None:
    statement = _one(Action="*", Resource="*", Condition={"Bool": {"aws:SecureTransport": False}})
    assert statement.condition("AWS:securetransport", "bool") == ("false",)
    assert statement.condition("aws:SecureTransport") == ("false",)
    assert statement.condition("aws:SecureTransport", "StringEquals") is None


def test_if_exists_is_another_operator_since_it_lets_more_through() -> None:
    statement = _one(Action="*", Resource="*", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}})
    assert statement.condition("aws:MultiFactorAuthPresent", "Bool") is None


@pytest.mark.parametrize("value", [UNKNOWN, {"Statement": [{"Effect": "Allow", "Resource": [UNKNOWN]}]}])
def test_a_document_with_an_unknown_inside_is_unknown_as_a_whole(value: object) -> None:
    assert read_policy(value) is UNKNOWN


@pytest.mark.parametrize("value", [None, ""])
def test_no_document_is_none(value: object) -> None:
    assert read_policy(value) is None


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("{", "not JSON"),
        ("[]", "not an object"),
        ("{}", "no Statement"),
        ('{"Statement": []}', "no Statement"),
        ('{"Statement": ["x"]}', "not an object"),
        ('{"Statement": {"Effect": "allow"}}', "neither Allow nor Deny"),
        ('{"Statement": {"Effect": "Allow", "Principal": 3}}', "neither a text nor an object"),
        ('{"Statement": {"Effect": "Allow", "Condition": {"Bool": 1}}}', "operators over keys"),
    ],
)
def test_what_is_no_document_says_why(value: object, said: str) -> None:
    with pytest.raises(NotADocument, match=said):
        read_policy(value)


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        ("role/app", "role/app", True),
        ("role/app", "role/apps", False),
        ("role/app*", "role/*-admin", True),
        ("role/app*", "role/admin*", False),
        ("role/??", "role/a*", True),
        ("role/??", "role/a", False),
        ("*", "", True),
        ("?", "", False),
        ("a*b*c", "*x*b?c", True),
        ("arn:aws:iam::111122223333:*", "arn:*:iam::*:role/keys", True),
        ("arn:aws:iam::111122223333:*", "arn:aws:iam::444455556666:role/*", False),
        ("Role", "role", False),
    ],
)
def test_two_patterns_overlap_where_one_text_fits_both(one: str, other: str, common: bool) -> None:
    assert overlap(one, other) is common
    assert overlap(other, one) is common


@pytest.mark.parametrize(
    ("operator", "value", "narrows"),
    [
        ("StringEquals", "o-1", True),
        ("ArnLike", "o-*", True),
        ("ForAnyValue:StringLike", "o-1/*", True),
        ("StringLike", "*", False),
        ("StringLike", ["o-1", "**"], False),
        ("StringEqualsIfExists", "o-1", False),
        ("StringNotEquals", "o-1", False),
        ("ForAllValues:StringEquals", "o-1", False),
        ("Null", "false", False),
    ],
)
def test_only_what_must_be_there_and_be_equal_narrows(operator: str, value: str | list[str], narrows: bool) -> None:
    statement = _one(Action="*", Resource="*", Condition={operator: {"AWS:PrincipalOrgId": value}})
    assert (statement.only("aws:PrincipalOrgID") is not None) is narrows
