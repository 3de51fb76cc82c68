"""When fixes are looked for and installed: two windows, the instances of a patch group, and the role that does it."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws import iam, ssm

from infra.components.access.boundaries import boundary_arn
from infra.components.access.trusts import service_trust
from infra.components.documents import document, statement
from infra.context import Component, Context

DOCUMENT = "AWS-RunPatchBaseline"
ROLE = "patching"
LOGS = "patching"
STARTS_WITHIN = 600  # s; an instance that does not answer by then is off


class Windows(Component):
    """Args: log_group: name of the group that the instances' output goes to; None: Systems Manager keeps its head alone."""

    def __init__(
        self,
        name: str,
        context: Context,
        group: str,
        *,
        log_group: str | None,
        depends_on: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("Windows", name, context, opts)
        self._group, self._log_group = group, log_group
        spec = context.settings.patching
        waits = [*depends_on, *self._role(name)]
        self._window(name, "install", "Install", spec.install, waits)
        self._window(name, "scan", "Scan", spec.scan, waits)
        self.register_outputs({})

    def _role(self, name: str) -> list[pulumi.Resource]:
        context = self.context
        role = iam.Role(
            f"{name}-role",
            name=context.names.name(ROLE),
            assume_role_policy=service_trust("ssm.amazonaws.com", context.place),
            permissions_boundary=boundary_arn(context),
            tags=context.tags(context.names.name(ROLE)),
            opts=context.opts(self, named=True),
        )
        rights = iam.RolePolicy(
            f"{name}-role-policy",
            name="patching",
            role=context.names.name(ROLE),
            policy=role_policy(context, self._group),
            opts=context.opts(self, depends_on=[role]),
        )
        return [role, rights]

    def _window(self, name: str, what: str, operation: str, schedule: str, waits: Sequence[pulumi.Resource]) -> None:
        context, spec, region = self.context, self.context.settings.patching, self.context.place.region
        called = context.names.name(f"patches-{what}")
        window = ssm.MaintenanceWindow(
            f"{name}-{what}",
            name=called,
            schedule=schedule,
            schedule_timezone=spec.timezone,
            duration=spec.hours,
            cutoff=min(spec.cutoff, spec.hours - 1),
            allow_unassociated_targets=False,
            enabled=True,
            region=region,
            tags=context.tags(called),
            opts=context.opts(self),
        )
        target = ssm.MaintenanceWindowTarget(
            f"{name}-{what}-target",
            window_id=window.id,
            name=called,
            resource_type="INSTANCE",
            targets=[{"key": "tag:PatchGroup", "values": [self._group]}],
            region=region,
            opts=context.opts(self),
        )
        ssm.MaintenanceWindowTask(
            f"{name}-{what}-task",
            window_id=window.id,
            name=called,
            task_type="RUN_COMMAND",
            task_arn=DOCUMENT,
            service_role_arn=context.names.role_arn(ROLE, context.place),
            priority=1,
            max_concurrency=spec.at_once,
            max_errors=spec.stop_after,
            cutoff_behavior="CONTINUE_TASK",  # a half-installed fix is worse than a late one
            targets=[{"key": "WindowTargetIds", "values": [target.id]}],
            task_invocation_parameters={"run_command_parameters": self._command(called, operation)},
            region=region,
            opts=context.opts(self, depends_on=waits),
        )

    def _command(
        self, called: str, operation: str
    ) -> ssm.MaintenanceWindowTaskTaskInvocationParametersRunCommandParametersArgsDict:
        """What the document is told, and where instances say how it went."""
        restart = "RebootIfNeeded" if operation == "Install" else "NoReboot"
        command: ssm.MaintenanceWindowTaskTaskInvocationParametersRunCommandParametersArgsDict = {
            "comment": f"{called}: {operation}",
            "timeout_seconds": STARTS_WITHIN,
            "parameters": [
                {"name": "Operation", "values": [operation]},
                {"name": "RebootOption", "values": [restart]},
            ],
        }
        if self._log_group is not None:
            command["cloudwatch_config"] = {
                "cloudwatch_log_group_name": self._log_group,
                "cloudwatch_output_enabled": True,
            }
        return command


def role_policy(context: Context, group: str) -> str:
    """Runs one document, on instances of one patch group."""
    place = context.place
    return document(
        statement(
            "OneDocument", "ssm:SendCommand", f"arn:{place.partition}:ssm:{place.region}::document/{DOCUMENT}"
        ),
        statement(
            "InstancesOfTheGroup", "ssm:SendCommand", place.arn("ec2", "instance/*"),
            conditions={"StringEquals": {"aws:ResourceTag/PatchGroup": group}},
        ),
        statement(
            "SeesHowItWent",
            (
                "ec2:DescribeInstances", "ssm:DescribeInstanceInformation", "ssm:GetCommandInvocation",
                "ssm:ListCommandInvocations", "ssm:ListCommands", "tag:GetResources",
            ),
        ),
    )  # fmt: skip
