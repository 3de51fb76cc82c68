"""Which services an emulator is asked for, and what counts as left."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import boto3
import pytest

import stormproof.lab.aws.provider.tables as tables
from stormproof.lab.aws.emulator import emulator
from stormproof.lab.aws.left import Held, Places, held, places_of
from stormproof.lab.aws.left_calls import ASKED, LISTINGS, services_of

REGION = "eu-central-1"
FAMILIES = sorted(path.stem for path in Path(tables.__file__).parent.glob("*.py") if path.stem != "__init__")


def test_services_follow_from_the_types() -> None:
    types = {"aws:lb/loadBalancer:LoadBalancer", "aws:cloudwatch/logGroup:LogGroup", "aws:kms/key:Key", "shop:net:Net"}
    asked, unasked = services_of(types)
    assert asked == {"elbv2", "cloudwatch", "logs", "events", "kms"}
    assert unasked == set()


def test_a_package_that_no_listing_covers_is_said() -> None:
    assert services_of({"aws:quantum/thing:Thing"}) == (frozenset(), {"quantum"})


@pytest.mark.parametrize("family", FAMILIES)
def test_every_type_that_the_provider_makes_in_the_emulator_is_asked_for(family: str) -> None:
    """Else destroy could leave one of it, and nobody would see."""
    kinds = import_module(f"stormproof.lab.aws.provider.tables.{family}").KINDS
    made = {kind.token for kind in kinds if kind.create}
    unseen = {token for token in made if not services_of({token})[0] and token.split(":")[1].split("/")[0] != "account"}
    assert unseen == set()


def test_every_listing_is_a_call_that_its_service_has() -> None:
    sessions = {name: boto3.Session().client(name, region_name=REGION) for name in ASKED}
    assert [one for one in LISTINGS if not hasattr(sessions[one.service], one.call)] == []


def test_places_are_the_accounts_and_regions_that_the_stack_names() -> None:
    provider = {"type": "pulumi:providers:aws", "inputs": {"allowedAccountIds": '["111122223333"]'}}
    bucket = {"type": "aws:s3/bucket:Bucket", "inputs": {"region": "eu-west-1"}}
    places = places_of([provider, bucket, {"type": "aws:kms/key:Key"}], account="123456789012", region=REGION)
    assert places.accounts == {"111122223333", "123456789012"}
    assert places.regions == {REGION, "eu-west-1"}
    assert places.services == {"s3", "kms"}


def test_what_is_left_is_seen_on_every_page_and_a_key_that_waits_for_deletion_is_not(tmp_path: Path) -> None:
    with emulator(tmp_path / "log") as here:
        places = Places(frozenset({here.account}), frozenset({REGION}), frozenset({"kms", "sns", "ec2"}), frozenset())
        before = held(here.endpoint, places)
        given = {"region_name": REGION, "aws_access_key_id": "x", "aws_secret_access_key": "x"}
        kms = boto3.client("kms", endpoint_url=here.endpoint, **given)
        sns = boto3.client("sns", endpoint_url=here.endpoint, **given)
        ec2 = boto3.client("ec2", endpoint_url=here.endpoint, **given)
        kept, leaving = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
        kms.schedule_key_deletion(KeyId=leaving, PendingWindowInDays=7)
        topics = {sns.create_topic(Name=f"topic-{number:03}")["TopicArn"] for number in range(101)}  # a page holds 100
        network = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        ec2.delete_vpc(VpcId=network)
        left = held(here.endpoint, places).held - before.held
    keys = {one for one in left if one.kind == "keys"}
    assert keys == {Held(here.account, REGION, "kms", "keys", kept)}
    assert {one.name for one in left if one.kind == "topics"} == topics
    assert len(left) == len(keys) + len(topics)
