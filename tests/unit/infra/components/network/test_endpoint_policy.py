"""Through an endpoint pass our principals to our things; what is AWS's may be read, and nothing be written elsewhere."""

from __future__ import annotations

import pytest

from infra.components.network.endpoint_policy import (
    INTERFACES,
    dynamodb_policy,
    interface_policy,
    principals_of,
    s3_policy,
)
from infra.naming import Names, Place
from infra.spec.egress import SERVICES, Service
from stormproof.core.infra.policy_document import PolicyDocument, Statement, read_policy

PLACE, NAMES = Place("111122223333", "eu-central-1"), Names("shop", "prod")
OURS = principals_of(None, PLACE.account)
S3 = s3_policy(OURS, ("777788889999", "111122223333", "111122223333"), NAMES, PLACE)
DYNAMODB = dynamodb_policy(OURS, NAMES, PLACE)


def _statements(text: str) -> tuple[Statement, ...]:
    document = read_policy(text)
    assert isinstance(document, PolicyDocument)
    return document.statements


def _who(one: Statement) -> tuple[str, ...] | None:
    return one.condition("aws:PrincipalAccount", "StringEquals")


def _admits(text: str, action: str, resource: str, *, ours: bool) -> bool:
    return any(
        one.covers_action(action) and one.covers_resource(resource) and (ours or _who(one) is None)
        for one in _statements(text)
    )


@pytest.mark.parametrize("service", INTERFACES)
def test_an_interface_admits_our_principals_alone(service: Service) -> None:
    statements = _statements(interface_policy(service, OURS, NAMES, PLACE))
    assert statements
    assert {_who(one) for one in statements} == {("111122223333",)}


@pytest.mark.parametrize("service", INTERFACES)
def test_an_interface_names_its_own_service_s_actions_alone(service: Service) -> None:
    prefix = {"monitoring": "cloudwatch", "ecr.api": "ecr", "ecr.dkr": "ecr"}.get(service, service)
    for one in _statements(interface_policy(service, OURS, NAMES, PLACE)):
        assert {action.partition(":")[0] for action in one.actions} == {prefix}


@pytest.mark.parametrize(
    ("service", "action", "thing"),
    [
        ("kms", "kms:Encrypt", "arn:aws:kms:eu-central-1:{account}:key/1"),
        ("secretsmanager", "secretsmanager:PutSecretValue", "arn:aws:secretsmanager:eu-central-1:{account}:secret:x"),
        ("logs", "logs:PutLogEvents", "arn:aws:logs:eu-central-1:{account}:log-group:x:log-stream:y"),
        ("ecr.dkr", "ecr:PutImage", "arn:aws:ecr:eu-central-1:{account}:repository/x"),
        ("sqs", "sqs:SendMessage", "arn:aws:sqs:eu-central-1:{account}:x"),
        ("sts", "sts:AssumeRole", "arn:aws:iam::{account}:role/shop-prod-x"),
    ],
)
def test_things_of_another_account_are_out_of_reach(service: Service, action: str, thing: str) -> None:
    text = interface_policy(service, OURS, NAMES, PLACE)
    assert _admits(text, action, thing.format(account="111122223333"), ours=True)
    assert not _admits(text, action, thing.format(account="999999999999"), ours=True)


def test_an_organisation_s_principals_are_admitted_where_one_is_configured() -> None:
    organised = principals_of("o-a1b2c3d4e5", PLACE.account)
    [statement] = _statements(interface_policy("kms", organised, NAMES, PLACE))
    assert statement.condition("aws:PrincipalOrgID", "StringEquals") == ("o-a1b2c3d4e5",)


def test_s3_passes_to_buckets_of_this_environment_in_our_accounts() -> None:
    [ours] = [one for one in _statements(S3) if _who(one)]
    assert ours.condition("aws:ResourceAccount", "StringEquals") == ("111122223333", "777788889999")
    assert ours.covers_resource(f"{NAMES.bucket_arn('files', PLACE)}/a")
    assert not ours.covers_resource("arn:aws:s3:::shop-staging-files-111122223333-eu-central-1/a")
    assert not ours.covers_resource("arn:aws:s3:::stranger/a")


@pytest.mark.parametrize("ours", [True, False])
def test_patches_of_aws_are_read_by_anybody_and_written_by_nobody(ours: bool) -> None:
    patches = "arn:aws:s3:::al2023-repos-eu-central-1-de612dc2/core/x.rpm"
    assert _admits(S3, "s3:GetObject", patches, ours=ours)
    assert not _admits(S3, "s3:PutObject", patches, ours=ours)
    assert not _admits(S3, "s3:GetObject", "arn:aws:s3:::stranger/x", ours=ours)


def test_dynamodb_passes_to_tables_of_this_environment() -> None:
    assert _admits(DYNAMODB, "dynamodb:PutItem", NAMES.table_arn("items", PLACE), ours=True)
    assert not _admits(DYNAMODB, "dynamodb:PutItem", NAMES.table_arn("items", PLACE), ours=False)
    assert not _admits(DYNAMODB, "dynamodb:PutItem", NAMES.table_arn("items", Place("9" * 12, PLACE.region)), ours=True)


def test_each_service_that_may_be_chosen_has_a_policy() -> None:
    from typing import get_args

    assert set(get_args(Service)) == set(INTERFACES)
    assert set(SERVICES) <= set(INTERFACES)
