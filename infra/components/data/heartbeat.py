"""The heartbeat: a function that a schedule wakes each minute, and an alarm for each store that it falls silent in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi_aws import cloudwatch

from infra.components.data.authorities import authorities
from infra.components.data.function import Code, Function
from infra.components.data.schedule import Schedule
from infra.components.documents import statement
from infra.components.notices import topic_name
from infra.context import Component, Context
from infra.functions.heartbeat.stores import ITEM_KEY, METRIC, NAMESPACE, PREFIX
from infra.spec.data import HeartbeatSpec

WHAT = "heartbeat"
INTERVAL_S = 60  # EventBridge Scheduler: the shortest rate
PRECISION_S = 60  # AWS: a schedule is invoked within the minute that it names


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
        ca_bundle: str | None = None,
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
                uses=["postgres"],
                more=authorities(ca_bundle),
            ),
            subnet_ids=subnet_ids,
            group_id=group_id,
            key_arn=key_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )
        # the minute that was meant: a beat that is tried again writes the same item and object
        Schedule(
            WHAT,
            context,
            self.function,
            "rate(1 minute)",
            event={"time": "<aws.scheduler.scheduled-time>"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        for store in stores.names:
            self._alarm(store)
        self.register_outputs({"uncertaintySeconds": self.uncertainty_s})

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
