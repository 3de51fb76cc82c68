"""Alarms of what serves: the database, its tables, the load balancer; and failed backups of its region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pulumi

from infra.components.detection.alarms import Level, level_alarm
from infra.components.detection.events import BACKUPS, DATABASE, Events
from infra.components.notices import Notices
from infra.context import Component, Context

GIB = 1024**3
FREE_STORAGE = 5 * GIB  # bytes; below it a database with automatic growth has stopped growing
FREE_MEMORY = 256 * 1024**2  # bytes


class ServiceAlarms(Component):
    """Each alarm goes to the notices, and says when it is over."""

    def __init__(
        self,
        name: str,
        context: Context,
        notices: Notices,
        *,
        database: str | None,
        balancer: pulumi.Input[str] | None,
        target_group: pulumi.Input[str] | None,
        tables: Mapping[str, str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("ServiceAlarms", name, context, opts)
        levels: list[Level] = []
        heard = list(BACKUPS)
        if database is not None:
            levels += database_levels(database)
            heard.append(DATABASE)
        if balancer is not None:
            levels += balancer_levels(balancer, target_group)
        for logical, table in tables.items():
            levels.append(
                Level(
                    f"table-{logical}-errors", f"the table {logical} fails calls", "AWS/DynamoDB", "SystemErrors", 0,
                    {"TableName": table}, statistic="Sum", minutes=5,
                )
            )  # fmt: skip
        for level in levels:
            level_alarm(self, context, level, notices.arn)
        Events(
            f"{name}-events", context, heard, topic_arn=notices.arn, depends_on=[notices.policy],
            opts=pulumi.ResourceOptions(parent=self),
        )  # fmt: skip
        self.register_outputs({})


def database_levels(identifier: str) -> Iterator[Level]:
    """Of one RDS instance, which reports always: silence is an alarm too."""
    where = {"DBInstanceIdentifier": identifier}
    space = "AWS/RDS"
    yield Level(
        "database-storage", "the database runs out of space", space, "FreeStorageSpace", FREE_STORAGE, where, above=False,
        statistic="Minimum", missing_is_bad=True,
    )  # fmt: skip
    yield Level("database-cpu", "the database is busy", space, "CPUUtilization", 90, where, missing_is_bad=True)
    yield Level(
        "database-memory",
        "the database runs out of memory",
        space,
        "FreeableMemory",
        FREE_MEMORY,
        where,
        above=False,
        missing_is_bad=True,
    )
    yield Level(
        "database-write-latency",
        "writes to the database take long (seconds)",
        space,
        "WriteLatency",
        0.1,
        where,
        missing_is_bad=True,
    )


def balancer_levels(balancer: pulumi.Input[str], target_group: pulumi.Input[str] | None) -> Iterator[Level]:
    """Of one application load balancer; no traffic is no news."""
    where = {"LoadBalancer": balancer}
    space = "AWS/ApplicationELB"
    yield Level(
        "balancer-errors",
        "the load balancer answers with errors",
        space,
        "HTTPCode_ELB_5XX_Count",
        10,
        where,
        statistic="Sum",
        minutes=5,
    )
    yield Level(
        "application-errors",
        "the application answers with errors",
        space,
        "HTTPCode_Target_5XX_Count",
        10,
        where,
        statistic="Sum",
        minutes=5,
    )
    yield Level(
        "application-slow",
        "one answer in twenty takes above two seconds",
        space,
        "TargetResponseTime",
        2,
        where,
        percentile="p95",
    )
    yield Level(
        "balancer-full",
        "the load balancer refuses connections",
        space,
        "RejectedConnectionCount",
        0,
        where,
        statistic="Sum",
        minutes=5,
    )
    if target_group is not None:
        both = {**where, "TargetGroup": target_group}
        yield Level(
            "targets-unhealthy",
            "instances do not answer",
            space,
            "UnHealthyHostCount",
            0,
            both,
            statistic="Maximum",
            minutes=5,
            missing_is_bad=True,
        )
