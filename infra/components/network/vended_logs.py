"""Lets AWS's log delivery write into groups of ours: for the services that do not assume a role for it."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws import cloudwatch

from infra.components.documents import document, statement
from infra.context import Context

DELIVERY = "delivery.logs.amazonaws.com"


def vended_logs(
    parent: pulumi.Resource, context: Context, name: str, groups: Sequence[str], *, arns: Sequence[str] = ()
) -> cloudwatch.LogResourcePolicy:
    """For firewalls and the resolver. AWS writes such a policy itself where it may and finds none: then nobody reviewed it.

    Args:
        groups: as they are called to `log_group`.
        arns: of groups that AWS wants under other names.
    """
    place = context.place
    found = [*(context.names.log_group_arn(one, place) for one in groups), *arns]
    return cloudwatch.LogResourcePolicy(
        f"{name}-delivery",
        policy_name=context.names.name(f"{name}-delivery"),
        policy_document=document(
            statement(
                "LogDelivery", ("logs:CreateLogStream", "logs:PutLogEvents"), [f"{arn}:log-stream:*" for arn in found],
                principals={"Service": DELIVERY},
                conditions={
                    "StringEquals": {"aws:SourceAccount": place.account},
                    "ArnLike": {"aws:SourceArn": place.arn("logs", "*")},
                },
            )
        ),
        region=place.region,
        opts=context.opts(parent, named=True),
    )  # fmt: skip
