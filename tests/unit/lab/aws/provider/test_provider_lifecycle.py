"""A resource's life where the emulator lacks a call, breaks in one, refuses one, or forgets what it took."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from stormproof.lab.aws.provider.absence import EmulatorRefused, Gone
from stormproof.lab.aws.provider.catalogue import Catalogue
from stormproof.lab.aws.provider.lifecycle import STATE_ONLY, UNHELD, Lifecycle, PartlyCreated, Resource
from stormproof.lab.aws.provider.listing import Listing

KEY = "aws:kms/key:Key"
ARN = "arn:aws:kms:eu-west-1:123456789012:key/1"
CATALOGUE = Catalogue()
HTML = ClientError(
    {"Error": {"Code": "404", "Message": "Not Found"}, "ResponseMetadata": {"HTTPStatusCode": 404}},  # type: ignore[typeddict-item]
    "Op",
)
REFUSED = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "Op")
MISSING = ClientError({"Error": {"Code": "NotFoundException", "Message": "no such key"}}, "Op")


class Emulator:
    """Clients whose calls answer what a test says; what it does not say answers nothing."""

    account = "123456789012"

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.called: list[tuple[str, dict[str, Any]]] = []

    def client(self, service: str, region: str) -> Any:
        real = boto3.client(
            service, region_name=region, endpoint_url="http://127.0.0.1:9", aws_access_key_id="x",
            aws_secret_access_key="x", config=Config(retries={"total_max_attempts": 1}),
        )  # fmt: skip
        return _Client(real.meta, self)


class _Client:
    def __init__(self, meta: Any, emulator: Emulator) -> None:
        self.meta, self._emulator = meta, emulator

    def __getattr__(self, op: str) -> Any:
        def call(**parameters: Any) -> Any:
            self._emulator.called.append((op, parameters))
            answer = self._emulator.answers.get(op, {"ResponseMetadata": {}})
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


MADE = {
    "create_key": {"KeyMetadata": {"KeyId": "1", "Arn": ARN}},
    "describe_key": {"KeyMetadata": {"KeyId": "1", "KeyState": "Enabled", "Description": "data"}},
    "get_key_rotation_status": {"KeyRotationEnabled": True},
}


def life(emulator: Emulator) -> tuple[Lifecycle, Listing]:
    listing = Listing(None)
    return Lifecycle(CATALOGUE, emulator, listing, "eu-west-1", {"owner": "platform"}), listing


def key(id_: str = "", outputs: dict[str, Any] | None = None, **inputs: Any) -> Resource:
    return Resource(KEY, f"urn:pulumi:lab::shop::{KEY}::data", inputs, id_, outputs or {})


def test_a_key_is_made_with_its_tags_and_those_of_everything():
    emulator = Emulator(**MADE)
    lifecycle, listing = life(emulator)
    id_, outputs = lifecycle.create(key(description="data", enableKeyRotation=True, tags={"a": "b"}))
    assert (id_, outputs["arn"]) == ("1", ARN)
    sent = dict(emulator.called[0][1])
    assert sent["Tags"] == [{"TagKey": "owner", "TagValue": "platform"}, {"TagKey": "a", "TagValue": "b"}]
    assert ("enable_key_rotation", {"KeyId": "1"}) in emulator.called
    assert listing.entries("not emulated") == set()


def test_a_type_whose_creation_the_emulator_lacks_lives_in_the_state_only():
    lifecycle, listing = life(Emulator(create_key=HTML))
    id_, outputs = lifecycle.create(key(description="data"))
    assert id_.startswith(STATE_ONLY)
    assert outputs["arn"].startswith("arn:aws:kms:eu-west-1:123456789012:")
    assert listing.entries("not emulated") == {(KEY, "*")}


def test_what_lives_in_the_state_only_is_listed_as_not_read_back_and_never_asked_about():
    emulator = Emulator(describe_key=MISSING)
    lifecycle, listing = life(emulator)
    seen = lifecycle.look(key(f"{STATE_ONLY}1", description="data"))
    assert seen.differences == {}
    assert emulator.called == []
    assert listing.entries("not read back") == {(KEY, "*")}


def test_a_later_call_that_the_emulator_lacks_is_listed_by_property():
    lifecycle, listing = life(Emulator(**MADE | {"enable_key_rotation": HTML, "get_key_rotation_status": HTML}))
    id_, _ = lifecycle.create(key(description="data", enableKeyRotation=True))
    assert id_ == "1"
    assert listing.entries("not emulated") == {(KEY, "enableKeyRotation")}


def test_a_refused_creation_is_an_error():
    lifecycle, _ = life(Emulator(create_key=REFUSED))
    with pytest.raises(EmulatorRefused, match=r"kms\.create_key: AccessDenied"):
        lifecycle.create(key())


def test_a_creation_refused_half_way_says_what_there_is_so_that_the_state_keeps_it():
    lifecycle, _ = life(Emulator(**MADE | {"enable_key_rotation": REFUSED}))
    with pytest.raises(PartlyCreated) as partly:
        lifecycle.create(key(enableKeyRotation=True))
    assert (partly.value.id, partly.value.outputs["arn"]) == ("1", ARN)
    assert "enable_key_rotation" in partly.value.why


def test_what_the_emulator_took_and_did_not_keep_is_listed_and_is_no_difference_later():
    emulator = Emulator(**MADE | {"get_key_rotation_status": {"KeyRotationEnabled": False}})
    lifecycle, listing = life(emulator)
    id_, outputs = lifecycle.create(key(description="data", enableKeyRotation=True))
    assert outputs[UNHELD] == ["enableKeyRotation"]
    assert listing.entries("not emulated") == {(KEY, "enableKeyRotation")}
    later = lifecycle.look(key(id_, outputs, description="data", enableKeyRotation=True))
    assert later.differences == {}


def test_what_the_emulator_forgets_at_once_is_not_taken_for_gone():
    lifecycle, listing = life(Emulator(**MADE | {"describe_key": MISSING}))
    id_, outputs = lifecycle.create(key(description="data"))
    assert outputs[UNHELD] == ["*"]
    assert (KEY, "*") in listing.entries("not emulated")
    assert lifecycle.look(key(id_, outputs, description="data")).differences == {}


def test_a_change_behind_our_back_is_a_difference():
    lifecycle, _ = life(Emulator(**MADE | {"get_key_rotation_status": {"KeyRotationEnabled": False}}))
    seen = lifecycle.look(key("1", {"arn": ARN}, description="data", enableKeyRotation=True))
    assert seen.differences == {"enableKeyRotation": False}


def test_what_cannot_be_asked_about_is_listed_and_never_a_pass():
    lifecycle, listing = life(Emulator(**MADE | {"get_key_rotation_status": HTML}))
    assert lifecycle.look(key("1", {"arn": ARN}, enableKeyRotation=True)).differences == {}
    assert (KEY, "get_key_rotation_status") in listing.entries("not read back")
    assert (KEY, "enableKeyRotation") in listing.entries("not read back")


@pytest.mark.parametrize(
    "answer", [MISSING, {"KeyMetadata": {"KeyId": "1", "KeyState": "PendingDeletion"}}], ids=["missing", "deleted"]
)
def test_a_thing_that_is_not_there_is_gone(answer: Any):
    lifecycle, _ = life(Emulator(**MADE | {"describe_key": answer}))
    with pytest.raises(Gone):
        lifecycle.look(key("1", description="data"))


def test_only_the_calls_that_a_change_concerns_are_made():
    emulator = Emulator(**MADE)
    lifecycle, _ = life(emulator)
    lifecycle.change(key("1", {"arn": ARN}, description="new", enableKeyRotation=True), {"description"}, {})
    changes = [op for op, _ in emulator.called if not op.startswith(("get_", "describe_"))]
    assert changes == ["update_key_description"]


def test_tags_are_added_and_removed_by_name():
    emulator = Emulator(**MADE)
    lifecycle, _ = life(emulator)
    lifecycle.change(key("1", {"arn": ARN}, tags={"a": "2", "c": "3"}), {"tags"}, {"a": "1", "b": "1"})
    told = {op: parameters for op, parameters in emulator.called if "tag" in op}
    assert told["untag_resource"] == {"KeyId": "1", "TagKeys": ["b"]}
    assert told["tag_resource"]["Tags"] == [{"TagKey": "a", "TagValue": "2"}, {"TagKey": "c", "TagValue": "3"}]


def test_deleting_what_is_gone_is_fine_and_what_is_refused_is_an_error():
    lifecycle, _ = life(Emulator(schedule_key_deletion=MISSING))
    lifecycle.delete(key("1"))
    refusing, _ = life(Emulator(schedule_key_deletion=REFUSED))
    with pytest.raises(EmulatorRefused):
        refusing.delete(key("1"))


def test_a_deletion_that_the_emulator_lacks_is_listed():
    lifecycle, listing = life(Emulator(schedule_key_deletion=HTML))
    lifecycle.delete(key("1"))
    assert listing.entries("not emulated") == {(KEY, "deletion")}
