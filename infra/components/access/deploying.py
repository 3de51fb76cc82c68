"""What each layer's deploy role may touch, and what the role that only looks may. Pure.

A deploy role has the services of its layer, roles under our names and with its layer's one boundary, and nothing that its
own boundary refuses (`boundaries`): locks, backups, logs, data, its own limits, and the boundaries of what it made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra.components.access import trusts
from infra.components.access.actions import (
    KEEPS_KEYS,
    KEEPS_ROLES,
    READS_DATA,
    READS_IAM,
    READS_OBJECTS,
    REMOVES_LOCKS,
    SETS_BUCKET_LOCKS,
    USES_KEYS,
    WIDENS_ROLES,
)
from infra.components.documents import deny, document, statement
from infra.context import Context
from infra.naming import Place
from infra.spec.recovery import BOUNDARY_RECOVERY
from infra.spec.settings import Layer

PREVIEW = "preview"
BOUNDARY_WORKLOAD = "boundary-workload"
# Services of which a layer declares something. Keys and roles stand apart, action by action.
SERVICES: Mapping[Layer, tuple[str, ...]] = {
    Layer.ACCOUNT: (
        "access-analyzer", "cloudtrail", "cloudwatch", "config", "ec2", "events", "guardduty", "inspector2", "logs", "s3",
        "securityhub", "sns", "tag",
    ),
    Layer.PRIMARY: (
        "acm", "backup", "backup-storage", "cloudwatch", "dynamodb", "ec2", "elasticfilesystem", "elasticloadbalancing",
        "events", "lambda", "logs", "network-firewall", "rds", "route53", "route53resolver", "s3", "scheduler",
        "secretsmanager", "sns", "sqs", "ssm", "tag", "wafv2",
    ),
    Layer.RECOVERY: (
        "backup", "backup-storage", "cloudwatch", "ec2", "elasticfilesystem", "events", "lambda", "logs", "rds",
        "route53resolver", "s3", "sns", "ssm", "tag",
    ),
    Layer.VAULT: ("backup", "backup-storage", "cloudwatch", "events", "logs", "ram", "sns", "tag"),
    Layer.ORGANISATION: ("sso", "tag"),
}  # fmt: skip
# What the account layer sets once, and the organisation's, beside whole services.
MORE: Mapping[Layer, tuple[str, ...]] = {
    Layer.ACCOUNT: (
        "account:GetAlternateContact", "account:PutAlternateContact", "iam:GetAccountPasswordPolicy",
        "iam:UpdateAccountPasswordPolicy", "organizations:Describe*", "organizations:List*",  # of who administers members
    ),
    Layer.ORGANISATION: (
        "backup:DescribeGlobalSettings", "backup:UpdateGlobalSettings", "guardduty:*OrganizationAdminAccount*",
        "iam:*OrganizationsRoot*", "inspector2:*DelegatedAdminAccount*", "organizations:AttachPolicy",
        "organizations:CreatePolicy", "organizations:DeletePolicy", "organizations:DeregisterDelegatedAdministrator",
        "organizations:Describe*", "organizations:DetachPolicy", "organizations:EnableAWSServiceAccess",
        "organizations:EnablePolicyType", "organizations:List*", "organizations:RegisterDelegatedAdministrator",
        "organizations:TagResource", "organizations:UntagResource", "organizations:UpdatePolicy",
        "securityhub:*OrganizationAdminAccount*",
    ),
}  # fmt: skip
# Services that are handed a role: those that ours trust, and Config, whose recorder is given AWS's own role by name.
RECEIVE_ROLES = tuple(sorted({*trusts.SERVICES, "config.amazonaws.com"}))
CONFIGS_OWN = "role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"


def deploy_policy(context: Context, layer: Layer) -> str:
    """The rights of one layer's deploy role."""
    return document(*_deploying(context, layer))


def _deploying(context: Context, layer: Layer) -> Iterator[dict[str, Any]]:
    names, place = context.names, context.place
    actions = sorted({*(f"{one}:*" for one in SERVICES[layer]), *MORE.get(layer, ()), *READS_IAM})
    yield statement("ServicesOfTheLayer", actions)
    if layer is not Layer.ORGANISATION:
        yield statement("Keys", KEEPS_KEYS)
        # What AWS makes with a key of ours asks the caller for the key: through that service, and for AWS's own resources.
        yield statement(
            "KeysThroughServices", USES_KEYS, conditions={"StringLike": {"kms:ViaService": "*.amazonaws.com"}}
        )
    ours = [place.global_arn("iam", f"{kind}/{names.prefix}*") for kind in ("role", "instance-profile")]
    yield statement("RolesWithBoundary", WIDENS_ROLES, ours, conditions=bounded(context, layer))
    yield statement("RolesOfOurs", [one for one in KEEPS_ROLES if one not in WIDENS_ROLES], ours)
    yield statement(
        "RolesForServices",
        "iam:PassRole",
        [ours[0], place.global_arn("iam", CONFIGS_OWN)],
        conditions={"StringEquals": {"iam:PassedToService": RECEIVE_ROLES}},
    )
    yield statement(
        "RolesOfServices", "iam:CreateServiceLinkedRole", place.global_arn("iam", "role/aws-service-role/*")
    )
    # The boundary refuses it too; here it holds even where somebody takes the boundary away.
    yield deny("NoLocksRemoved", (*REMOVES_LOCKS, *SETS_BUCKET_LOCKS))
    yield from state(context, writes=True)


def service_boundary(layer: Layer) -> str:
    """The one boundary of a layer's roles for services: the narrower one where things are restored."""
    return BOUNDARY_RECOVERY if layer is Layer.RECOVERY else BOUNDARY_WORKLOAD


def bounded(context: Context, layer: Layer, operator: str = "StringEquals") -> dict[str, dict[str, str]]:
    """The condition that a role has, or is made with, the boundary of a layer's roles, and no other one."""
    return {operator: {"iam:PermissionsBoundary": context.names.policy_arn(service_boundary(layer), context.place)}}


def preview_policy(context: Context) -> str:
    """Looks at everything's settings (with AWS's SecurityAudit and ViewOnlyAccess), and at no data: not even encrypted."""
    bucket = context.settings.access.state_bucket
    return document(
        deny("NoData", READS_DATA),
        deny("NoKeys", USES_KEYS),
        deny("NoObjects", READS_OBJECTS, **({"not_resources": objects(bucket, context.place)} if bucket else {})),
        *state(context, writes=False),
    )


def state(context: Context, *, writes: bool) -> Iterator[dict[str, Any]]:
    """Pulumi's state in S3, where it is kept there."""
    bucket = context.settings.access.state_bucket
    if bucket is None:
        return
    actions = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject") if writes else ("s3:GetObject",)
    yield statement("State", actions, objects(bucket, context.place))
    yield statement("StateList", "s3:ListBucket", f"arn:{context.place.partition}:s3:::{bucket}")


def objects(bucket: str, place: Place) -> str:
    return f"arn:{place.partition}:s3:::{bucket}/*"


def layers_here(context: Context) -> tuple[Layer, ...]:
    """Layers that lie in this account. The organisation's only where its account is set."""
    settings, here = context.settings, context.place.account
    return tuple(
        layer
        for layer in Layer
        if (layer is Layer.ACCOUNT or settings.place(layer).account == here)
        and (layer is not Layer.ORGANISATION or settings.accounts.organisation is not None)
    )
