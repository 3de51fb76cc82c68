"""What nobody who restores may do, whatever else they may: touch production, leave the region, pass another role. Pure.

In an account of its own production is out of reach by itself, and this is a second fence. In production's own account
(`recovery.sameAccount`) it is the first one, and names and tags are all that it rests on: weaker, as the switch says.

By tags alone it could not be said: what was backed up carries its source's tags, so copies in the recovery vault are
tagged `environment: production` too, and those must be restored. So stores are told by name: what a drill makes is called
PROJECT-ENVIRONMENT-drill-…, what AWS's restore tests make `awsbackup-restore-test-…`, and nothing else is changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.components.documents import deny
from infra.context import Context
from infra.naming import Place
from infra.spec.recovery import DRILL, RESTORE_ROLE
from infra.spec.settings import Layer

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
# What is known by tags alone: its ids say nothing.
TAGGED = (
    "ec2:Delete*", "ec2:Detach*", "ec2:Modify*", "ec2:Reboot*", "ec2:Run*", "ec2:Stop*", "ec2:Terminate*",
    "elasticfilesystem:Client*", "elasticfilesystem:Delete*", "elasticfilesystem:Put*", "elasticfilesystem:Update*",
)  # fmt: skip


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
    yield deny(
        "NoSecretsOfProduction", "secretsmanager:*",
        conditions={"StringNotEquals": {"aws:ResourceTag/environment": "recovery"}},
    )  # fmt: skip
    yield deny("OneRoleIsPassed", "iam:PassRole", not_resources=names.role_arn(RESTORE_ROLE, there))
    yield deny(
        "ToAwsBackupAlone", "iam:PassRole", conditions={"StringNotEquals": {"iam:PassedToService": "backup.amazonaws.com"}},
    )  # fmt: skip
    yield deny("CopiesStayHere", "backup:CopyFromBackupVault")


def made_by_drills(context: Context, there: Place) -> list[str]:
    """ARNs of the stores that drills and restore tests make."""
    drill = f"{context.names.prefix}{DRILL}-"
    found = []
    for start in (drill, TESTS):
        found += [there.arn("rds", f"{kind}:{start}*") for kind in ("cluster", "db")]
        found.append(there.arn("dynamodb", f"table/{start}*"))
        found += [f"arn:{there.partition}:s3:::{start}*", f"arn:{there.partition}:s3:::{start}*/*"]
    return found
