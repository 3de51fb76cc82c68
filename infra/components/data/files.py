"""Customers' files: a bucket, its access logs, and (where configured) its copy in the recovery region."""

from __future__ import annotations

import pulumi
from pulumi_aws import s3

from infra.components.access.deploying import BOUNDARY_WORKLOAD
from infra.components.access.roles import Role
from infra.components.access.trusts import service_trust
from infra.components.bucket import Bucket
from infra.components.documents import document, statement
from infra.context import Component, Context
from infra.functions.heartbeat.stores import PREFIX
from infra.spec.bucket import BucketSpec
from infra.spec.data import FilesSpec
from infra.spec.settings import DataClass

WHAT, LOGS, REPLICA, ROLE = "files", "files-logs", "files-replica", "files-replication"
HEARTBEAT_DAYS = 40  # longer than any point-in-time recovery reaches back
LOG_DAYS = 400
SERVICE = "s3.amazonaws.com"


class Files(Component):
    """The bucket and what belongs to it. `name` and `arn` are computed.

    Args:
        replica_key_arn: in the recovery region; given when the spec replicates.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        spec: FilesSpec,
        *,
        key_arn: pulumi.Input[str],
        replica_key_arn: pulumi.Input[str] | None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("Files", name, context, opts)
        logs = self._logs(f"{name}-logs", context, LOGS)
        self.bucket = Bucket(
            name,
            context,
            BucketSpec(
                what=WHAT, data_class=DataClass.CONFIDENTIAL, tier="data", object_lock_days=spec.object_lock_days,
                old_versions_days=spec.old_versions_days, expire_prefixes={PREFIX: HEARTBEAT_DAYS},
                backup=spec.backup, rpo=spec.promise,
            ),
            key_arn=key_arn,
            log_bucket=logs.name,
            opts=pulumi.ResourceOptions(parent=self, depends_on=logs.ready()),
        )  # fmt: skip
        self.name, self.arn = self.bucket.name, self.bucket.arn
        # AWS Backup learns from these events what was written; without them its continuous backups end.
        s3.BucketNotification(
            f"{name}-events",
            bucket=self.bucket.bucket.bucket,
            eventbridge=True,
            region=context.place.region,
            opts=context.opts(self, guard=True),
        )
        self.replica: str | None = None
        if spec.replicated:
            assert replica_key_arn is not None, "a replica needs a key in its region"
            self.replica = self._replicated(name, spec, replica_key_arn)
        self.register_outputs({"name": self.name})

    def _logs(self, name: str, context: Context, what: str) -> Bucket:
        """Access logs lie in the region of the bucket that they are about (AWS)."""
        spec = BucketSpec(
            what=what, data_class=DataClass.INTERNAL, sse_s3=True, access_logs=True, expire_days=LOG_DAYS, tier="data"
        )
        return Bucket(name, context, spec, key_arn=None, opts=pulumi.ResourceOptions(parent=self))

    def _replicated(self, name: str, spec: FilesSpec, key_arn: pulumi.Input[str]) -> str:
        context = self.context
        there = context.in_region(context.settings.regions.recovery)
        logs = self._logs(f"{name}-replica-logs", there, f"{REPLICA}-logs")
        replica = Bucket(
            f"{name}-replica",
            there,
            BucketSpec(
                what=REPLICA, data_class=DataClass.CONFIDENTIAL, tier="data", object_lock_days=spec.object_lock_days,
                old_versions_days=spec.old_versions_days, backup="none", backup_reason="a replica of files",
            ),
            key_arn=key_arn,
            log_bucket=logs.name,
            opts=pulumi.ResourceOptions(parent=self, depends_on=logs.ready()),
        )  # fmt: skip
        role = Role(
            ROLE,
            context,
            trust=service_trust(SERVICE, context.place),
            policy=replication_rights(context, self.arn, replica.arn, there.place.region),
            limit=BOUNDARY_WORKLOAD,
            description="S3 copies files into the recovery region",
            opts=context.opts(self),
        )
        s3.BucketReplicationConfig(
            f"{name}-replication",
            bucket=self.bucket.bucket.bucket,
            role=role.arn,
            rules=[
                {
                    "id": "everything",
                    "status": "Enabled",
                    "priority": 0,
                    "filter": {"prefix": ""},
                    "delete_marker_replication": {"status": "Enabled"},
                    "source_selection_criteria": {"sse_kms_encrypted_objects": {"status": "Enabled"}},
                    "destination": {
                        "bucket": replica.arn,
                        "storage_class": "STANDARD_IA",
                        "encryption_configuration": {"replica_kms_key_id": key_arn},
                    },
                }
            ],
            region=context.place.region,
            opts=context.opts(self, guard=True, depends_on=[role, *self.bucket.ready(), *replica.ready()]),
        )
        return replica.name


def replication_rights(context: Context, source: str, replica: str, region: str) -> str:
    """What the role may: read versions here, write replicas there, each with its region's key by S3 alone."""
    here = f"s3.{context.place.region}.amazonaws.com"
    return document(
        statement("Source", ("s3:GetReplicationConfiguration", "s3:ListBucket"), source),
        statement(
            "Versions",
            ("s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging",
             "s3:GetObjectRetention", "s3:GetObjectLegalHold"),
            f"{source}/*",
        ),
        statement("Replicas", ("s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"), f"{replica}/*"),
        statement("Reads", "kms:Decrypt", conditions={"StringEquals": {"kms:ViaService": here}}),
        statement(
            "Writes", ("kms:Encrypt", "kms:GenerateDataKey"),
            conditions={"StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"}},
        ),
    )  # fmt: skip
