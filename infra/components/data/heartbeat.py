"""The heartbeat: a function that a schedule wakes each minute, and an alarm for each store that it falls silent in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
from pulumi_aws import cloudwatch, scheduler

from infra.components.access.deploying import BOUNDARY_WORKLOAD
from infra.components.access.roles import Role
from infra.components.data.function import Code, Function
from infra.components.documents import document, statement
from infra.components.notices import topic_name
from infra.context import Component, Context
from infra.functions.heartbeat.stores import ITEM_KEY, METRIC, NAMESPACE, PREFIX
from infra.spec.data import HeartbeatSpec

WHAT, SCHEDULER_ROLE = "heartbeat", "heartbeat-scheduler"
INTERVAL_S = 60  # EventBridge Scheduler: the shortest rate
PRECISION_S = 60  # AWS: a schedule is invoked within the minute that it names
SERVICE = "scheduler.amazonaws.com"
ROOT = Path(__file__).resolve().parents[3]


class BundleMissing(ValueError):
    """The file of authorities is not where the settings say. The message is for a person."""


@dataclass(frozen=True)
class Stores:
    """Where it beats. A store that is None is not there.

    Args:
        row, item, object: what the function's environment says of each.
        rights: what it may do, one statement for each store.
    """

    row: Mapping[str, pulumi.Input[str]] | None = None
    item: Mapping[str, pulumi.Input[str]] | None = None
    object: Mapping[str, pulumi.Input[str]] | None = None
    rights: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    @property
    def names(self) -> tuple[str, ...]:
        """As the function and the alarms call them."""
        return tuple(name for name in ("row", "item", "object") if getattr(self, name) is not None)

    @property
    def environment(self) -> dict[str, pulumi.Input[str]]:
        return {**(self.row or {}), **(self.item or {}), **(self.object or {})}


class Heartbeat(Component):
    """Function, schedule and alarms. `uncertainty_s`: how long before a failure the last beat may lie at most."""

    def __init__(
        self,
        name: str,
        context: Context,
        spec: HeartbeatSpec,
        stores: Stores,
        *,
        subnet_ids: Sequence[pulumi.Input[str]],
        group_id: pulumi.Input[str],
        key_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("Heartbeat", name, context, opts)
        self._logical, self.spec = name, spec
        self.uncertainty_s = INTERVAL_S + PRECISION_S
        self.function = Function(
            WHAT,
            context,
            Code(
                package="heartbeat",
                description="Writes the time into each store, once a minute",
                statements=stores.rights,
                environment={"ENVIRONMENT": environment_of(context), **stores.environment},
                more=_bundle(spec),
            ),
            subnet_ids=subnet_ids,
            group_id=group_id,
            key_arn=key_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._schedule()
        for store in stores.names:
            self._alarm(store)
        self.register_outputs({"uncertaintySeconds": self.uncertainty_s})

    def _schedule(self) -> None:
        context, place = self.context, self.context.place
        called = context.names.name(WHAT)
        group = scheduler.ScheduleGroup(
            f"{self._logical}-schedules",
            name=called,
            region=place.region,
            tags=context.tags(called),
            opts=context.opts(self, named=True),
        )
        role = Role(
            SCHEDULER_ROLE,
            context,
            trust=scheduler_trust(context),
            policy=document(statement("TheHeartbeat", "lambda:InvokeFunction", self.function.arn)),
            limit=BOUNDARY_WORKLOAD,
            description="EventBridge Scheduler wakes the heartbeat",
            opts=context.opts(self),
        )
        scheduler.Schedule(
            f"{self._logical}-each-minute",
            name=called,
            group_name=group.name,
            schedule_expression="rate(1 minute)",
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": self.function.arn,
                "role_arn": role.arn,
                "input": '{"time": "<aws.scheduler.scheduled-time>"}',
                # the next beat comes sooner than a second try
                "retry_policy": {"maximum_retry_attempts": 0, "maximum_event_age_in_seconds": INTERVAL_S},
            },
            region=place.region,
            opts=context.opts(self, named=True, depends_on=[self.function, role]),
        )

    def _alarm(self, store: str) -> None:
        context, place = self.context, self.context.place
        called = context.names.name(f"heartbeat-{store}")
        topic = context.names.topic_arn(topic_name(context), place)
        minutes = self.spec.silent_minutes
        cloudwatch.MetricAlarm(
            f"{self._logical}-{store}-silent",
            name=called,
            alarm_description=f"No heartbeat was acknowledged ({store}) for {minutes} minutes: see the function's log",
            namespace=NAMESPACE,
            metric_name=METRIC,
            dimensions={"Environment": environment_of(context), "Store": store},
            statistic="Sum",
            period=INTERVAL_S,
            evaluation_periods=minutes,
            datapoints_to_alarm=minutes,
            comparison_operator="LessThanThreshold",
            threshold=1,
            treat_missing_data="breaching",  # a function that is gone says nothing
            alarm_actions=[topic],
            ok_actions=[topic],
            region=place.region,
            tags=context.tags(called),
            opts=context.opts(self, guard=True, named=True),
        )


def environment_of(context: Context) -> str:
    """The dimension that tells one environment's beats from another's."""
    return context.names.prefix.removesuffix("-")


def scheduler_trust(context: Context) -> str:
    """EventBridge Scheduler, for schedules of our group alone."""
    place = context.place
    return document(
        statement(
            "SchedulesOfOurs", "sts:AssumeRole", None, principals={"Service": SERVICE},
            conditions={
                "StringEquals": {"aws:SourceAccount": place.account},
                "ArnEquals": {"aws:SourceArn": context.names.schedule_group_arn(WHAT, place)},
            },
        )
    )  # fmt: skip


def row_rights(context: Context, user: str) -> dict[str, Any]:
    """One login of PostgreSQL. AWS names the database by an id that is not known before it is made."""
    return statement("Row", "rds-db:connect", context.place.arn("rds-db", f"dbuser:*/{user}"))


def item_rights(context: Context, arn: str) -> dict[str, Any]:
    """Its own items of the table, and none of anybody else's."""
    return statement(
        "Item", "dynamodb:PutItem", arn, conditions={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ITEM_KEY}}
    )


def object_rights(context: Context, arn: str) -> dict[str, Any]:
    return statement("Object", "s3:PutObject", f"{arn}/{PREFIX}*")


def key_rights(context: Context) -> dict[str, Any]:
    """Keys, as far as the two stores use them for whoever writes."""
    region = context.place.region
    return statement(
        "KeysOfStores", ("kms:Decrypt", "kms:GenerateDataKey"),
        conditions={"StringEquals": {"kms:ViaService": [f"{one}.{region}.amazonaws.com" for one in ("dynamodb", "s3")]}},
    )  # fmt: skip


def _bundle(spec: HeartbeatSpec) -> dict[str, Path]:
    """Raises BundleMissing."""
    if spec.ca_bundle is None:
        return {}
    path = ROOT / spec.ca_bundle
    if not path.is_file():
        raise BundleMissing(
            f"stormproof:data.heartbeat.caBundle: {path} is not there: fetch "
            "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem, or leave it out"
        )
    return {"ca.pem": path}
