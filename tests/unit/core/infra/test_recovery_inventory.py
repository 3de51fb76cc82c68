"""Outputs that may be kept, and copies that can be read again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stormproof.core.errors import Refused, Unverified
from stormproof.core.infra.recovery_inventory import InventoryCopy, read_copy, read_outputs

AT = datetime(2026, 11, 26, 6, 30, tzinfo=UTC)
OUTPUTS = {
    "vpcId": "vpc-1", "subnets": {"data": ["subnet-1", "subnet-2"]}, "masterSecretArn": "arn:aws:secretsmanager:::secret:a",
    "heartbeatUncertaintySeconds": 60,
}  # fmt: skip
SEALED = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}


def test_outputs_are_read() -> None:
    assert read_outputs(json.dumps(OUTPUTS), source="x") == OUTPUTS


@pytest.mark.parametrize(
    ("outputs", "name", "why"),
    [
        ({"key": "[secret]"}, "key", "is marked secret"),
        ({"database": {"login": ["app", "[secret]"]}}, "database.login.1", "is marked secret"),
        ({"key": SEALED}, "key", "is marked secret"),
        ({"database": {"masterPassword": "hunter22"}}, "database.masterPassword", "is named like a secret"),
        ({"apiToken": "abc"}, "apiToken", "is named like a secret"),
    ],
)
def test_a_secret_is_refused_by_its_name_and_never_shown(outputs: dict[str, Any], name: str, why: str) -> None:
    with pytest.raises(Refused) as caught:
        read_outputs(json.dumps(outputs), source="x")
    assert caught.value.code == "SP905"
    assert f"output '{name}' {why}" in caught.value.what
    assert "hunter22" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '"x"', "null"])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="pulumi stack output"):
        read_outputs(text, source="x")


def test_a_stack_without_outputs_gives_nothing_to_keep() -> None:
    with pytest.raises(Unverified, match="no outputs"):
        read_outputs("{}", source="x")


def test_a_copy_is_read_as_it_was_kept() -> None:
    copy = InventoryCopy("prod-primary", AT, "standard input", OUTPUTS)
    assert read_copy(copy.as_text(), file="x") == copy


@pytest.mark.parametrize(
    "text",
    ["", "{}", '{"schema": "other"}', '{"schema": "stormproof.infra-inventory-copy/v1", "stack": "a"}'],
)
def test_a_damaged_copy_is_told(text: str) -> None:
    with pytest.raises(Unverified, match="damaged"):
        read_copy(text, file="x")


def test_its_age_follows_the_clock() -> None:
    copy = InventoryCopy("prod-primary", AT, "x", OUTPUTS)
    assert copy.age_seconds(AT + timedelta(hours=2)) == 7200
    assert copy.age_seconds(AT - timedelta(seconds=1)) == -1


def test_outputs_are_shown_flat() -> None:
    assert InventoryCopy("a", AT, "x", OUTPUTS | {"mixed": [{"a": 1}], "none": None}).flat() == {
        "vpcId": "vpc-1", "subnets.data": "subnet-1 subnet-2", "masterSecretArn": "arn:aws:secretsmanager:::secret:a",
        "heartbeatUncertaintySeconds": "60", "mixed": '[{"a": 1}]', "none": "null",
    }  # fmt: skip
