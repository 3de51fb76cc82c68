"""Who looks at restored data: a role for one duty, within the boundary that keeps it from production. Pure, but the role.

Its place is the management tier's group and subnets; what runs there is started by the drill runner, or is a function of
this account's. It reads, and says what it found; it changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pulumi

from infra.components.access.roles import Role
from infra.components.access.trusts import service_statement
from infra.components.documents import deny, document, statement
from infra.components.recovery.limits import made_by_drills, production_refused
from infra.context import Context
from infra.spec.access import Duty
from infra.spec.recovery import BOUNDARY_RECOVERY, VERIFIER
from infra.spec.settings import Layer

# AWS Lambda: what it does to the network cards of a function in a VPC, which the function's own code needs none of (its
# calls carry `lambda:SourceFunctionArn`). They have no resource before they are made.
CARDS = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)


def declare_verifier(context: Context, opts: pulumi.ResourceOptions) -> Role:
    return Role(
        VERIFIER,
        context,
        trust=verifier_trust(context),
        policy=document(*verifier_rights(context), *production_refused(context)),
        limit=BOUNDARY_RECOVERY,
        description="Looks at restored data, and changes nothing",
        opts=opts,
    )


def verifier_trust(context: Context) -> str:
    """The drill runner of this account, and functions of this account."""
    place = context.place
    return document(
        statement(
            "DrillRunner", "sts:AssumeRole", None, principals={"AWS": place.global_arn("iam", "root")},
            conditions={"ArnEquals": {"aws:PrincipalArn": context.names.role_arn(Duty.DRILL_RUNNER.value, place)}},
        ),
        service_statement("lambda.amazonaws.com", place, sid="Functions"),
    )  # fmt: skip


def verifier_rights(context: Context) -> Iterator[dict[str, Any]]:
    names, settings = context.names, context.settings
    there = settings.place(Layer.RECOVERY)
    made = made_by_drills(context, there)
    yield statement(
        "LogsInToRestoredDatabases", "rds-db:connect",
        there.arn("rds-db", f"dbuser:*/{settings.recovery.verifier_user}"),
    )  # fmt: skip
    yield statement(
        "ReadsRestoredTables", ("dynamodb:BatchGetItem", "dynamodb:DescribeTable", "dynamodb:Query", "dynamodb:Scan"),
        [one for one in made if ":dynamodb:" in one],
    )  # fmt: skip
    yield statement(
        "ReadsRestoredObjects", ("s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:ListBucketVersions"),
        [one for one in made if ":s3:" in one],
    )  # fmt: skip
    yield statement(
        "MountsRestoredFiles", "elasticfilesystem:ClientMount", there.arn("elasticfilesystem", "file-system/*"),
        conditions={"StringEquals": {"aws:ResourceTag/environment": "recovery"}},
    )  # fmt: skip
    yield statement("FindsThem", ("rds:DescribeDBInstances", "elasticfilesystem:DescribeFileSystems"))
    yield statement(
        "OpensThem", "kms:Decrypt", there.arn("kms", "key/*"),
        conditions={
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": names.alias("restored")},
            "StringLike": {"kms:ViaService": f"*.{there.region}.amazonaws.com"},
        },
    )  # fmt: skip
    yield statement("SaysWhatItFound", "backup:PutRestoreValidationResult")
    yield statement(
        "Logs", ("logs:CreateLogStream", "logs:PutLogEvents"), f"{names.log_group_arn(VERIFIER, there)}:log-stream:*"
    )
    yield statement("Cards", CARDS)
    yield deny("NoCardsByItsCode", CARDS, conditions={"Null": {"lambda:SourceFunctionArn": "false"}})
