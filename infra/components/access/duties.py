"""What each duty may do. Nobody reads customers' data, but in an emergency, and that is an alarm. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.components.access.actions import (
    ENDS_KEYS,
    KEEPS_KEYS,
    READS_DATA,
    READS_IAM,
    READS_OBJECTS,
    USES_KEYS,
)
from infra.components.access.boundaries import BOUNDARY_BREAK_GLASS, BOUNDARY_PEOPLE, MAKES_OVER, identities
from infra.components.access.deploying import SERVICES
from infra.components.documents import deny, document, statement
from infra.components.recovery.limits import PLACE, drill_buckets, production_refused
from infra.context import Context
from infra.spec.access import Duty
from infra.spec.recovery import DRILL, RESTORE_ROLE, VERIFIER
from infra.spec.settings import Layer

BACKUP_ROLE = "backup"  # of AWS Backup; declared with the vaults
AUDIT = "audit"  # buckets and groups of the audit begin with it
# DynamoDB restores a table as whoever asks for it. Source: DynamoDB, "Using IAM with DynamoDB backup and restore".
FILLS_TABLES = (
    "dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query",
    "dynamodb:Scan", "dynamodb:UpdateItem",
)  # fmt: skip
MAKES_BUCKETS = (
    "s3:CreateBucket", "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging", "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
)  # fmt: skip
REMOVES_BUCKETS = (
    "s3:AbortMultipartUpload", "s3:DeleteBucket", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:ListBucket",
    "s3:ListBucketMultipartUploads", "s3:ListBucketVersions",
)  # fmt: skip


def duty_policy(context: Context, duty: Duty) -> str:
    """The rights of one duty."""
    written = {
        Duty.OPERATOR: _operator,
        Duty.DRILL_RUNNER: _drill_runner,
        Duty.AUDITOR: _auditor,
        Duty.BREAK_GLASS: _break_glass,
        Duty.KEY_ADMINISTRATOR: _key_administrator,
    }
    return document(*written[duty](context))


def managed_policies(duty: Duty) -> tuple[str, ...]:
    """AWS's own policies that a duty has besides: names behind `arn:aws:iam::aws:policy/`."""
    sees = "job-function/ViewOnlyAccess"
    return {Duty.OPERATOR: (sees, "AWSSupportAccess"), Duty.AUDITOR: (sees, "SecurityAudit")}.get(duty, ())


def boundary(duty: Duty) -> str:
    return BOUNDARY_BREAK_GLASS if duty is Duty.BREAK_GLASS else BOUNDARY_PEOPLE


def _tagged(context: Context, **tags: str) -> dict[str, dict[str, str]]:
    return {"StringEquals": {f"aws:ResourceTag/{key}": value for key, value in tags.items()}}


def _operator(context: Context) -> Iterator[dict[str, Any]]:
    place, names = context.place, context.names
    ours = _tagged(context, project=context.settings.project)
    yield statement(
        "Restarts",
        (
            "ec2:RebootInstances",
            "ec2:StartInstances",
            "ec2:StopInstances",
            "rds:RebootDBInstance",
            "rds:StartDBInstance",
        ),
        conditions=ours,
    )
    yield statement("Sessions", "ssm:StartSession", conditions=ours)
    yield statement(
        "OwnSessions", ("ssm:ResumeSession", "ssm:TerminateSession"), place.arn("ssm", "session/${aws:userid}-*")
    )
    yield statement("BackupsNow", ("backup:StartBackupJob", "backup:StartCopyJob"))
    yield statement(
        "BackupsAsTheService", "iam:PassRole", names.role_arn(BACKUP_ROLE, place),
        conditions={"StringEquals": {"iam:PassedToService": "backup.amazonaws.com"}},
    )  # fmt: skip
    yield statement(
        "Logs",
        ("logs:FilterLogEvents", "logs:GetLogEvents", "logs:GetQueryResults", "logs:StartQuery", "logs:StopQuery"),
        f"{names.log_group_arn('*', place)}",
    )
    yield statement(
        "Traffic", ("elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"), conditions=ours
    )
    yield deny("NoData", (*READS_DATA, *READS_OBJECTS, *USES_KEYS))


