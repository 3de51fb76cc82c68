"""Table, files, file system and secrets: each with its key, its guards, and its switch."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.infra_components import broken_rules, of, weakened
from tests.support.pulumi_mocks import Declared, Run
from tests.unit.infra.components.data.stores import ALL, LAB, everything, named, only, ours, ran

TABLE, FILE_SYSTEM = "aws:dynamodb/table:Table", "aws:efs/fileSystem:FileSystem"
MOUNT, POINT = "aws:efs/mountTarget:MountTarget", "aws:efs/accessPoint:AccessPoint"
FILE_SYSTEM_POLICY = "aws:efs/fileSystemPolicy:FileSystemPolicy"
SECRET, SECRET_POLICY = "aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretPolicy:SecretPolicy"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
DATABASE = "aws:rds/instance:Instance"
BUCKET, REPLICATION = "aws:s3/bucket:Bucket", "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
STATEFUL = {DATABASE, TABLE, FILE_SYSTEM, BUCKET, SECRET, "aws:kms/key:Key", "aws:cloudwatch/logGroup:LogGroup",
            "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"}  # fmt: skip
APPLICATION = "arn:aws:iam::111122223333:role/shop-prod-application"


def _keys(one: Declared, name: str) -> set[str]:
    return {urn.rpartition("::")[2] for urn in one.depends[name] if "aws:kms/key:Key" in urn}


def _said(text: str) -> dict[str, dict[str, Any]]:
    return {one["Sid"]: one for one in json.loads(text)["Statement"]}


# -- the table


def test_the_table_is_encrypted_recoverable_to_the_second_and_not_deleted_by_one_call() -> None:
    table = only(everything(), TABLE)
    assert table.inputs["serverSideEncryption"]["enabled"] is True
    assert _keys(table, "serverSideEncryption") == {"keys-restricted"}
    assert table.inputs["pointInTimeRecovery"] == {"enabled": True, "recoveryPeriodInDays": 35}
    assert table.inputs["deletionProtectionEnabled"] is True


# -- the file system


def test_the_file_system_is_encrypted_and_stands_in_every_zone_behind_its_policy() -> None:
    found = everything()
    system, [*mounts], policy = only(found, FILE_SYSTEM), of(found.declared, MOUNT), only(found, FILE_SYSTEM_POLICY)
    assert system.inputs["encrypted"] is True
    assert _keys(system, "kmsKeyId") == {"keys-confidential"}
    assert len(mounts) == 2
    assert all(policy.urn in one.depends_on for one in mounts)


def test_its_policy_admits_one_role_by_an_access_point_and_nobody_without_tls() -> None:
    said = _said(only(everything(), FILE_SYSTEM_POLICY).inputs["policy"])
    assert said["TlsOnly"]["Effect"] == "Deny"
    admitted = said["TheApplication"]
    assert admitted["Condition"]["ArnEquals"] == {"aws:PrincipalArn": APPLICATION}
    assert "elasticfilesystem:AccessPointArn" in admitted["Condition"]["ArnLike"]
    assert "elasticfilesystem:ClientRootAccess" not in admitted["Action"]


def test_clients_come_as_one_user_into_one_folder() -> None:
    point = only(everything(), POINT).inputs
    assert point["posixUser"] == {"uid": 10001, "gid": 10001}
    assert point["rootDirectory"]["path"] == "/app"


# -- the files


def test_files_lie_under_the_key_of_confidential_data_and_reads_are_logged_apart() -> None:
    found = everything()
    assert _keys(named(found, "files-encryption"), "rules") == {"keys-confidential"}
    assert named(found, "files-logging").inputs["targetBucket"] == named(found, "files-logs").inputs["bucket"]


def test_aws_backup_hears_of_what_is_written() -> None:
    assert named(everything(), "files-events").inputs["eventbridge"] is True


def test_heartbeats_in_the_bucket_end_and_files_do_not() -> None:
    rules = {one["id"]: one for one in named(everything(), "files-lifecycle").inputs["rules"]}
    assert rules["expired-stormproof-heartbeat"]["filter"] == {"prefix": "stormproof/heartbeat/"}
    assert "expired" not in rules


def test_files_are_locked_where_it_is_meant() -> None:
    assert named(everything(), "files").inputs["objectLockEnabled"] is False
    found = ran({"files": {"objectLockDays": 30}})
    assert named(found, "files-lock").inputs["rule"]["defaultRetention"] == {"mode": "GOVERNANCE", "days": 30}


@pytest.fixture(scope="module")
def replicated() -> Run:
    return ran({"files": {"replicated": True}})


def test_files_are_replicated_only_where_it_is_configured(replicated: Run) -> None:
    assert not of(everything().declared, REPLICATION)
    assert "filesReplicaBucket" not in everything().outputs
    assert replicated.outputs["filesReplicaBucket"].value == "shop-prod-files-replica-111122223333-eu-west-1"


def test_a_replica_lies_in_the_recovery_region_under_its_key(replicated: Run) -> None:
    [rule] = only(replicated, REPLICATION).inputs["rules"]
    assert rule["destination"]["bucket"] == "arn:aws:s3:::shop-prod-files-replica-111122223333-eu-west-1"
    assert rule["sourceSelectionCriteria"] == {"sseKmsEncryptedObjects": {"status": "Enabled"}}
    assert _keys(only(replicated, REPLICATION), "rules") == {"replica-keys-replicated"}
    assert named(replicated, "files-replica").region == "eu-west-1"
    assert named(replicated, "files-replica-versioning").urn in only(replicated, REPLICATION).depends_on


def test_replication_reads_here_and_writes_there_and_nothing_else(replicated: Run) -> None:
    said = _said(named(replicated, "role-files-replication-policy").inputs["policy"])
    assert said["Versions"]["Resource"] == "arn:aws:s3:::shop-prod-files-111122223333-eu-central-1/*"
    assert said["Replicas"]["Resource"] == "arn:aws:s3:::shop-prod-files-replica-111122223333-eu-west-1/*"
    assert said["Writes"]["Condition"] == {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}


# -- secrets


def test_a_secret_has_a_key_a_rotation_and_no_value_in_any_state() -> None:
    found = everything()
    assert _keys(only(found, SECRET), "kmsKeyId") == {"keys-restricted"}
    assert only(found, ROTATION).inputs["rotationRules"] == {"automaticallyAfterDays": 30}
    assert not of(found.declared, "aws:secretsmanager/secretVersion:SecretVersion")
    assert found.outputs["secretNames"].value == ["shop-prod-session-key"]


def test_nobody_but_the_application_rotation_and_break_glass_reads_a_secret() -> None:
    said = _said(only(everything(), SECRET_POLICY).inputs["policy"])["ReadersAlone"]
    assert said["Effect"] == "Deny"
    assert said["Condition"] == {
        "ArnNotEquals": {
            "aws:PrincipalArn": [
                APPLICATION,
                "arn:aws:iam::111122223333:role/shop-prod-rotation",
                "arn:aws:iam::111122223333:role/shop-prod-break-glass",
            ]
        }
    }


def test_rotation_begins_once_it_may_and_the_secret_is_guarded() -> None:
    found = everything()
    rotation = only(found, ROTATION)
    assert {named(found, "secrets-rotation").urn, only(found, SECRET_POLICY).urn} <= set(rotation.depends_on)


def test_secrets_manager_alone_invokes_the_rotation_and_only_for_this_account() -> None:
    inputs = named(everything(), "secrets-rotation").inputs
    assert (inputs["principal"], inputs["sourceAccount"]) == ("secretsmanager.amazonaws.com", "111122223333")


def test_the_rotation_touches_its_own_secrets_alone() -> None:
    said = _said(named(everything(), "role-rotation-policy").inputs["policy"])
    assert said["TheseSecrets"]["Resource"] == [
        "arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop-prod-session-key-??????"
    ]


# -- all of them


@pytest.mark.parametrize(
    ("switched", "gone"),
    [
        ({"database": None}, DATABASE),
        ({"files": None}, BUCKET),
        ({"secrets": None}, SECRET),
        ({"secrets": {"names": []}}, SECRET),
        ({"heartbeat": None}, "aws:scheduler/schedule:Schedule"),
        ({}, TABLE),
        ({}, FILE_SYSTEM),
    ],
)
def test_each_store_can_be_switched_off_with_all_that_belongs_to_it(switched: dict[str, Any], gone: str) -> None:
    assert not of(ran(switched).declared, gone)


def test_nothing_at_all_is_a_choice_too() -> None:
    off = dict.fromkeys(("database", "files", "table", "fileSystem", "secrets"))
    found = ran(off)
    assert found.outputs == {}
    assert {one.type for one in ours(found.declared) if one.name.startswith(("heartbeat", "rotation"))} == set()


def test_what_keeps_data_is_protected_and_kept_when_it_leaves_the_program() -> None:
    kept = {one.type for one in ours(everything().declared) if one.retain}
    assert kept == STATEFUL
    assert all(one.protect for one in ours(everything().declared) if one.retain)


def test_what_guards_it_is_protected() -> None:
    guards = {one.type.rpartition(":")[2] for one in ours(everything().declared) if one.protect and not one.retain}
    assert guards >= {
        "BucketPolicy", "BucketPublicAccessBlock", "BucketVersioning", "BucketServerSideEncryptionConfiguration",
        "BucketOwnershipControls", "BucketLogging", "BucketNotification", "FileSystemPolicy", "SecretPolicy", "SecretRotation",
        "KeyPolicy", "Alias", "ParameterGroup", "MetricAlarm",
    }  # fmt: skip


def test_the_lab_protects_and_keeps_nothing() -> None:
    assert not [one.name for one in ran(ALL, **LAB).declared if one.protect or one.retain]


def test_every_store_names_its_region() -> None:
    regional = [one for one in ours(everything().declared) if one.custom and not one.type.startswith("aws:iam/")]
    assert {one.name for one in regional if not one.inputs.get("region")} == set()


NEIGHBOURS = ("backup-stateful-covered", "backup-rpo-can-be-kept", "network-")  # of other parts of the layer


@pytest.mark.parametrize("preview", [False, True])
def test_the_rules_are_silent_on_all_but_what_the_other_parts_of_the_layer_bring(preview: bool) -> None:
    seen = ran(ALL | {"files": {"replicated": True}}, preview=preview).declared
    assert not [rule for rule in broken_rules(seen) if not rule.startswith(NEIGHBOURS)]


@pytest.mark.parametrize(
    ("kind", "changes", "rule"),
    [
        (TABLE, {"serverSideEncryption": None}, "dynamodb-encrypted"),
        (TABLE, {"pointInTimeRecovery": {"enabled": False}}, "dynamodb-recoverable"),
        (TABLE, {"deletionProtectionEnabled": False}, "dynamodb-deletion-protected"),
        (FILE_SYSTEM, {"encrypted": False}, "efs-encrypted"),
        (FILE_SYSTEM_POLICY, {"policy": json.dumps({"Statement": [{"Effect": "Allow"}]})}, "efs-tls-only"),
        (SECRET, {"kmsKeyId": None}, "secrets-encrypted"),
    ],
)
def test_a_weakened_store_breaks_a_rule(kind: str, changes: dict[str, Any], rule: str) -> None:
    seen = everything().declared
    assert rule in broken_rules(weakened(seen, kind, **changes))
