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
from infra.components.recovery.limits import production_refused
from infra.context import Context
from infra.spec.access import Duty
from infra.spec.recovery import DRILL, RESTORE_ROLE, VERIFIER
from infra.spec.settings import Layer

BACKUP_ROLE = "backup"  # of AWS Backup; declared with the vaults
AUDIT = "audit"  # buckets and groups of the audit begin with it
CHANGES = (
    "backup:Delete*", "backup:Update*", "dynamodb:*Item", "dynamodb:Delete*", "dynamodb:Update*", "ec2:Delete*",
    "ec2:Modify*", "ec2:Terminate*", "elasticfilesystem:Delete*", "elasticfilesystem:Update*", "rds:Delete*",
    "rds:Modify*", "rds:Reboot*", "rds:Stop*", "secretsmanager:*",
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
    settings, names = context.settings, context.names
    there = settings.place(Layer.RECOVERY)
    region = {"aws:RequestedRegion": there.region}
    made = f"{names.name(DRILL)}-*"
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
    yield statement(
        "RestoresDatabases", ("rds:AddTagsToResource", "rds:RestoreDBInstanceFromDBSnapshot", "rds:RestoreDBInstanceToPointInTime"),
        [there.arn("rds", f"{kind}:{what}") for kind, what in (("db", made), ("subgrp", "*"), ("pg", "*"), ("og", "*"), ("snapshot", "*"))],
    )  # fmt: skip
    yield statement(
        "RestoresTables",
        ("dynamodb:RestoreTableFromBackup", "dynamodb:RestoreTableFromAwsBackup", "dynamodb:TagResource"),
        there.arn("dynamodb", f"table/{made}"),
    )
    yield statement("RestoresDisks", "ec2:CreateVolume", there.arn("ec2", "volume/*"), conditions=recovery)
    yield statement("MarksWhatItMade", "ec2:CreateTags", there.arn("ec2", "volume/*"), conditions=recovery)
    yield statement(
        "TakesAwayWhatItMade",
        ("dynamodb:DeleteTable", "rds:DeleteDBInstance", "rds:ModifyDBInstance"),
        [there.arn("dynamodb", f"table/{made}"), there.arn("rds", f"db:{made}")],
    )
    yield statement(
        "TakesAwayWhatIsMarked", ("ec2:DeleteVolume", "elasticfilesystem:DeleteFileSystem", "elasticfilesystem:DeleteMountTarget"),
        conditions={"StringEquals": {"aws:ResourceTag/environment": "recovery", **region}},
    )  # fmt: skip
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
    yield deny("NotProduction", CHANGES, conditions=_tagged(context, environment="production"))
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
