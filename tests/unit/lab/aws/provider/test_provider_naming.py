"""URNs, automatic names, and ids that say what they are the id of."""

from __future__ import annotations

import pytest

from stormproof.lab.aws.provider.kinds import Kind
from stormproof.lab.aws.provider.naming import automatic_name, is_automatic, properties_of_id, type_of
from stormproof.lab.aws.provider.tables import kind_of

SEED = bytes.fromhex("0123456789abcdef")


def kind(token: str) -> Kind:
    found = kind_of(token)
    assert found is not None
    return found


def test_the_type_is_the_last_of_a_urns_chain():
    assert type_of("urn:pulumi:lab::shop::shop:index:Keys$aws:kms/key:Key::data") == "aws:kms/key:Key"


@pytest.mark.parametrize(
    ("token", "inputs", "name"),
    [
        ("aws:iam/role:Role", {}, "App-0123456"),
        ("aws:iam/role:Role", {"namePrefix": "deploy"}, "deploy0123456"),
        ("aws:s3/bucket:Bucket", {}, "app-0123456"),
        ("aws:s3/bucket:Bucket", {"bucketPrefix": "lab."}, "lab.0123456"),
        ("aws:kms/alias:Alias", {}, "alias/App-0123456"),
    ],
)
def test_a_name_is_made_as_the_vendors_plugin_makes_it(token: str, inputs: dict[str, str], name: str):
    urn = f"urn:pulumi:lab::shop::{token}::App"
    assert automatic_name(kind(token), urn, SEED, inputs) == name
    assert is_automatic(kind(token), urn, name) is not bool(inputs)


def test_a_name_of_the_program_is_not_automatic():
    assert not is_automatic(kind("aws:iam/role:Role"), "urn:pulumi:lab::shop::aws:iam/role:Role::App", "app-operator")


@pytest.mark.parametrize(
    ("token", "id_", "known"),
    [
        ("aws:s3/bucketObjectv2:BucketObjectv2", "lab-logs/a/b.txt", {"bucket": "lab-logs", "key": "a/b.txt"}),
        ("aws:iam/rolePolicy:RolePolicy", "app:read", {"role": "app", "name": "read"}),
        ("aws:ec2/vpc:Vpc", "vpc-1", {}),
    ],
)
def test_an_id_made_of_properties_tells_them(token: str, id_: str, known: dict[str, str]):
    assert properties_of_id(kind(token), id_) == known
