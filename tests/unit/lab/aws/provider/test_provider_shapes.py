"""Properties find their members in botocore's shapes by name; what finds none is told."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from stormproof.core.errors import Refused
from stormproof.lab.aws.provider import wire
from stormproof.lab.aws.provider.archives import zip_bytes
from stormproof.lab.aws.provider.shapes import find_member, map_properties, tags_as

SESSION = botocore.session.get_session()


def shape(service: str, operation: str) -> Any:
    return SESSION.get_service_model(service).operation_model(operation).input_shape


@pytest.mark.parametrize(
    ("service", "operation", "name", "member"),
    [
        ("ec2", "CreateVpc", "cidrBlock", "CidrBlock"),
        ("rds", "CreateDBInstance", "dbSubnetGroupName", "DBSubnetGroupName"),
        ("s3", "PutBucketOwnershipControls", "ownershipControl", "OwnershipControls"),
        ("secretsmanager", "RotateSecret", "rotationLambdaArn", "RotationLambdaARN"),
        ("kms", "CreateKey", "tags", "Tags"),
        ("iam", "CreateOpenIDConnectProvider", "thumbprintLists", "ThumbprintList"),
        ("kms", "CreateKey", "deletionWindowInDays", None),
    ],
)
def test_a_member_is_found_whatever_its_capitals_and_its_number(
    service: str, operation: str, name: str, member: str | None
):
    assert find_member(shape(service, operation), name) == member


def test_blocks_are_mapped_to_their_depth_with_the_names_that_differ():
    mapped = map_properties(
        shape("backup", "CreateBackupPlan").members["BackupPlan"],
        {"name": "daily", "rules": [{"ruleName": "a", "targetVaultName": "v", "lifecycle": {"deleteAfter": 35}}]},
        {
            "name": "BackupPlanName",
            "rules.targetVaultName": "TargetBackupVaultName",
            "rules.lifecycle.deleteAfter": "DeleteAfterDays",
        },
    )
    assert mapped.parameters == {
        "BackupPlanName": "daily",
        "Rules": [{"RuleName": "a", "TargetBackupVaultName": "v", "Lifecycle": {"DeleteAfterDays": 35}}],
    }
    assert (mapped.taken, mapped.lost) == ({"name", "rules"}, set())


def test_what_has_no_member_is_told_with_its_path():
    mapped = map_properties(
        shape("backup", "CreateBackupPlan").members["BackupPlan"],
        {"rules": [{"ruleName": "a", "colour": "red"}], "paint": "blue"}, {},
    )  # fmt: skip
    assert mapped.lost == {"rules.colour"}
    assert "paint" not in mapped.taken


def test_a_single_block_becomes_the_list_that_the_api_has():
    mapped = map_properties(
        shape("s3", "PutBucketOwnershipControls").members["OwnershipControls"],
        {"rule": {"objectOwnership": "BucketOwnerEnforced"}}, {},
    )  # fmt: skip
    assert mapped.parameters == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


@pytest.mark.parametrize(
    ("service", "operation", "expected"),
    [
        ("kms", "CreateKey", [{"TagKey": "a", "TagValue": "b"}]),
        ("rds", "CreateDBInstance", [{"Key": "a", "Value": "b"}]),
        ("lambda", "CreateFunction", {"a": "b"}),
    ],
)
def test_tags_take_the_form_that_the_service_wants(service: str, operation: str, expected: object):
    assert tags_as(shape(service, operation).members["Tags"], {"a": "b"}) == expected


def test_code_of_texts_and_folders_is_zipped_the_same_every_time(tmp_path: Path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "a.py").write_text("A = 1\n", encoding="utf-8")
    archive = {
        wire.SIGNATURE: wire.ARCHIVE,
        "assets": {
            "handler.py": {wire.SIGNATURE: wire.ASSET, "text": "B = 2\n"},
            "lib": {wire.SIGNATURE: wire.ARCHIVE, "path": str(tmp_path / "lib")},
        },
    }
    first = zip_bytes(archive)
    assert first == zip_bytes(archive)
    with zipfile.ZipFile(io.BytesIO(first)) as found:
        assert {name: found.read(name) for name in found.namelist()} == {
            "handler.py": b"B = 2\n", "lib/a.py": b"A = 1\n",
        }  # fmt: skip


def test_an_asset_from_the_network_is_refused():
    with pytest.raises(Refused, match="network"):
        zip_bytes({wire.SIGNATURE: wire.ASSET, "uri": "https://example.com/code.zip"})
