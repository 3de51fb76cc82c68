"""Every emulated type against a real moto server: created, without a difference, read, changed, deleted and gone."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from provider_samples import KEYS, NARROW_POLICY, TRUST, document
from provider_samples_more import SAMPLES
from provider_world import Engine, World, moto_server

from stormproof.lab.aws.provider.tables import all_kinds

pytestmark = pytest.mark.component

# They end in a default that AWS always has, or together with what they belong to.
REMAIN = {
    "topic-policy", "image-scan", "disks", "recorder-status", "secret-rotation", "secret-version",
    "rotated-version", "default-group", "default-acl", "default-table", "notification", "object-lock", "versioning",
    "key-policy", "inspector-members",
    "files-policy",  # moto cannot delete it: listed
}  # fmt: skip

# Its account is made with the organisation.
ADMINISTRATOR = "administrator"

CHANGES: dict[str, dict[str, Any]] = {
    "vpc": {"enableDnsHostnames": False, "tags": {"project": "changed"}},
    "subnet": {"mapPublicIpOnLaunch": True},
    "route": {"gatewayId": None, "natGatewayId": "${nat}"},
    "endpoint": {"policy": document("s3:PutObject", principal="*")},
    "key": {"description": "changed", "enableKeyRotation": False, "policy": NARROW_POLICY},
    "alias": {"targetKeyId": "${multi-key}"},
    "key-policy": {"policy": NARROW_POLICY},
    "replica": {"policy": NARROW_POLICY},
    "logs": {"tags": {"project": "changed"}},
    "public-access": {"blockPublicPolicy": False},
    "encryption": {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
    "bucket-policy": {"policy": document("s3:PutObject", principal="*", resource="arn:aws:s3:::lab-data/*")},
    "bucket-lifecycle": {"rules": [{"id": "new", "status": "Enabled", "filter": {"prefix": "a/"}, "expiration": {"days": 9}}]},
    "object-lock": {"rule": {"defaultRetention": {"mode": "COMPLIANCE", "days": 9}}},
    "account-block": {"blockPublicAcls": False},
    "role": {"assumeRolePolicy": TRUST.replace("lambda", "backup"), "permissionsBoundary": None, "description": "changed"},
    "role-policy": {"policy": document("s3:PutObject")},
    "boundary": {"policy": document("s3:Get*")},
    "passwords": {"minimumPasswordLength": 20},
    "database": {"deletionProtection": True, "backupRetentionPeriod": 30},
    "parameters": {"parameters": [{"name": "rds.force_ssl", "value": "0"}]},
    "orders": {"deletionProtectionEnabled": True, "pointInTimeRecovery": {"enabled": False}},
    "secret": {"kmsKeyId": "${multi-key}", "description": "changed"},
    "secret-policy": {"policy": document("secretsmanager:DescribeSecret", principal="*")},
    "mount": {"securityGroups": ["${group}"]},
    "balancer": {"enableDeletionProtection": True, "dropInvalidHeaderFields": False},
    "listener": {"sslPolicy": "ELBSecurityPolicy-TLS13-1-3-2021-06"},
    "web-acl": {"defaultAction": {"block": {}}},
    "trail": {"enableLogging": False, "isMultiRegionTrail": False},
    "recorder-status": {"isEnabled": False},
    "detector": {"enable": False},
    "inspector-members": {"autoEnable": {"ec2": True, "ecr": False, "lambda": True}},
    "disks": {"enabled": False},
    "contact": {"emailAddress": "other@example.com"},
    "log-group": {"retentionInDays": 731},
    "alarm": {"threshold": 5},
    "event-rule": {"state": "DISABLED"},
    "topic": {"kmsMasterKeyId": "${multi-key}"},
    "queue": {"kmsMasterKeyId": "${multi-key}"},
    "function": {"timeout": 60},
    "schedule": {"state": "DISABLED"},
    "parameter": {"value": "debug"},
    "guardrail": {"content": document("kms:*")},
    "permission-set": {"sessionDuration": "PT1H"},
}  # fmt: skip


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with moto_server() as endpoint:
        made = World(Engine(), {**SAMPLES}, endpoint)
        made.make("organisation")  # first: guardrails name it by nothing that a sample could refer to
        request = {"AccountName": "audit", "Email": "audit@example.com"}
        member = made.boto("organizations").create_account(**request)["CreateAccountStatus"]["AccountId"]
        made.samples[ADMINISTRATOR] = (
            "aws:organizations/delegatedAdministrator:DelegatedAdministrator",
            {"accountId": member, "servicePrincipal": "guardduty.amazonaws.com"},
        )
        yield made


def test_every_emulated_type_has_a_sample_here(world: World):
    sampled = {token for token, _ in world.samples.values()}
    assert {kind.token for kind in all_kinds() if not kind.absent} - sampled == set()


@pytest.mark.parametrize("name", [*SAMPLES, ADMINISTRATOR])
def test_a_thing_that_was_created_is_there_as_declared(world: World, name: str):
    thing = world.make(name)
    assert thing.id
    assert not thing.id.startswith("state-only-")
    assert world.engine.diff(thing, thing.inputs).diffs == []
    assert world.engine.read(thing) == (thing.inputs, thing.state)


def test_every_property_of_the_samples_reached_the_emulator(world: World):
    for name in SAMPLES:
        world.make(name)
    assert world.engine.listing.entries("not emulated") == {("aws:ssm/patchBaseline:PatchBaseline", "tags")}


def test_a_change_that_the_emulator_does_not_keep_is_listed_and_is_no_difference_later(world: World):
    thing = world.make("function")
    changed = world.engine.update(thing, {**thing.inputs, "kmsKeyArn": world.make("multi-key").state["arn"]})
    assert ("aws:lambda/function:Function", "kmsKeyArn") in world.engine.listing.entries("not emulated")
    assert world.engine.read(changed) == (changed.inputs, changed.state)
    world.made["function"] = world.engine.update(changed, thing.inputs)


@pytest.mark.parametrize("name", [name for name in CHANGES if CHANGES[name]])
def test_a_change_reaches_the_emulator_and_changing_back_does_too(world: World, name: str):
    thing = world.make(name)
    inputs = copy.deepcopy(thing.inputs) | world.resolve({k: v for k, v in CHANGES[name].items() if v is not None})
    inputs = {key: value for key, value in inputs.items() if CHANGES[name].get(key, "") is not None}
    assert set(world.engine.diff(thing, inputs).diffs) == set(CHANGES[name])
    assert world.engine.diff(thing, inputs).replaces == []
    changed = world.engine.update(thing, inputs)
    assert world.engine.read(changed) == (changed.inputs, changed.state)
    back = world.engine.update(changed, thing.inputs)
    assert world.engine.read(back) == (thing.inputs, back.state)
    world.made[name] = back


def test_a_thing_of_another_region_is_there_and_not_here(world: World):
    replica = world.make("replica")
    here = {key["KeyId"] for key in world.boto("kms").list_keys()["Keys"]}
    assert replica.state["region"] == "eu-west-1"
    assert f":eu-west-1:{'123456789012'}:" in replica.state["arn"]
    assert KEYS["replica"][1]["region"] == "eu-west-1"
    assert world.make("multi-key").id in here


def test_a_bucket_with_objects_is_kept_unless_told_otherwise(world: World):
    from provider_world import Aborted

    kept = world.engine.create("aws:s3/bucket:Bucket", "kept", {"bucket": "lab-kept"})
    world.boto("s3").put_object(Bucket="lab-kept", Key="a", Body=b"a")
    with pytest.raises(Aborted, match="BucketNotEmpty"):
        world.engine.delete(kept)
    world.boto("s3").delete_object(Bucket="lab-kept", Key="a")
    world.engine.delete(kept)
    assert world.engine.read(kept) is None


def test_everything_can_be_deleted_and_is_gone(world: World):
    """Last here: it takes away what the tests before were about."""
    stayed = set()
    for name, thing in reversed(list(world.made.items())):
        if name == "organisation":  # AWS: only once nobody else is in it
            member = world.made[ADMINISTRATOR].inputs["accountId"]
            world.boto("organizations").remove_account_from_organization(AccountId=member)
        world.engine.delete(thing)
        if world.engine.read(thing) is not None:
            stayed.add(name)
        world.engine.delete(thing)  # a thing that is gone is fine
    assert stayed == REMAIN
