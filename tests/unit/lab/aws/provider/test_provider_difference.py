"""Diff: what changed, what that replaces, and what nobody has written down."""

from __future__ import annotations

from stormproof.lab.aws.provider import wire
from stormproof.lab.aws.provider.difference import compare
from stormproof.lab.aws.provider.tables import kind_of

REGION = "eu-central-1"
BUCKET = "aws:s3/bucket:Bucket"
URN = "urn:pulumi:lab::stormproof::{}::data"


def diff(token: str, old: dict[str, object], new: dict[str, object]):  # type: ignore[no-untyped-def]
    return compare(kind_of(token), URN.format(token), old, new, REGION)


def test_nothing_changed_is_no_difference():
    inputs = {"bucket": "b", "tags": {"a": "b"}}
    found = diff(BUCKET, inputs, dict(inputs))
    assert (found.changed, found.replaces, found.unknown) == ((), (), False)


def test_a_policy_written_in_another_way_is_the_same_policy():
    old = {"bucket": "b", "policy": '{"Statement":[{"Action":"s3:*","Effect":"Deny"}]}'}
    new = {"bucket": "b", "policy": '{"Statement": {"Effect": "Deny", "Action": ["s3:*"]}}'}
    assert diff("aws:s3/bucketPolicy:BucketPolicy", old, new).changed == ()
    new["policy"] = '{"Statement": {"Effect": "Allow", "Action": ["s3:*"]}}'
    assert diff("aws:s3/bucketPolicy:BucketPolicy", old, new).changed == ("policy",)


def test_what_was_added_removed_and_changed_is_told_apart():
    found = diff("aws:kms/key:Key", {"description": "a", "policy": "p"}, {"description": "b", "tags": {"a": "b"}})
    assert (found.added, found.deleted, found.updated) == (("tags",), ("policy",), ("description",))
    assert found.replaces == ()


def test_what_replaces_is_told():
    found = diff("aws:kms/key:Key", {"multiRegion": False}, {"multiRegion": True, "description": "x"})
    assert found.replaces == ("multiRegion",)


def test_another_region_replaces_and_naming_the_providers_own_does_not():
    assert diff(BUCKET, {"bucket": "b"}, {"bucket": "b", "region": "eu-west-1"}).replaces == ("region",)
    assert diff(BUCKET, {"bucket": "b"}, {"bucket": "b", "region": REGION}).changed == ()


def test_what_is_not_known_yet_counts_as_changed():
    found = diff(
        "aws:s3/bucketPolicy:BucketPolicy", {"bucket": "b", "policy": "{}"}, {"bucket": "b", "policy": wire.UNKNOWN}
    )
    assert found.changed == ("policy",)


def test_a_type_that_no_table_has_tells_an_update_whose_replacement_is_unknown():
    found = diff("aws:quicksight/dataSet:DataSet", {"name": "a"}, {"name": "b"})
    assert (found.changed, found.replaces, found.unknown) == (("name",), (), True)


def test_a_fixed_name_is_free_only_once_its_bearer_is_gone():
    old, new = {"name": "app", "vpcId": "vpc-1"}, {"name": "app", "vpcId": "vpc-2"}
    assert diff("aws:ec2/securityGroup:SecurityGroup", old, new).delete_first


def test_an_automatic_name_lets_the_new_one_come_first():
    old, new = {"name": "data-0123abc", "vpcId": "vpc-1"}, {"name": "data-0123abc", "vpcId": "vpc-2"}
    assert not diff("aws:ec2/securityGroup:SecurityGroup", old, new).delete_first
