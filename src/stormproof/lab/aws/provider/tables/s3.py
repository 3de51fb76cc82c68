"""Buckets and objects."""

from __future__ import annotations

from typing import Any

from stormproof.lab.aws.provider.kinds import Call, Kind, Look, Values, replaced_by


def _location(here: Values) -> dict[str, str] | None:
    """AWS: the one region that may not be named is us-east-1."""
    return None if here["region"] == "us-east-1" else {"LocationConstraint": here["region"]}


def _tag_set(here: Values) -> dict[str, Any]:
    return {"TagSet": [{"Key": key, "Value": value} for key, value in here["tagsAll"].items()]}


def _versions(answer: Any, here: Values) -> dict[str, Any]:
    return {"all": answer.get("Versions", []) + answer.get("DeleteMarkers", [])}


_BUCKET = {"Bucket": "{bucket}"}
_TAG = Call("put_bucket_tagging", {**_BUCKET, "Tagging": _tag_set}, take=(), uses=("tags",),
            when=lambda here: here["tagsAll"])  # fmt: skip
_EMPTY = Call(
    "delete_object",
    {**_BUCKET, "Key": lambda here: here["item"]["Key"], "VersionId": lambda here: here["item"]["VersionId"]},
    take=(), when=lambda here: here.get("forceDestroy"),
    ask=(Look("list_object_versions", _BUCKET, _versions, fills={"versions": "all"}),),
    each=lambda here: here["versions"],
)  # fmt: skip
_OBJECT = {**_BUCKET, "Key": "{key}"}

KINDS = (
    Kind(
        "aws:s3/bucket:Bucket", "s3", "{bucket}", names="bucket", options=frozenset({"forceDestroy"}),
        create=(
            Call("create_bucket", {**_BUCKET, "CreateBucketConfiguration": _location,
                                   "ObjectLockEnabledForBucket": "{objectLockEnabled}"}, take=()),
            _TAG,
        ),
        looks=(
            Look("head_bucket", _BUCKET, "ResponseMetadata"),
            Look("get_object_lock_configuration", _BUCKET, "@", {"objectLockEnabled":
                 "ObjectLockConfiguration.ObjectLockEnabled=='Enabled'"}, optional=True),
        ),
        update=(_TAG,),
        delete=(_EMPTY, Call("delete_bucket", _BUCKET, take=())),
        outputs={
            "arn": "arn:aws:s3:::{bucket}", "bucketDomainName": "{bucket}.s3.amazonaws.com",
            "bucketRegionalDomainName": "{bucket}.s3.{region}.amazonaws.com", "bucketRegion": "{region}",
        },
        replaces=replaced_by("bucket bucketPrefix bucketNamespace objectLockEnabled"),
    ),
    Kind(
        "aws:s3/bucketObjectv2:BucketObjectv2", "s3", "{bucket}/{key}", again=True,
        create=(Call("put_object", rename={"content": "Body", "source": "Body", "kmsKeyId": "SSEKMSKeyId",
                                           "objectLockMode": "ObjectLockMode"}, out={"versionId": "VersionId"}),),
        looks=(Look("head_object", _OBJECT, "@", {"contentType": "ContentType", "kmsKeyId": "SSEKMSKeyId",
                    "serverSideEncryption": "ServerSideEncryption"}, fills={"versionId": "VersionId"}),),
        delete=(Call("delete_object", _OBJECT, take=()),),
        outputs={"arn": "arn:aws:s3:::{bucket}/{key}"}, options=frozenset({"forceDestroy", "sourceHash"}),
        replaces=replaced_by("bucket key"),
    ),
)  # fmt: skip
