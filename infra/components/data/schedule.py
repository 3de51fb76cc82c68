"""Wakes a function by the clock, without a second try: the next time comes soon enough."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pulumi
from pulumi_aws import scheduler

from infra.components.access.deploying import BOUNDARY_WORKLOAD
from infra.components.access.roles import Role
from infra.components.access.trusts import service_trust
from infra.components.data.function import Function
from infra.components.documents import document, statement
from infra.context import Component, Context

SERVICE = "scheduler.amazonaws.com"
EVENT_AGE_S = 60  # AWS: the shortest


class Schedule(Component):
    """One schedule in a group of its own, so that its role can be bound to it.

    Args:
        name: the function's.
        expression: as EventBridge Scheduler has it: `rate(1 minute)`, which begins at once.
        event: what the function is handed.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        function: Function,
        expression: str,
        *,
        event: Mapping[str, str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("Schedule", f"{name}-schedule", context, opts)
        called, region = context.names.name(name), context.place.region
        group = scheduler.ScheduleGroup(
            f"{name}-schedules",
            name=called,
            region=region,
            tags=context.tags(called),
            opts=context.opts(self, named=True),
        )
        role = Role(
            f"{name}-schedule",
            context,
            # for schedules of this group alone
            trust=service_trust(SERVICE, context.place, context.names.schedule_group_arn(name, context.place)),
            policy=document(statement("ThisFunction", "lambda:InvokeFunction", function.arn)),
            limit=BOUNDARY_WORKLOAD,
            description=f"EventBridge Scheduler wakes {called}",
            opts=context.opts(self),
        )
        scheduler.Schedule(
            f"{name}-by-the-clock",
            name=called,
            group_name=group.name,
            schedule_expression=expression,
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": function.arn,
                "role_arn": role.arn,
                "input": json.dumps(dict(event)),
                "retry_policy": {"maximum_retry_attempts": 0, "maximum_event_age_in_seconds": EVENT_AGE_S},
            },
            region=region,
            opts=context.opts(self, named=True, depends_on=[function, role]),
        )
        self.register_outputs({})
