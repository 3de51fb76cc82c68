"""Alarms over the trail's log group, one for each line of the table, and over whatever else counts in CloudWatch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_aws import cloudwatch

from infra.components.detection.watches import Watch
from infra.context import Component, Context

PERIOD = 300  # s


class TrailAlarms(Component):
    """Args: log_group: name of the trail's group. topic_arn: where alarms go."""

    def __init__(
        self,
        name: str,
        context: Context,
        table: Sequence[Watch],
        *,
        log_group: str,
        topic_arn: str,
        depends_on: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("TrailAlarms", name, context, opts)
        region = context.place.region
        space = f"{context.names.name('audit')}"
        for watch in table:
            filtered = cloudwatch.LogMetricFilter(
                f"{name}-{watch.name}-filter",
                name=context.names.name(watch.name),
                log_group_name=log_group,
                pattern=watch.pattern,
                metric_transformation={"name": watch.name, "namespace": space, "value": "1", "default_value": "0"},
                region=region,
                opts=context.opts(self, named=True, depends_on=depends_on),
            )
            cloudwatch.MetricAlarm(
                f"{name}-{watch.name}",
                name=context.names.name(watch.name),
                alarm_description=f"{watch.why}{f' (CIS {watch.cis})' if watch.cis else ''}",
                namespace=space,
                metric_name=watch.name,
                statistic="Sum",
                period=PERIOD,
                evaluation_periods=1,
                comparison_operator="GreaterThanOrEqualToThreshold",
                threshold=watch.threshold,
                treat_missing_data="notBreaching",  # no event is good news
                alarm_actions=[topic_arn],
                region=region,
                tags=context.tags(context.names.name(watch.name)),
                opts=context.opts(self, named=True, depends_on=[filtered]),
            )
        self.register_outputs({})


@dataclass(frozen=True)
class Level:
    """One alarm on a metric of AWS's.

    Args:
        above: raised above the threshold; else below it.
        minutes: for so long.
        missing_is_bad: raised where the metric stops: for what always reports.
        percentile: `p95` in place of `statistic`.
    """

    name: str
    why: str
    namespace: str
    metric: str
    threshold: float
    dimensions: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    above: bool = True
    statistic: str = "Average"
    percentile: str | None = None
    minutes: int = 15
    missing_is_bad: bool = False


def level_alarm(parent: pulumi.Resource, context: Context, level: Level, topic_arn: str) -> cloudwatch.MetricAlarm:
    """An alarm that also says when it is over."""
    name = context.names.name(level.name)
    # No traffic has no percentile: where nothing was measured, nothing was slow.
    query: list[cloudwatch.MetricAlarmMetricQueryArgsDict] = [
        {
            "id": "seen",
            "metric": {
                "metric_name": level.metric,
                "namespace": level.namespace,
                "dimensions": dict(level.dimensions),
                "period": PERIOD,
                "stat": level.percentile or level.statistic,
            },
        },
        {"id": "filled", "expression": "FILL(seen, 0)", "label": level.metric, "return_data": True},
    ]
    plain = level.percentile is None
    return cloudwatch.MetricAlarm(
        f"alarm-{level.name}",
        name=name,
        alarm_description=level.why,
        metric_queries=None if plain else query,
        metric_name=level.metric if plain else None,
        namespace=level.namespace if plain else None,
        dimensions=dict(level.dimensions) if plain else None,
        period=PERIOD if plain else None,
        statistic=level.statistic if plain else None,
        evaluation_periods=max(1, level.minutes * 60 // PERIOD),
        comparison_operator="GreaterThanThreshold" if level.above else "LessThanThreshold",
        threshold=level.threshold,
        treat_missing_data="breaching" if level.missing_is_bad else "notBreaching",
        alarm_actions=[topic_arn],
        ok_actions=[topic_arn],
        region=context.place.region,
        tags=context.tags(name),
        opts=context.opts(parent, named=True),
    )
