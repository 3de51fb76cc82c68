"""A bucket's settings, each a resource of its own, and the account's public access block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stormproof.lab.aws.provider.kinds import Call, Kind, Look, Parameter, Values, replaced_by

_BUCKET = {"Bucket": "{bucket}"}
_BLOCK = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
_PLACE = "PublicAccessBlockConfiguration"


def _setting(
    stem: str, put: str, look: str, remove: Call | str, under: str, take: tuple[str, ...], sees: Mapping[str, Any],
    *, item: str = "@", extra: Mapping[str, Parameter] | None = None, uses: tuple[str, ...] = (),
) -> Kind:  # fmt: skip
    """A setting that is put as a whole, and gone where the bucket has none of it."""
    ended = Call(remove, _BUCKET, take=()) if isinstance(remove, str) else remove
    return Kind(
        f"aws:s3/{stem}:{stem[0].upper()}{stem[1:]}", "s3", "{bucket}", again=True,
        create=(Call(put, {**_BUCKET, **(extra or {})}, take=take, under=under, uses=uses),),
        looks=(Look(look, _BUCKET, item, sees),), delete=(ended,),
        replaces=replaced_by("bucket"),
    )  # fmt: skip


def _notifications(here: Values) -> dict[str, Any]:
    def listed(name: str, arn: str, member: str) -> list[Any]:
        return [{member: item[arn], "Events": item["events"], **({"Id": item["id"]} if item.get("id") else {})}
                for item in here.get(name) or []]  # fmt: skip

    return {
        "TopicConfigurations": listed("topics", "topicArn", "TopicArn"),
        "QueueConfigurations": listed("queues", "queueArn", "QueueArn"),
        "LambdaFunctionConfigurations": listed("lambdaFunctions", "lambdaFunctionArn", "LambdaFunctionArn"),
        **({"EventBridgeConfiguration": {}} if here.get("eventbridge") else {}),
    }


KINDS = (
    _setting(
        "bucketVersioning", "put_bucket_versioning", "get_bucket_versioning",
        Call("put_bucket_versioning", {**_BUCKET, "VersioningConfiguration": {"Status": "Suspended"}}, take=()),
        "", ("versioningConfiguration",), {"versioningConfiguration": "@"},
    ),
    _setting(
        "bucketServerSideEncryptionConfiguration", "put_bucket_encryption", "get_bucket_encryption",
        "delete_bucket_encryption", "ServerSideEncryptionConfiguration", ("rules",), {"rules": "Rules"},
        item="ServerSideEncryptionConfiguration",
    ),
    _setting(
        "bucketPublicAccessBlock", "put_public_access_block", "get_public_access_block", "delete_public_access_block",
        _PLACE, _BLOCK, {name: name[0].upper() + name[1:] for name in _BLOCK}, item=_PLACE,
    ),
    _setting(
        "bucketOwnershipControls", "put_bucket_ownership_controls", "get_bucket_ownership_controls",
        "delete_bucket_ownership_controls", "OwnershipControls", ("rule",), {"rule": "Rules[0]"},
        item="OwnershipControls",
    ),
    _setting(
        "bucketPolicy", "put_bucket_policy", "get_bucket_policy", "delete_bucket_policy", "", ("policy",),
        {"policy": "Policy"},
    ),
    _setting(
        "bucketLifecycleConfiguration", "put_bucket_lifecycle_configuration", "get_bucket_lifecycle_configuration",
        "delete_bucket_lifecycle", "LifecycleConfiguration", ("rules",), {"rules": "Rules"},
    ),
    _setting(
        "bucketLogging", "put_bucket_logging", "get_bucket_logging",
        Call("put_bucket_logging", {**_BUCKET, "BucketLoggingStatus": {}}, take=()),
        "BucketLoggingStatus.LoggingEnabled", ("targetBucket", "targetPrefix"),
        {"targetBucket": "TargetBucket", "targetPrefix": "TargetPrefix"}, item="LoggingEnabled",
    ),
    _setting(
        "bucketObjectLockConfiguration", "put_object_lock_configuration", "get_object_lock_configuration",
        Call("put_object_lock_configuration", {**_BUCKET, "ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}},
             take=()),
        "ObjectLockConfiguration", ("rule",), {"rule": "Rule"}, item="ObjectLockConfiguration",
        extra={"ObjectLockConfiguration.ObjectLockEnabled": "Enabled"}, uses=("objectLockEnabled",),
    ),
    _setting(
        "bucketNotification", "put_bucket_notification_configuration", "get_bucket_notification_configuration",
        Call("put_bucket_notification_configuration", {**_BUCKET, "NotificationConfiguration": {}}, take=()),
        "", (), {}, extra={"NotificationConfiguration": _notifications},
        uses=("topics", "queues", "lambdaFunctions", "eventbridge"),
    ),
    _setting(
        "bucketReplicationConfig", "put_bucket_replication", "get_bucket_replication", "delete_bucket_replication",
        "ReplicationConfiguration", ("role", "rules"), {"role": "Role"}, item="ReplicationConfiguration",
    ),
    Kind(
        "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock", "s3control", "{account}", again=True,
        create=(Call("put_public_access_block", {"AccountId": "{account}"}, take=_BLOCK, under=_PLACE,
                     uses=("accountId",)),),
        looks=(Look("get_public_access_block", {"AccountId": "{account}"}, _PLACE,
                    {name: name[0].upper() + name[1:] for name in _BLOCK}),),
        delete=(Call("delete_public_access_block", {"AccountId": "{account}"}, take=()),),
        replaces=replaced_by("accountId"),
    ),
)  # fmt: skip
