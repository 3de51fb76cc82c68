"""DynamoDB tables and items, and Secrets Manager."""

from __future__ import annotations

import json
from typing import Any

from stormproof.lab.aws.provider.kinds import Call, Kind, Look, Tagging, Values, replaced_by

_TABLE = {"TableName": "{name}"}
_SECRET = {"SecretId": "{arn}"}


def _throughput(here: Values) -> dict[str, Any] | None:
    if here.get("billingMode") == "PAY_PER_REQUEST":
        return None
    return {"ReadCapacityUnits": here.get("readCapacity", 1), "WriteCapacityUnits": here.get("writeCapacity", 1)}


def _key_schema(here: Values) -> list[dict[str, str]]:
    keys = [{"AttributeName": here["hashKey"], "KeyType": "HASH"}]
    return keys + ([{"AttributeName": here["rangeKey"], "KeyType": "RANGE"}] if here.get("rangeKey") else [])


def _encryption(here: Values) -> dict[str, Any] | None:
    declared = here.get("serverSideEncryption")
    if not declared:
        return None
    key = declared.get("kmsKeyArn")
    return {"Enabled": declared["enabled"], **({"SSEType": "KMS", "KMSMasterKeyId": key} if key else {})}


def _seen_encryption(table: Any, here: Values) -> dict[str, Any]:
    held = table.get("SSEDescription", {})
    return {"enabled": held.get("Status") == "ENABLED", "kmsKeyArn": held.get("KMSMasterKeyArn")}


def _recovery(here: Values) -> dict[str, Any]:
    declared = here["pointInTimeRecovery"]
    days = declared.get("recoveryPeriodInDays")
    return {"PointInTimeRecoveryEnabled": declared["enabled"], **({"RecoveryPeriodInDays": days} if days else {})}


def _seen_recovery(item: Any, here: Values) -> dict[str, Any]:
    held = item["PointInTimeRecoveryDescription"]
    days = held.get("RecoveryPeriodInDays") or here["pointInTimeRecovery"].get("recoveryPeriodInDays")
    return {"enabled": held["PointInTimeRecoveryStatus"] == "ENABLED", "recoveryPeriodInDays": days}


def _key_of_item(here: Values) -> dict[str, Any]:
    item = json.loads(here["item"])
    return {name: item[name] for name in (here["hashKey"], here.get("rangeKey")) if name}


_PITR = Call("update_continuous_backups", {**_TABLE, "PointInTimeRecoverySpecification": _recovery}, take=(),
             uses=("pointInTimeRecovery",), when=lambda here: here.get("pointInTimeRecovery"))  # fmt: skip
_TTL = Call("update_time_to_live", {**_TABLE, "TimeToLiveSpecification": "{ttl}"}, take=(), uses=("ttl",),
            when=lambda here: (here.get("ttl") or {}).get("enabled"))  # fmt: skip
_SECRET_POLICY = Call("put_resource_policy", {**_SECRET, "ResourcePolicy": "{policy}"}, take=(), uses=("policy",),
                      when=lambda here: here.get("policy"))  # fmt: skip

