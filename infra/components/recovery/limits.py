"""What nobody who restores may do, whatever else they may: touch production, leave the region, pass another role. Pure.

In an account of its own production is out of reach by itself, and this is a second fence. In production's own account
(`recovery.sameAccount`) it is the first one, and names and tags are all that it rests on: weaker, as the switch says.

By tags alone it could not be said: what was backed up carries its source's tags, so copies in the recovery vault (images
and snapshots among them) are tagged `environment: production` too, and those must be restored. So stores are told by name:
what a drill makes is called PROJECT-ENVIRONMENT-drill-…, what AWS's restore tests make `awsbackup-restore-test-…`, and
nothing else is changed. What is started or joined to a network is told by where: a subnet, security group and subnet group
of the recovery's. What exists and has no name is told by its tag: production's is not changed. A drill therefore does not
ask AWS Backup for the source's tags (`CopySourceTagsToRestoredResource`, which is off unless it is asked for), or it could
not take away what it restored.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.components.access.actions import REMOVES_BACKUPS, SHARES
from infra.components.documents import deny
from infra.context import Context
from infra.naming import Place
from infra.spec.recovery import DRILL, RESTORE_ROLE
from infra.spec.settings import Layer

PLACE = "restored"  # the last part of the name of the recovery's subnet group and parameter group
TESTS = "awsbackup-restore-test-"  # AWS Backup: what its restore tests make begins so
# Services without a region of their own in a request.
GLOBAL = ("iam:*", "s3:ListAllMyBuckets", "sts:*")
CHANGES_STORES = (
    "dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:DeleteTable", "dynamodb:PutItem", "dynamodb:UpdateItem",
    "dynamodb:UpdateTable", "rds:DeleteDBCluster", "rds:DeleteDBInstance", "rds:ModifyDBCluster", "rds:ModifyDBInstance",
    "rds:PromoteReadReplica", "rds:RebootDBInstance", "rds:StopDBInstance", "s3:DeleteBucket*", "s3:DeleteObject*",
    "s3:PutBucket*", "s3:PutObject*", "s3:PutLifecycleConfiguration",
)  # fmt: skip
READS_STORES = (
    "dynamodb:BatchGetItem", "dynamodb:ExportTableToPointInTime", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan",
    "rds:DownloadCompleteDBLogFile", "s3:GetObject", "s3:GetObjectVersion",
)  # fmt: skip
# What is known by tags alone: its ids say nothing. Not `ec2:RunInstances`, which asks for the image and its snapshots too,
# and theirs are the source's tags. Source: service authorization reference, Amazon EC2.
TAGGED = (
    "ec2:Delete*", "ec2:Detach*", "ec2:Modify*", "ec2:Reboot*", "ec2:Stop*", "ec2:Terminate*",
    "elasticfilesystem:Client*", "elasticfilesystem:Delete*", "elasticfilesystem:Put*", "elasticfilesystem:Update*",
)  # fmt: skip
# What puts something into a network; each of them asks for the subnet and the security groups as well.
PLACES = ("ec2:CreateNetworkInterface", "ec2:RunInstances")
NO_BACKUPS_REMOVED = tuple(one for one in REMOVES_BACKUPS if one != "ec2:DeleteSnapshot")  # those are told by their tag


def production_refused(context: Context) -> Iterator[dict[str, Any]]:
    """Statements, all of them refusals."""
    names, there = context.names, context.settings.place(Layer.RECOVERY)
    yield deny(
        "NotElsewhere", not_actions=GLOBAL, conditions={"StringNotEquals": {"aws:RequestedRegion": there.region}}
    )
    yield deny("OnlyWhatDrillsMake", (*CHANGES_STORES, *READS_STORES), not_resources=made_by_drills(context, there))
    yield deny(
        "NothingOfProduction", TAGGED,
        conditions={"StringEquals": {"aws:ResourceTag/environment": "production"}},
    )  # fmt: skip
    elsewhere = {"StringNotEquals": {"aws:ResourceTag/environment": "recovery"}}  # and where there is no tag
    yield deny(
        "IntoTheRecoveryAlone", PLACES, [there.arn("ec2", f"{one}/*") for one in ("security-group", "subnet")],
        conditions=elsewhere,
    )  # fmt: skip
    yield deny("DatabasesIntoTheRecovery", "rds:Restore*", there.arn("rds", "subgrp:*"), conditions=elsewhere)
    # Anybody can make a bucket of a drill's name, elsewhere, and have customers' files restored into it. Null: a bucket that
    # is only being made has no account yet.
    yield deny(
        "BucketsOfThisAccount", "s3:*",
        conditions={"StringNotEquals": {"aws:ResourceAccount": there.account}, "Null": {"aws:ResourceAccount": "false"}},
    )  # fmt: skip
    yield deny("BackupsStay", NO_BACKUPS_REMOVED)
    yield deny("NothingShared", SHARES)
    yield deny(
        "NoSecretsOfProduction", "secretsmanager:*",
        conditions=elsewhere,
    )  # fmt: skip
    yield deny("OneRoleIsPassed", "iam:PassRole", not_resources=names.role_arn(RESTORE_ROLE, there))
    yield deny(
        "ToAwsBackupAlone", "iam:PassRole", conditions={"StringNotEquals": {"iam:PassedToService": "backup.amazonaws.com"}},
    )  # fmt: skip
    yield deny("CopiesStayHere", "backup:CopyFromBackupVault")


def drill_buckets(context: Context, there: Place) -> tuple[str, str]:
    """ARNs of the buckets that drills make, and of what lies in them."""
    bucket = f"arn:{there.partition}:s3:::{context.names.prefix}{DRILL}-*"
    return bucket, f"{bucket}/*"


def made_by_drills(context: Context, there: Place) -> list[str]:
    """ARNs of the stores that drills and restore tests make."""
    drill = f"{context.names.prefix}{DRILL}-"
    found = []
    for start in (drill, TESTS):
        found += [there.arn("rds", f"{kind}:{start}*") for kind in ("cluster", "db")]
        found.append(there.arn("dynamodb", f"table/{start}*"))
        found += [f"arn:{there.partition}:s3:::{start}*", f"arn:{there.partition}:s3:::{start}*/*"]
    return found
