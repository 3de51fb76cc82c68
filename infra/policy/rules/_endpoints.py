"""What a VPC endpoint may let through without saying for whom, or to what: it opens a way, and gives no right."""

from __future__ import annotations

from stormproof.core.infra.policy_document import Statement, matches

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
READING = ("*:Get*", "*:List*", "*:Describe*", "*:BatchGet*")
# Actions for which AWS knows no resource, or which touch the caller's own account alone: with principals of ours nothing
# of another's is reached. Source: Service Authorization Reference.
OWN_ACCOUNT_ONLY = (
    "cloudwatch:*",
    "ec2messages:*",
    "ecr:GetAuthorizationToken",
    "ssm:*",
    "ssmmessages:*",
    "sts:GetCallerIdentity",
)


def only_reads_by_name(statement: Statement) -> bool:
    """Whether it does no more than read things whose names are written out, as buckets of AWS with patches.

    Their own policies say who may; through the endpoint nothing is carried out by reading what is AWS's.
    """
    reads = bool(statement.actions) and all(
        any(matches(one, action) for one in READING) for action in statement.actions
    )
    named = bool(statement.resources) and not any("*" in one.removesuffix("/*") for one in statement.resources)
    return reads and named


def stays_in_own_account(statement: Statement) -> bool:
    return bool(statement.actions) and all(
        any(matches(one, action) for one in OWN_ACCOUNT_ONLY) for action in statement.actions
    )
