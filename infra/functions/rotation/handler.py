"""Renews a random secret in the four steps in which Secrets Manager calls: create, set, test, finish.

For secrets that only the application itself knows: nothing outside has to learn the new one, so `set` does nothing. The
one before stays readable as AWSPREVIOUS until the next rotation.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import ClientError

LENGTH = 64  # characters of letters and digits: 380 bits
CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"


class RotationRefused(RuntimeError):
    """Asked for a step or a version that this secret does not have."""


def handler(event: Mapping[str, str], _context: object = None) -> None:
    """Args: event: `Step`, `SecretId`, `ClientRequestToken`, as Secrets Manager sends them.

    Raises: RotationRefused, botocore's ClientError.
    """
    step, secret, token = event["Step"], event["SecretId"], event["ClientRequestToken"]
    stages = _client().describe_secret(SecretId=secret).get("VersionIdsToStages", {})
    if CURRENT in stages.get(token, []):
        return  # an earlier attempt came to its end
    if step == "createSecret":
        _create(secret, token)
    elif step == "testSecret":
        _test(secret, token)
    elif step == "finishSecret":
        _finish(secret, token, stages)
    elif step != "setSecret":
        raise RotationRefused(f"{step!r} is no step of a rotation")


def _create(secret: str, token: str) -> None:
    """Once: an attempt that is repeated keeps what the first one made."""
    try:
        _client().get_secret_value(SecretId=secret, VersionId=token, VersionStage=PENDING)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        made = _client().get_random_password(PasswordLength=LENGTH, ExcludePunctuation=True)["RandomPassword"]
        _client().put_secret_value(
            SecretId=secret, ClientRequestToken=token, SecretString=made, VersionStages=[PENDING]
        )


def _test(secret: str, token: str) -> None:
    found = _client().get_secret_value(SecretId=secret, VersionId=token, VersionStage=PENDING)["SecretString"]
    if len(found) != LENGTH:
        raise RotationRefused(f"the new version has {len(found)} characters, and not {LENGTH}")


def _finish(secret: str, token: str, stages: Mapping[str, list[str]]) -> None:
    """The first version of a secret has none before it."""
    before = next((version for version, held in stages.items() if CURRENT in held), None)
    moved = {"RemoveFromVersionId": before} if before is not None else {}
    _client().update_secret_version_stage(SecretId=secret, VersionStage=CURRENT, MoveToVersionId=token, **moved)


@cache
def _client() -> Any:
    return boto3.client("secretsmanager")
