"""Where the audit's files lie: in the log account where there is one, else here, and then that is reported.

Three buckets, since AWS demands it: the trail's files are locked; Config takes no bucket with a lock; access logs of S3
take neither a lock nor a key of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi

from infra.components.bucket import Bucket
from infra.components.documents import statement
from infra.context import Component, Context
from infra.naming import Place
from infra.spec.bucket import BucketSpec
from infra.spec.settings import DataClass, Layer

TRAIL, CONFIG, ACCESS = "audit-trail", "audit-config", "audit-access"
NOT_APART = (
    "accounts.log is not set: the audit's logs lie in the account that they tell of, where break-glass reaches them "
    "(statement 8-b is kept in part)"
)


def store_place(context: Context) -> Place:
    """Where the buckets lie, seen from any account."""
    log = context.settings.accounts.log
    home = context.settings.place(Layer.ACCOUNT)
    return home if log is None else Place(log, home.region, home.partition)


def is_store(context: Context) -> bool:
    """Whether this account keeps the buckets."""
    return store_place(context).account == context.place.account


def told_of(context: Context) -> tuple[str, ...]:
    """Accounts whose trail and recorder write into the buckets here."""
    accounts = context.settings.accounts
    if accounts.log is None:
        return (context.place.account,)
    return accounts.all


class Stores(Component):
    """The buckets. `.ready`: what a writer waits for."""

    def __init__(
        self, name: str, context: Context, key_arn: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("Stores", name, context, opts)
        detection = context.settings.detection
        accounts = told_of(context)
        below = pulumi.ResourceOptions(parent=self)
        reason = "kept by its own versions and lock"
        access = Bucket(
            f"{name}-access", context,
            BucketSpec(
                what=ACCESS, data_class=DataClass.INTERNAL, sse_s3=True, access_logs=True, expire_days=detection.keep_days,
                backup="none", backup_reason=reason,
            ),
            key_arn=None, opts=below,
        )  # fmt: skip
        trail = Bucket(
            f"{name}-trail", context,
            BucketSpec(
                what=TRAIL, data_class=DataClass.INTERNAL, object_lock_days=detection.lock_days,
                expire_days=detection.keep_days, backup="none", backup_reason=reason,
            ),
            key_arn=key_arn, statements=trail_statements(context, accounts), log_bucket=access.name,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[access]),
        )  # fmt: skip
        config = Bucket(
            f"{name}-config", context,
            BucketSpec(
                what=CONFIG, data_class=DataClass.INTERNAL, expire_days=detection.keep_days, backup="none",
                backup_reason=reason,
            ),
            key_arn=key_arn, statements=config_statements(context, accounts), log_bucket=access.name,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[access]),
        )  # fmt: skip
        self.ready: list[pulumi.Resource] = [*trail.ready(), *config.ready()]
        self.register_outputs({})


def trail_statements(context: Context, accounts: Sequence[str]) -> list[dict[str, Any]]:
    """The trails of these accounts, and nobody else's, write here. AWS: CloudTrail asks for the ACL first."""
    place, bucket = context.place, context.names.bucket_arn(TRAIL, context.place)
    service = {"Service": "cloudtrail.amazonaws.com"}
    sources = [context.names.trail_arn("audit", Place(one, place.region, place.partition)) for one in accounts]
    return [
        statement(
            "TrailsLook", "s3:GetBucketAcl", bucket, principals=service,
            conditions={"StringEquals": {"aws:SourceArn": sources}},
        ),
        statement(
            "TrailsWrite", "s3:PutObject", [f"{bucket}/AWSLogs/{one}/*" for one in accounts], principals=service,
            conditions={
                "StringEquals": {"aws:SourceArn": sources, "s3:x-amz-acl": "bucket-owner-full-control"},
            },
        ),
    ]  # fmt: skip


def config_statements(context: Context, accounts: Sequence[str]) -> list[dict[str, Any]]:
    """The recorders of these accounts write here."""
    bucket = context.names.bucket_arn(CONFIG, context.place)
    service = {"Service": "config.amazonaws.com"}
    return [
        statement(
            "RecordersLook", ("s3:GetBucketAcl", "s3:ListBucket"), bucket, principals=service,
            conditions={"StringEquals": {"aws:SourceAccount": accounts}},
        ),
        statement(
            "RecordersWrite", "s3:PutObject", [f"{bucket}/AWSLogs/{one}/Config/*" for one in accounts],
            principals=service,
            conditions={
                "StringEquals": {"aws:SourceAccount": accounts, "s3:x-amz-acl": "bucket-owner-full-control"},
            },
        ),
    ]  # fmt: skip