KINDS = (
    Kind(
        "aws:dynamodb/table:Table", "dynamodb", "{name}", names="name",
        tagging=Tagging("tag_resource", "untag_resource", {"ResourceArn": "{arn}"}),
        create=(
            Call("create_table", {
                **_TABLE, "KeySchema": _key_schema, "ProvisionedThroughput": _throughput, "SSESpecification": _encryption,
                "AttributeDefinitions": lambda here: [{"AttributeName": a["name"], "AttributeType": a["type"]}
                                                      for a in here["attributes"]],
                "StreamSpecification": lambda here: {"StreamEnabled": True, "StreamViewType": here["streamViewType"]}
                if here.get("streamEnabled") else None,
            }, take=("billingMode", "deletionProtectionEnabled", "tableClass"),
                uses=("hashKey", "rangeKey", "attributes", "readCapacity", "writeCapacity", "serverSideEncryption",
                      "streamEnabled", "streamViewType"),
                out={"arn": "TableDescription.TableArn", "streamArn": "TableDescription.LatestStreamArn"}),
            _PITR, _TTL,
        ),
        looks=(
            Look("describe_table", _TABLE, "Table", {
                "serverSideEncryption": _seen_encryption, "deletionProtectionEnabled": "DeletionProtectionEnabled",
                "billingMode": "BillingModeSummary.BillingMode",
            }),
            Look("describe_continuous_backups", _TABLE, "ContinuousBackupsDescription",
                 {"pointInTimeRecovery": _seen_recovery}),
        ),
        update=(
            Call("update_table", {**_TABLE, "SSESpecification": _encryption},
                 take=("deletionProtectionEnabled", "billingMode"), uses=("serverSideEncryption",)),
            _PITR, _TTL,
        ),
        delete=(Call("delete_table", _TABLE, take=()),),
        replaces=replaced_by("name hashKey rangeKey localSecondaryIndexes importTable"),
    ),
    Kind(
        "aws:dynamodb/tableItem:TableItem", "dynamodb", "{tableName}|{hashKey}|{token}", again=True,
        create=(Call("put_item", {"TableName": "{tableName}", "Item": lambda here: json.loads(here["item"])}, take=(),
                     uses=("item", "hashKey", "rangeKey")),),
        looks=(Look("get_item", {"TableName": "{tableName}", "Key": _key_of_item}, "Item"),),
        delete=(Call("delete_item", {"TableName": "{tableName}", "Key": _key_of_item}, take=()),),
        replaces=replaced_by("tableName hashKey rangeKey"),
    ),
    Kind(
        "aws:secretsmanager/secret:Secret", "secretsmanager", "{arn}", names="name",
        tagging=Tagging("tag_resource", "untag_resource", _SECRET),
        create=(
            Call("create_secret", {"ClientRequestToken": "{token}"}, out={"arn": "ARN"},
                 rename={"replicas": "AddReplicaRegions"}),
            _SECRET_POLICY,
        ),
        looks=(
            Look("describe_secret", _SECRET, "[@][?!DeletedDate]|[0]", {"kmsKeyId": "KmsKeyId",
                 "description": "Description", "name": "Name"}),
            Look("get_resource_policy", _SECRET, "@", {"policy": "ResourcePolicy"}, optional=True),
        ),
        update=(Call("update_secret", _SECRET, take=("description", "kmsKeyId")), _SECRET_POLICY),
        delete=(Call("delete_secret", {**_SECRET, "RecoveryWindowInDays": lambda here:
                     here.get("recoveryWindowInDays", 30) or None, "ForceDeleteWithoutRecovery": lambda here:
                     True if here.get("recoveryWindowInDays") == 0 else None}, take=()),),
        options=frozenset({"recoveryWindowInDays", "forceOverwriteReplicaSecret"}),
        replaces=replaced_by("name namePrefix"),
    ),
    Kind(
        "aws:secretsmanager/secretVersion:SecretVersion", "secretsmanager", "{secretId}|{versionId}",
        create=(Call("put_secret_value", out={"versionId": "VersionId"}),),
        looks=(Look("get_secret_value", {"SecretId": "{secretId}", "VersionId": "{versionId}"}, "@",
                    {"secretString": "SecretString"}),),
        outputs={"secretArn": "{secretId}"},
        replaces=replaced_by("secretId secretString secretBinary"),
    ),
    Kind(
        "aws:secretsmanager/secretRotation:SecretRotation", "secretsmanager", "{secretId}", again=True,
        create=(Call("rotate_secret", {"ClientRequestToken": "{token}"},
                     rename={"rotationLambdaArn": "RotationLambdaARN"}),),
        looks=(Look("describe_secret", {"SecretId": "{secretId}"}, "[@][?!DeletedDate]|[0]",
                    {"rotationLambdaArn": "RotationLambdaARN"},
                    fills={"rotationEnabled": "RotationEnabled"}),),
        delete=(Call("cancel_rotate_secret", {"SecretId": "{secretId}"}, take=()),),
        replaces=replaced_by("secretId"),
    ),
    Kind(
        "aws:secretsmanager/secretPolicy:SecretPolicy", "secretsmanager", "{secretArn}", again=True,
        create=(Call("put_resource_policy", {"SecretId": "{secretArn}", "ResourcePolicy": "{policy}"},
                     take=("blockPublicPolicy",)),),
        looks=(Look("get_resource_policy", {"SecretId": "{secretArn}"}, "ResourcePolicy && @", {"policy": "ResourcePolicy"}),),
        delete=(Call("delete_resource_policy", {"SecretId": "{secretArn}"}, take=()),),
        replaces=replaced_by("secretArn"),
    ),
)  # fmt: skip