def _drill_runner(context: Context) -> Iterator[dict[str, Any]]:
    """What a drill does: it looks, restores (by AWS Backup, or by the store itself), hands over to the verifier, and takes
    away what it made: by name where a store has one, else by the mark that it set. It makes no snapshot, so it removes none:
    a database goes without a final one, and other snapshots are somebody's backups.

    Which resources an act asks for: service authorization reference, of Amazon RDS, DynamoDB, EC2, EFS, S3.
    """
    settings, names = context.settings, context.names
    there = settings.place(Layer.RECOVERY)
    region = {"aws:RequestedRegion": there.region}
    made = f"{names.name(DRILL)}-*"
    databases, tables = there.arn("rds", f"db:{made}"), there.arn("dynamodb", f"table/{made}")
    disks, files = there.arn("ec2", "volume/*"), there.arn("elasticfilesystem", "file-system/*")
    recovery = {"StringEquals": {"aws:RequestTag/environment": "recovery"}}
    yield statement(
        "Looks",
        (
            "backup:Describe*", "backup:Get*", "backup:List*", "cloudwatch:GetMetricData", "dynamodb:Describe*", "dynamodb:List*",
            "ec2:Describe*", "ec2:GetEbsEncryptionByDefault", "elasticfilesystem:Describe*", "kms:DescribeKey",
            "kms:ListAliases", "rds:Describe*", "rds:ListTagsForResource", "s3:GetBucket*", "s3:GetEncryptionConfiguration",
            "s3:ListAllMyBuckets", "tag:GetResources",
        ),
    )  # fmt: skip
    yield statement(
        "Restores", ("backup:StartRestoreJob", "backup:PutRestoreValidationResult"), conditions={"StringEquals": region}
    )
    yield statement(
        "RestoresAsTheService", "iam:PassRole", names.role_arn(RESTORE_ROLE, there),
        conditions={"StringEquals": {"iam:PassedToService": "backup.amazonaws.com"}},
    )  # fmt: skip
    place = names.name(PLACE)
    yield statement(
        "RestoresDatabases", ("rds:RestoreDBInstanceFromDBSnapshot", "rds:RestoreDBInstanceToPointInTime"),
        [
            databases,
            *(
                there.arn("rds", one)
                for one in ("auto-backup:*", "og:default:*", f"pg:{place}", "snapshot:*", f"subgrp:{place}")
            ),
        ],
    )  # fmt: skip
    yield statement(
        "RestoresTables",
        (
            "dynamodb:RestoreTableFromAwsBackup",
            "dynamodb:RestoreTableFromBackup",
            "dynamodb:TagResource",
            *FILLS_TABLES,
        ),
        tables,
    )
    yield statement("FromItsBackups", "dynamodb:RestoreTableFromBackup", there.arn("dynamodb", "table/*/backup/*"))
    yield statement("RestoresDisks", "ec2:CreateVolume", disks, conditions=recovery)
    yield statement("FromItsSnapshots", "ec2:CreateVolume", f"arn:{there.partition}:ec2:{there.region}::snapshot/*")
    buckets = drill_buckets(context, there)
    yield statement("MakesBuckets", MAKES_BUCKETS, buckets[0])
    yield statement("MarksDatabases", "rds:AddTagsToResource", databases)
    yield statement(
        "MarksDisks", "ec2:CreateTags", disks,
        conditions={"StringEquals": {**recovery["StringEquals"], "ec2:CreateAction": "CreateVolume"}},
    )  # fmt: skip
    # What AWS Backup restored carries no mark yet. What carries one, of production's or anybody's, is not marked anew.
    yield statement(
        "MarksWhatHasNoMark", ("ec2:CreateTags", "elasticfilesystem:TagResource"),
        [disks, there.arn("ec2", "instance/*"), files],
        conditions={**recovery, "Null": {"aws:ResourceTag/environment": "true"}},
    )  # fmt: skip
    marked = {"StringEquals": {"aws:ResourceTag/environment": "recovery"}}
    yield statement("OpensFiles", "elasticfilesystem:CreateMountTarget", files, conditions=marked)
    # A mount target's card is made as whoever asks for the target. Source: EFS, CreateMountTarget.
    cards = there.arn("ec2", "network-interface/*")
    yield statement(
        "CardsOfFiles", ("ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"),
        [cards, there.arn("ec2", "subnet/*"), there.arn("ec2", "security-group/*")],
    )  # fmt: skip
    yield statement(
        "TakesAwayWhatItMade",
        ("dynamodb:DeleteTable", "rds:DeleteDBInstance", "rds:ModifyDBInstance"),
        [tables, databases],
    )
    yield statement("TakesAwayBuckets", REMOVES_BUCKETS, buckets)
    yield statement(
        "TakesAwayWhatIsMarked",
        (
            "ec2:DeleteVolume",
            "ec2:TerminateInstances",
            "elasticfilesystem:DeleteFileSystem",
            "elasticfilesystem:DeleteMountTarget",
        ),
        [disks, there.arn("ec2", "instance/*"), files],
        conditions=marked,
    )
    user = settings.recovery.verifier_user
    yield statement("ReadsWhatItMade", "rds-db:connect", there.arn("rds-db", f"dbuser:*/{user}"))
    yield statement("RunsTheVerifier", "sts:AssumeRole", names.role_arn(VERIFIER, there))
    yield statement(
        "KeysOfTheRecovery", USES_KEYS,
        conditions={
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": names.alias("restored")},
            "StringLike": {"kms:ViaService": f"*.{there.region}.amazonaws.com"},
        },
    )  # fmt: skip
    # Whatever the rest says: nothing of production is changed, and none of its secrets read.
    yield from production_refused(context)


