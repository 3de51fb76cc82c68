"""Who may take a role: people with MFA, or by Identity Center; CI from one protected environment; a service of AWS. Pure.

Sessions from OIDC and from Identity Center never carry `aws:MultiFactorAuthPresent`, so a condition on it would lock
them out for good: it stands in the trust of people by IAM alone, together with the age of the sign-in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.components.documents import deny, document, statement
from infra.context import Context
from infra.naming import Names, Place
from infra.spec.access import Duty, Pipeline
from infra.spec.settings import Layer

PERMISSION_SET_MAX = 32  # IAM Identity Center: a permission set's name
ROLE_SUFFIX = "_" + "?" * 16  # AWS: what Identity Center puts behind the name of its own role


@dataclass(frozen=True)
class Sends:
    """What a service says of whom it acts for when it assumes a role, as far as AWS documents it.

    Args:
        account, source: `aws:SourceAccount`, `aws:SourceArn`.
        page: where it is documented; or, where it sends neither, the documented trust without a condition.
    """

    page: str
    account: bool = False
    source: bool = False


# A condition on a key that is not sent is never met, and the role is then of no use: no backup, no function, no copy. So
# only what is documented is asked for. Without a condition a service still takes a role for its own account alone: to hand
# it over takes `iam:PassRole`, which IAM grants within an account only, and which here is pinned to our roles and to
# services by name (`deploying.RECEIVE_ROLES`, `recovery.limits`). Source of that: IAM, "Grant a user permissions to pass a
# role to an AWS service".
SERVICES: Mapping[str, Sends] = {
    "backup.amazonaws.com": Sends(
        "AWS Backup, IAM service roles; its confused-deputy page is of topics and keys alone"
    ),
    # Said there in so many words: the role knows neither key.
    "cloudtrail.amazonaws.com": Sends(
        "CloudTrail, Role policy document for CloudTrail to use CloudWatch Logs for monitoring"
    ),
    "ec2.amazonaws.com": Sends("EC2, IAM roles for Amazon EC2"),
    "lambda.amazonaws.com": Sends("Lambda, Defining Lambda function permissions with an execution role"),
    # The page's example is of `rds.amazonaws.com`, and its source an instance, which is not there yet when the role is
    # first tried: so the account alone.
    "monitoring.rds.amazonaws.com": Sends("RDS, Preventing cross-service confused deputy problems", account=True),
    "s3.amazonaws.com": Sends("S3, Setting up permissions for live replication"),
    "scheduler.amazonaws.com": Sends(
        "EventBridge Scheduler, Confused deputy prevention: the source is the schedule group", account=True, source=True
    ),
    # The confused-deputy page is of hybrid activations, and of Automation; a maintenance window's trust has no condition.
    "ssm.amazonaws.com": Sends("Systems Manager, Control access to maintenance windows using the AWS CLI"),
    "vpc-flow-logs.amazonaws.com": Sends("VPC, IAM role for publishing flow logs", account=True, source=True),
}


class NameTooLong(ValueError):
    """A permission set's name that Identity Center does not take. The message is for a person."""


class UnknownService(KeyError):
    """A service that the table does not know: a mistake in a component."""


def service_statement(service: str, place: Place, source: str | None = None, *, sid: str = "Service") -> dict[str, Any]:
    """One AWS service may assume the role, bound to this account and a source as far as it says whom it acts for.

    Args:
        source: ARN, or a pattern of one, of what it acts for. Given for those that send one, and for no others.

    Raises: UnknownService.
    """
    if service not in SERVICES:
        raise UnknownService(f"{service}: look up which source it sends on AssumeRole, and add it to SERVICES")
    sends = SERVICES[service]
    assert sends.source == (source is not None), f"{service}: {sends.page}"
    conditions: dict[str, dict[str, str]] = {}
    if sends.account:
        conditions["StringEquals"] = {"aws:SourceAccount": place.account}
    if source is not None:
        conditions["ArnLike"] = {"aws:SourceArn": source}
    return statement(sid, "sts:AssumeRole", None, principals={"Service": service}, conditions=conditions)


def service_trust(service: str, place: Place, source: str | None = None) -> str:
    """The trust of a role that one AWS service alone assumes. Args and raises: as `service_statement`."""
    return document(service_statement(service, place, source))


def permission_set(names: Names, duty: Duty) -> str:
    """What a duty's permission set is called. Raises NameTooLong."""
    made = names.name(duty.value)
    if len(made) > PERMISSION_SET_MAX:
        raise NameTooLong(
            f"{made!r} has {len(made)} characters, and Identity Center takes {PERMISSION_SET_MAX}: "
            "choose a shorter project or environment"
        )
    return made


def oidc_arn(pipeline: Pipeline, place: Place) -> str:
    """Of the account's OIDC provider."""
    return place.global_arn("iam", f"oidc-provider/{pipeline.issuer}")


def duty_trust(context: Context, duty: Duty) -> str:
    """Who may take a duty: people, and for the drill runner a scheduled job too."""
    statements = [_people(context, duty)]
    pipeline = context.settings.access.pipeline
    if duty is Duty.DRILL_RUNNER and pipeline is not None and pipeline.drill_environment is not None:
        statements.append(_job(pipeline, pipeline.drill_environment, context.place))
    return document(*statements)


def preview_trust(context: Context, pipeline: Pipeline) -> str:
    """A job of the environment that previews; forks get no token of it."""
    return document(_job(pipeline, pipeline.preview_environment, context.place))


def deploy_trust(context: Context, pipeline: Pipeline, layer: Layer) -> str:
    """A job of the layer's protected environment. The vault's refuses whoever comes from the workload's account."""
    statements = [_job(pipeline, pipeline.environment(layer.value), context.place)]
    workload = context.settings.accounts.workload
    if layer is Layer.VAULT and workload != context.place.account:
        statements.append(
            deny(
                "NobodyFromPrimary", ("sts:AssumeRole", "sts:TagSession"), None,
                principals={"AWS": "*"}, conditions={"StringEquals": {"aws:PrincipalAccount": workload}},
            )
        )  # fmt: skip
    return document(*statements)


def _people(context: Context, duty: Duty) -> dict[str, Any]:
    access, place = context.settings.access, context.place
    account = place.global_arn("iam", "root")
    if access.identity_center is not None:
        reserved = place.global_arn(
            "iam",
            f"role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_{permission_set(context.names, duty)}{ROLE_SUFFIX}",
        )
        return statement(
            "PeopleByIdentityCenter", ("sts:AssumeRole", "sts:SetSourceIdentity"), None,
            principals={"AWS": account}, conditions={"ArnLike": {"aws:PrincipalArn": reserved}},
        )  # fmt: skip
    minutes = access.break_glass_minutes if duty is Duty.BREAK_GLASS else access.mfa_minutes
    return statement(
        "PeopleWithMfa", ("sts:AssumeRole", "sts:SetSourceIdentity"), None,
        principals={"AWS": access.people or account},
        conditions={
            "Bool": {"aws:MultiFactorAuthPresent": "true"},
            "NumericLessThan": {"aws:MultiFactorAuthAge": str(minutes * 60)},
        },
    )  # fmt: skip


def _job(pipeline: Pipeline, environment: str, place: Place) -> dict[str, Any]:
    host = pipeline.issuer
    return statement(
        "JobOfOneEnvironment", "sts:AssumeRoleWithWebIdentity", None,
        principals={"Federated": oidc_arn(pipeline, place)},
        conditions={
            "StringEquals": {f"{host}:aud": pipeline.audience, f"{host}:sub": pipeline.subject(environment)},
        },
    )  # fmt: skip
