"""A bucket with everything that makes it safe, each in a resource of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_aws import s3

from infra.components.bucket_policy import bucket_policy
from infra.context import Component, Context
from infra.spec.bucket import BucketSpec

UNFINISHED_DAYS = 7  # parts of uploads that nobody finished


class LockNotAcknowledged(ValueError):
    """A compliance lock was asked for once only. The message is for a person."""


class KeyMissing(ValueError):
    """A bucket without a key of ours that is not meant to be one: a mistake in a layer."""


class Bucket(Component):
    """One bucket in the context's region; `name` and `arn` are computed, so documents may carry them.

    Args:
        key_arn: of the data class's key; None only with `spec.sse_s3`.
        statements: joined with the refusals that every bucket has (`bucket_policy`).
        log_bucket: name of the bucket that its access logs go to (with `access_logs`).
        principals: what must be there before the policy: AWS refuses one that names a role that is not.

    Raises: LockNotAcknowledged, KeyMissing.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        spec: BucketSpec,
        *,
        key_arn: pulumi.Input[str] | None,
        statements: Sequence[Mapping[str, Any]] = (),
        log_bucket: pulumi.Input[str] | None = None,
        principals: Sequence[pulumi.Resource] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        _check(context, spec, key_arn)
        super().__init__("Bucket", name, context, opts)
        self.spec = spec
        self.name: str = context.names.bucket(spec.what, context.place)
        self.arn: str = context.names.bucket_arn(spec.what, context.place)
        self._logical = name
        self._region = context.place.region
        self.bucket = self._bucket()
        self.versioning = self._versioning()
        encryption = self._encryption(key_arn)
        self.guards: list[pulumi.Resource] = [encryption, *self._closed(statements, principals)]
        self._lifecycle()
        if self.versioning is not None:
            self.guards.append(self.versioning)
        if spec.object_lock_days is not None:
            self.guards.append(self._lock(spec.object_lock_days))
        if log_bucket is not None:
            self._logging(log_bucket)
        self.register_outputs({"name": self.name, "arn": self.arn})

    def ready(self) -> list[pulumi.Resource]:
        """What must be there first for somebody who writes into it, knowing only its name."""
        return [self.bucket, *self.guards]

    def _bucket(self) -> s3.Bucket:
        spec, context = self.spec, self.context
        more = {"backup_reason": spec.backup_reason} if spec.backup_reason else {}
        return s3.Bucket(
            self._logical,
            bucket=self.name,
            object_lock_enabled=spec.object_lock_days is not None,
            force_destroy=context.disposable,
            region=self._region,
            tags=context.tags(
                self.name, data_class=spec.data_class, tier=spec.tier, backup=spec.backup, rpo=spec.rpo, **more
            ),
            opts=context.opts(self, stateful=True, named=True),
        )

    def _versioning(self) -> s3.BucketVersioning | None:
        if not self.spec.versioned:
            return None
        return s3.BucketVersioning(
            f"{self._logical}-versioning",
            bucket=self.bucket.bucket,
            versioning_configuration={"status": "Enabled"},
            region=self._region,
            opts=self.context.opts(self, guard=True),
        )

    def _encryption(self, key_arn: pulumi.Input[str] | None) -> s3.BucketServerSideEncryptionConfiguration:
        by_default: s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgsDict
        if key_arn is None:
            by_default = {"sse_algorithm": "AES256"}
        else:
            by_default = {"sse_algorithm": "aws:kms", "kms_master_key_id": key_arn}
        return s3.BucketServerSideEncryptionConfiguration(
            f"{self._logical}-encryption",
            bucket=self.bucket.bucket,
            rules=[{"apply_server_side_encryption_by_default": by_default, "bucket_key_enabled": key_arn is not None}],
            region=self._region,
            opts=self.context.opts(self, guard=True),
        )

    def _closed(
        self, statements: Sequence[Mapping[str, Any]], principals: Sequence[pulumi.Resource]
    ) -> list[pulumi.Resource]:
        block = s3.BucketPublicAccessBlock(
            f"{self._logical}-public-access",
            bucket=self.bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            region=self._region,
            opts=self.context.opts(self, guard=True),
        )
        ownership = s3.BucketOwnershipControls(
            f"{self._logical}-ownership",
            bucket=self.bucket.bucket,
            rule={"object_ownership": "BucketOwnerEnforced"},
            region=self._region,
            # AWS: two changes of one bucket's access at a time are refused as conflicting
            opts=self.context.opts(self, guard=True, depends_on=[block]),
        )
        policy = s3.BucketPolicy(
            f"{self._logical}-policy",
            bucket=self.bucket.bucket,
            policy=bucket_policy(self.arn, self.context.place, statements, access_logs=self.spec.access_logs),
            region=self._region,
            opts=self.context.opts(self, guard=True, depends_on=[ownership, *principals]),
        )
        return [block, ownership, policy]

    def _lifecycle(self) -> None:
        rules: list[s3.BucketLifecycleConfigurationRuleArgsDict] = [
            {
                "id": "unfinished-uploads",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "abort_incomplete_multipart_upload": {"days_after_initiation": UNFINISHED_DAYS},
            }
        ]
        if self.spec.versioned:
            rules.append(
                {
                    "id": "old-versions",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "noncurrent_version_expiration": {"noncurrent_days": self.spec.old_versions_days},
                    "expiration": {"expired_object_delete_marker": True},
                }
            )
        ends = dict(self.spec.expire_prefixes)
        if self.spec.expire_days is not None:
            ends[""] = self.spec.expire_days
        rules.extend(_ended(prefix, days) for prefix, days in ends.items())
        s3.BucketLifecycleConfiguration(
            f"{self._logical}-lifecycle",
            bucket=self.bucket.bucket,
            rules=rules,
            region=self._region,
            # AWS: rules about old versions want versioning first
            opts=self.context.opts(self, depends_on=[self.versioning] if self.versioning else []),
        )

    def _lock(self, days: int) -> s3.BucketObjectLockConfiguration:
        return s3.BucketObjectLockConfiguration(
            f"{self._logical}-lock",
            bucket=self.bucket.bucket,
            rule={"default_retention": {"mode": self.spec.lock_mode, "days": days}},
            region=self._region,
            opts=self.context.opts(self, guard=True, depends_on=[self.versioning] if self.versioning else []),
        )

    def _logging(self, log_bucket: pulumi.Input[str]) -> None:
        s3.BucketLogging(
            f"{self._logical}-logging",
            bucket=self.bucket.bucket,
            target_bucket=log_bucket,
            target_prefix=f"{self.name}/",
            region=self._region,
            opts=self.context.opts(self, guard=True),
        )


def _ended(prefix: str, days: int) -> s3.BucketLifecycleConfigurationRuleArgsDict:
    """Objects below a prefix end so many days after they were written."""
    return {
        "id": f"expired-{prefix.strip('/').replace('/', '-')}".rstrip("-"),
        "status": "Enabled",
        "filter": {"prefix": prefix},
        "expiration": {"days": days},
    }


def _check(context: Context, spec: BucketSpec, key_arn: pulumi.Input[str] | None) -> None:
    if (key_arn is None) != spec.sse_s3:
        raise KeyMissing(f"bucket {spec.what!r}: it takes a key of ours or `sse_s3`, one of the two")
    locked = spec.object_lock_days is not None and spec.lock_mode == "COMPLIANCE"
    if locked and not context.settings.acknowledge_compliance_lock:
        raise LockNotAcknowledged(
            f"bucket {spec.what!r}: nobody, AWS included, can shorten a compliance lock: set "
            "stormproof:acknowledgeComplianceLock to true as well, or take GOVERNANCE"
        )
