"""People by Identity Center: a permission set for each duty, given to a group, in the accounts where the duty exists.

A set lets its holders take the duty's role and nothing else: so rights stand in one place, the role keeps its ARN (AWS gives
Identity Center's own roles a random end), and key policies can name it. MFA is Identity Center's.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws import ssoadmin

from infra.components.access.trusts import permission_set
from infra.components.documents import document, statement
from infra.context import Component, Context
from infra.naming import Place
from infra.spec.access import Duty, IdentityCenter
from infra.spec.settings import Settings


class People(Component):
    """Args: centre: where people are."""

    def __init__(
        self, name: str, context: Context, centre: IdentityCenter, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("People", name, context, opts)
        region = context.place.region
        for duty, group in centre.groups.items():
            accounts = accounts_of(context.settings, duty)
            called = permission_set(context.names, duty)
            chosen = ssoadmin.PermissionSet(
                f"{name}-{duty.value}",
                name=called,
                description=f"Takes the role of the duty {duty.value}",
                instance_arn=centre.instance_arn,
                session_duration=f"PT{centre.session_hours}H",
                region=region,
                tags=context.tags(called),
                opts=context.opts(self, named=True),
            )
            ssoadmin.PermissionSetInlinePolicy(
                f"{name}-{duty.value}-policy",
                instance_arn=centre.instance_arn,
                permission_set_arn=chosen.arn,
                inline_policy=set_policy(context, duty, accounts),
                region=region,
                opts=context.opts(self),
            )
            for account in accounts:
                ssoadmin.AccountAssignment(
                    f"{name}-{duty.value}-{account}",
                    instance_arn=centre.instance_arn,
                    permission_set_arn=chosen.arn,
                    principal_type="GROUP",
                    principal_id=group,
                    target_type="AWS_ACCOUNT",
                    target_id=account,
                    region=region,
                    opts=context.opts(self),
                )
        self.register_outputs({})


def accounts_of(settings: Settings, duty: Duty) -> tuple[str, ...]:
    """Accounts in which a duty has a role: as `duties_here` declares them."""
    accounts = settings.accounts
    if duty is Duty.DRILL_RUNNER:
        return (accounts.recovery,)
    if duty is Duty.OPERATOR:
        return tuple(dict.fromkeys((accounts.workload, accounts.recovery)))
    return accounts.all


def set_policy(context: Context, duty: Duty, accounts: Sequence[str]) -> str:
    """Takes one role, under a name that says who it was."""
    place = context.place
    roles = [context.names.role_arn(duty.value, Place(one, place.region, place.partition)) for one in accounts]
    return document(statement("TakesTheDuty", ("sts:AssumeRole", "sts:SetSourceIdentity"), roles))
