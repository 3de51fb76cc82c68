"""The roles of an account, each within its boundary: duties of people, what CI looks with, what it deploys with."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws import iam

from infra.components.access.boundaries import BOUNDARY_PEOPLE, boundaries, deploy_boundary
from infra.components.access.deploying import (
    BOUNDARY_WORKLOAD,
    PREVIEW,
    deploy_policy,
    layers_here,
    preview_policy,
)
from infra.components.access.duties import boundary, duty_policy, managed_policies
from infra.components.access.trusts import deploy_trust, duty_trust, oidc_arn, preview_trust, service_trust
from infra.components.documents import document, statement
from infra.components.key_policy import deploy_role
from infra.context import Component, Context
from infra.spec.access import Duty, Pipeline

HOUR = 3600  # s; AWS: the shortest session that a role can be held to
SEES = ("SecurityAudit", "job-function/ViewOnlyAccess")


class Boundaries(Component):
    """The most that roles of this account can do. `.policies`: what roles wait for, since AWS refuses an absent one."""

    def __init__(self, name: str, context: Context, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("Boundaries", name, context, opts)
        self.policies = {
            what: iam.Policy(
                f"{name}-{what}",
                name=context.names.name(what),
                policy=text,
                description="The most that a role can do, whatever is attached to it",
                tags=context.tags(context.names.name(what)),
                opts=context.opts(self, guard=True, named=True),
            )
            for what, text in boundaries(context).items()
        }
        self.register_outputs({})


class Role(Component):
    """One role with its policy, its boundary and AWS's own policies.

    Args:
        what: its name's last part.
        policy: the document of its rights; None: AWS's own policies alone.
        managed: AWS's own policies, by what stands behind `arn:aws:iam::aws:policy/`.
        limit: the boundary's name.
    """

    def __init__(
        self,
        what: str,
        context: Context,
        *,
        trust: str,
        policy: str | None,
        limit: str,
        description: str,
        managed: Sequence[str] = (),
        session: int = HOUR,
        waits_for: Sequence[pulumi.Resource] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("Role", f"role-{what}", context, opts)
        names, place = context.names, context.place
        self.arn = names.role_arn(what, place)
        self.role = iam.Role(
            f"role-{what}-role",
            name=names.name(what),
            assume_role_policy=trust,
            permissions_boundary=names.policy_arn(limit, place),
            max_session_duration=session,
            description=description,
            tags=context.tags(names.name(what)),
            opts=context.opts(self, named=True, depends_on=waits_for),
        )
        if policy is not None:
            iam.RolePolicy(
                f"role-{what}-policy",
                name=what,
                role=names.name(what),
                policy=policy,
                opts=context.opts(self, depends_on=[self.role]),
            )
        for one in managed:
            iam.RolePolicyAttachment(
                f"role-{what}-{one.rpartition('/')[2].lower()}",
                role=names.name(what),
                policy_arn=f"arn:{place.partition}:iam::aws:policy/{one}",
                opts=context.opts(self, depends_on=[self.role]),
            )
        self.register_outputs({"arn": self.arn})


class Duties(Component):
    """The duties that this account knows. `.arns`: duty -> ARN."""

    def __init__(
        self, name: str, context: Context, limits: Boundaries, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("Duties", name, context, opts)
        self.arns: dict[str, str] = {}
        for duty in duties_here(context):
            role = Role(
                duty.value,
                context,
                trust=duty_trust(context, duty),
                policy=duty_policy(context, duty),
                managed=managed_policies(duty),
                limit=boundary(duty),
                description=f"Duty: {duty.value}",
                waits_for=[limits.policies[boundary(duty)]],
                opts=pulumi.ResourceOptions(parent=self),
            )
            self.arns[duty.value] = role.arn
        self.register_outputs({"arns": self.arns})


class PipelineRoles(Component):
    """What CI takes by OIDC: one role that looks, and one for each layer that lies in this account."""

    def __init__(
        self,
        name: str,
        context: Context,
        pipeline: Pipeline,
        limits: Boundaries,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("PipelineRoles", name, context, opts)
        provider = iam.OpenIdConnectProvider(
            f"{name}-oidc",
            url=f"https://{pipeline.issuer}",
            client_id_lists=[pipeline.audience],
            tags=context.tags(oidc_arn(pipeline, context.place).rpartition("/")[2]),
            opts=context.opts(self, guard=True),
        )
        below = pulumi.ResourceOptions(parent=self)
        look = Role(
            PREVIEW, context, trust=preview_trust(context, pipeline), policy=preview_policy(context), managed=SEES,
            limit=BOUNDARY_PEOPLE, description="CI previews", waits_for=[provider, limits.policies[BOUNDARY_PEOPLE]],
            opts=below,
        )  # fmt: skip
        self.arns = {PREVIEW: look.arn}
        for layer in layers_here(context):
            limit = deploy_boundary(layer)
            role = Role(
                deploy_role(layer), context, trust=deploy_trust(context, pipeline, layer), limit=limit,
                policy=deploy_policy(context, layer), description=f"CI deploys the layer {layer.value}",
                waits_for=[provider, limits.policies[limit]], opts=below,
            )  # fmt: skip
            self.arns[deploy_role(layer)] = role.arn
        self.register_outputs({"arns": self.arns})


class InstanceRole(Component):
    """What an instance of the application runs with: Systems Manager (patching, sessions), and no more until it is given."""

    def __init__(self, name: str, context: Context, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("InstanceRole", name, context, opts)
        names, place = context.names, context.place
        role = Role(
            "application", context, trust=service_trust("ec2.amazonaws.com", place), limit=BOUNDARY_WORKLOAD,
            policy=document(
                statement(
                    "OwnLogs", ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
                    [names.log_group_arn(f"{one}*", place) for one in ("application", "patching")],
                ),
                statement("FindsLogs", "logs:DescribeLogGroups"),
            ),
            managed=["AmazonSSMManagedInstanceCore"], description="Instances of the application",
            opts=pulumi.ResourceOptions(parent=self),
        )  # fmt: skip
        profile = iam.InstanceProfile(
            f"{name}-profile",
            name=names.name("application"),
            role=names.name("application"),
            tags=context.tags(names.name("application")),
            opts=context.opts(self, named=True, depends_on=[role.role]),
        )
        self.profile = profile.name
        self.arn = role.arn
        self.register_outputs({"arn": self.arn})


def duties_here(context: Context) -> tuple[Duty, ...]:
    """Duties by account: restoring happens in the recovery's, and operating where something runs."""
    accounts, here = context.settings.accounts, context.place.account
    duties = [Duty.AUDITOR, Duty.BREAK_GLASS, Duty.KEY_ADMINISTRATOR]
    if here in (accounts.workload, accounts.recovery):
        duties.append(Duty.OPERATOR)
    if here == accounts.recovery:
        duties.append(Duty.DRILL_RUNNER)
    return tuple(duties)
