"""What may pass an endpoint: our principals, and things of ours by name. Whoever brings credentials of another account
into the network cannot carry data out by them, nor into a bucket of another's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.components.documents import document, statement
from infra.naming import Names, Place
from infra.spec.egress import Service


@dataclass(frozen=True)
class Passing:
    """What an interface endpoint lets through.

    Args:
        actions: on things that have an ARN.
        things: their ARNs, behind `arn:PARTITION:SERVICE:REGION:ACCOUNT:`.
        plain: actions that AWS knows no resource for, or that touch the caller's own account alone.
        service: as ARNs have it, where the endpoint has another name.
    """

    actions: tuple[str, ...] = ()
    things: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    service: str = ""


# AWS: the service authorization reference tells which actions know a resource.
INTERFACES: Mapping[Service, Passing] = {
    "backup": Passing(("backup:*",), ("*",)),
    "ec2messages": Passing(plain=("ec2messages:*",)),
    "ecr.api": Passing(("ecr:*",), ("repository/*",), ("ecr:GetAuthorizationToken",), service="ecr"),
    "ecr.dkr": Passing(("ecr:*",), ("repository/*",), ("ecr:GetAuthorizationToken",), service="ecr"),
    "events": Passing(("events:*",), ("*",)),
    "kms": Passing(("kms:*",), ("key/*", "alias/*")),
    "logs": Passing(("logs:*",), ("log-group:*",)),
    "monitoring": Passing(plain=("cloudwatch:GetMetricData", "cloudwatch:PutMetricData")),
    "rds": Passing(("rds:*",), ("*",)),
    "secretsmanager": Passing(("secretsmanager:*",), ("secret:*",)),
    "sns": Passing(("sns:*",), ("*",)),
    "sqs": Passing(("sqs:*",), ("*",)),
    # Documents and parameters of AWS have no account in their ARN; instances are EC2's.
    "ssm": Passing(plain=("ssm:*",)),
    "ssmmessages": Passing(plain=("ssmmessages:*",)),
    "sts": Passing(plain=("sts:GetCallerIdentity",)),
}
# Buckets of AWS that an instance reads: patches of Systems Manager and Amazon Linux, layers of images in ECR. Their own
# policies say who may; some are read without a signature of ours. AWS: "SSM Agent communications with AWS managed S3
# buckets", Amazon Linux' guide, "Minimum Amazon S3 bucket permissions for Amazon ECR".
AWS_BUCKETS = (
    "al2023-repos-{region}-de612dc2",
    "amazon-ssm-{region}",
    "amazon-ssm-packages-{region}",
    "amazonlinux-2-repos-{region}",
    "aws-ssm-{region}",
    "aws-ssm-document-attachments-{region}",
    "patch-baseline-snapshot-{region}",
    "prod-{region}-starport-layer-bucket",
)


def principals_of(organisation: str | None, account: str) -> Mapping[str, str]:
    """The condition by which a policy admits ours alone: key -> value. The organisation's where there is one."""
    return {"aws:PrincipalAccount": account} if organisation is None else {"aws:PrincipalOrgID": organisation}


def interface_policy(service: Service, principals: Mapping[str, str], names: Names, place: Place) -> str:
    """The document of an interface endpoint.

    Args:
        principals: the condition that admits ours.
    """
    passing = INTERFACES[service]
    ours: dict[str, Any] = {"principals": "*", "conditions": {"StringEquals": dict(principals)}}
    statements = []
    if passing.actions:
        things = [place.arn(passing.service or service, one) for one in passing.things]
        statements.append(statement("OurThings", passing.actions, things, **ours))
    if passing.plain:
        statements.append(statement("WithoutThing", passing.plain, "*", **ours))
    if service == "sts":
        roles = place.global_arn("iam", f"role/{names.prefix}*")
        statements.append(statement("OurRoles", ("sts:AssumeRole", "sts:TagSession"), roles, **ours))
    return document(*statements)


def s3_policy(principals: Mapping[str, str], accounts: Sequence[str], names: Names, place: Place) -> str:
    """Of the gateway endpoint: buckets of this environment that are ours, and AWS's own for reading.

    Args:
        accounts: whose buckets of our names they may be; anybody else can make one of such a name as well.
    """
    ours = f"arn:{place.partition}:s3:::{names.prefix}*"
    theirs = [f"arn:{place.partition}:s3:::{one.format(region=place.region)}/*" for one in AWS_BUCKETS]
    return document(
        statement(
            "OurBuckets", "s3:*", [ours, f"{ours}/*"], principals="*",
            conditions={"StringEquals": {**principals, "aws:ResourceAccount": sorted(set(accounts))}},
        ),
        statement("PatchesAndImagesOfAws", "s3:GetObject", theirs, principals="*"),
    )  # fmt: skip


def dynamodb_policy(principals: Mapping[str, str], names: Names, place: Place) -> str:
    """Of the gateway endpoint: tables of this environment in this account and region."""
    tables = place.arn("dynamodb", f"table/{names.prefix}*")
    return document(
        statement(
            "OurTables", "dynamodb:*", tables, principals="*", conditions={"StringEquals": dict(principals)},
        )
    )  # fmt: skip
