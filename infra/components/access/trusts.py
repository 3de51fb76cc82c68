"""Who may take a role: people with MFA, or by Identity Center; CI from one protected environment. Pure.

Sessions from OIDC and from Identity Center never carry `aws:MultiFactorAuthPresent`, so a condition on it would lock
them out for good: it stands in the trust of people by IAM alone, together with the age of the sign-in.
"""

from __future__ import annotations

from typing import Any

from infra.components.documents import deny, document, statement
from infra.context import Context
from infra.naming import Names, Place
from infra.spec.access import Duty, Pipeline
from infra.spec.settings import Layer

PERMISSION_SET_MAX = 32  # IAM Identity Center: a permission set's name
ROLE_SUFFIX = "_" + "?" * 16  # AWS: what Identity Center puts behind the name of its own role


class NameTooLong(ValueError):
    """A permission set's name that Identity Center does not take. The message is for a person."""


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
