"""How wide a policy document is: whether what it allows comes to everything, or to making oneself able to do everything."""

from __future__ import annotations

from collections.abc import Sequence

from stormproof.core.infra.policy_document import PolicyDocument, Statement

# AWS's own policies that are as wide: their names are the last part of their ARNs.
ADMINISTRATOR, IDENTITIES = "AdministratorAccess", "IAMFullAccess"
FULL = (ADMINISTRATOR, IDENTITIES, "PowerUserAccess")
# One action of each of many services: whoever may do most of them was given everything, in whatever words: `*`, all but a
# few, or every letter. Nobody lists so many services by name.
SAMPLES = (
    "athena:StartQueryExecution", "batch:SubmitJob", "codebuild:StartBuild", "cognito-idp:AdminGetUser", "dynamodb:GetItem",
    "ecs:RunTask", "eks:AccessKubernetesApi", "elasticache:DeleteCacheCluster", "firehose:PutRecord", "glue:StartJobRun",
    "kinesis:GetRecords", "lightsail:CreateInstances", "mq:DeleteBroker", "opsworks:DeleteStack", "quicksight:ListUsers",
    "redshift:DeleteCluster", "sagemaker:CreateModel", "transfer:CreateUser", "workspaces:CreateWorkspaces", "xray:GetTraceSummaries",
)  # fmt: skip
NEARLY = 0.75  # of the samples
# Together they make a user, give it any right, and hand out its key.
MAKES_ADMINISTRATORS = ("iam:CreateUser", "iam:AttachUserPolicy", "iam:CreateAccessKey", "iam:AttachRolePolicy")
# Things of other services, regions and accounts: what covers them all covers everything.
ANYTHING = (
    "arn:aws:iam::111122223333:role/anything",
    "arn:aws:iam::444455556666:user/anybody",
    "arn:aws:s3:::anything/at/all",
    "arn:aws:dynamodb:eu-central-1:111122223333:table/anything",
)


def too_wide(document: PolicyDocument) -> str | None:
    """What a document allows on everything, in words, where that comes to everything; None where it does not.

    Statements are taken together. Conditions and refusals are left aside: both are easily gone round, or taken away.
    """
    wide = [one for one in document.allowing if on_everything(one)]
    by_name = next((one for one in wide for action in one.actions if set(action) <= set("*:")), None)
    if by_name is not None or _covered(wide, SAMPLES) >= NEARLY:
        left_out = next((one.not_actions for one in wide if one.not_actions), ())
        return f"everything but {', '.join(left_out)}" if left_out and by_name is None else "everything"
    if _covered(wide, MAKES_ADMINISTRATORS) == 1:
        return "making administrators (iam:*)"
    return None


def on_everything(statement: Statement) -> bool:
    """Whether it speaks of all resources: `*`, or all but a few."""
    if statement.resources:
        return all(statement.covers_resource(one) for one in ANYTHING)
    return bool(statement.not_resources)


def _covered(statements: Sequence[Statement], actions: Sequence[str]) -> float:
    return sum(any(one.covers_action(action) for one in statements) for action in actions) / len(actions)