def _auditor(context: Context) -> Iterator[dict[str, Any]]:
    place, names = context.place, context.names
    buckets = f"arn:{place.partition}:s3:::{names.name(AUDIT)}-*"
    yield statement("AuditFiles", ("s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"), (buckets, f"{buckets}/*"))
    yield statement(
        "AuditKeys", "kms:Decrypt",
        conditions={"ForAnyValue:StringEquals": {"kms:ResourceAliases": names.alias(AUDIT)}, "StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}},
    )  # fmt: skip
    yield statement(
        "AuditLogs",
        ("logs:FilterLogEvents", "logs:GetLogEvents", "logs:GetQueryResults", "logs:StartQuery"),
        names.log_group_arn(f"{AUDIT}*", place),
    )
    yield statement(
        "Findings", ("access-analyzer:Get*", "access-analyzer:List*", "cloudtrail:LookupEvents", *READS_IAM)
    )
    yield deny("NoData", READS_DATA)
    yield deny("NoObjects", READS_OBJECTS, not_resources=f"{buckets}/*")


def _break_glass(context: Context) -> Iterator[dict[str, Any]]:
    services = sorted(
        {one for layer in (Layer.ACCOUNT, Layer.PRIMARY, Layer.RECOVERY, Layer.VAULT) for one in SERVICES[layer]}
    )
    yield statement("Services", [f"{one}:*" for one in services])
    yield statement("Keys", (*KEEPS_KEYS, *USES_KEYS))
    yield statement("SeesIdentities", READS_IAM)
    yield statement("RolesOfServices", MAKES_OVER, identities(context))


def _key_administrator(context: Context) -> Iterator[dict[str, Any]]:
    yield statement("KeepsKeys", (*KEEPS_KEYS, *ENDS_KEYS))
    yield statement("SeesWhoUsesThem", ("cloudtrail:LookupEvents", "tag:GetResources"))
    yield deny("UsesNone", USES_KEYS)
    yield deny("NoData", (*READS_DATA, *READS_OBJECTS))
