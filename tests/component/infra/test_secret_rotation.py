"""Random secrets are renewed by Secrets Manager's four steps, as often as it repeats them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.functions.rotation import handler as entry

pytestmark = pytest.mark.component

SECRET = "shop-prod-session-key"
TOKENS = ("a" * 32, "b" * 32)


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "emulator")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        entry._client.cache_clear()
        client = boto3.client("secretsmanager")
        client.create_secret(Name=SECRET)
        yield client
        entry._client.cache_clear()


def _rotate(
    token: str, *, steps: tuple[str, ...] = ("createSecret", "setSecret", "testSecret", "finishSecret")
) -> None:
    for step in steps:
        entry.handler({"Step": step, "SecretId": SECRET, "ClientRequestToken": token})


def _value(client: Any, stage: str = "AWSCURRENT") -> str:
    return str(client.get_secret_value(SecretId=SECRET, VersionStage=stage)["SecretString"])


def test_the_first_rotation_makes_the_secret(secrets: Any) -> None:
    _rotate(TOKENS[0])
    assert len(_value(secrets)) == 64
    assert _value(secrets).isalnum()


def test_the_next_one_keeps_the_one_before_readable(secrets: Any) -> None:
    _rotate(TOKENS[0])
    first = _value(secrets)
    _rotate(TOKENS[1])
    assert _value(secrets) != first
    assert _value(secrets, "AWSPREVIOUS") == first


def test_a_repeated_step_keeps_what_the_first_one_made(secrets: Any) -> None:
    _rotate(TOKENS[0], steps=("createSecret",))
    made = _value(secrets, "AWSPENDING")
    _rotate(TOKENS[0], steps=("createSecret", "createSecret", "testSecret", "finishSecret"))
    assert _value(secrets) == made


def test_a_rotation_that_came_to_its_end_is_not_done_again(secrets: Any) -> None:
    _rotate(TOKENS[0])
    made = _value(secrets)
    _rotate(TOKENS[0])
    assert _value(secrets) == made


def test_an_unknown_step_is_refused(secrets: Any) -> None:
    with pytest.raises(entry.RotationRefused, match="'dropSecret' is no step"):
        _rotate(TOKENS[0], steps=("dropSecret",))


def test_a_version_that_is_not_ours_is_not_taken(secrets: Any) -> None:
    _rotate(TOKENS[0])
    secrets.put_secret_value(
        SecretId=SECRET, SecretString="short", ClientRequestToken=TOKENS[1], VersionStages=["AWSPENDING"]
    )
    with pytest.raises(entry.RotationRefused, match="5 characters, and not 64"):
        _rotate(TOKENS[1], steps=("testSecret",))
