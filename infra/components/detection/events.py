"""Events that somebody must hear of: failed backups, copies and restores, and findings. And of events that got lost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudwatch

from infra.components.detection.alarms import Level, level_alarm
from infra.context import Component, Context


@dataclass(frozen=True)
class Heard:
    """One rule of EventBridge. `pattern`: as EventBridge reads it."""

    name: str
    why: str
    pattern: Mapping[str, Any]


# AWS: EventBridge events of AWS Backup; restore jobs tell `status`, the others `state`.
BACKUPS = (
    Heard("backups-failed", "a backup failed, was stopped, or did not end in time", {
        "source": ["aws.backup"], "detail-type": ["Backup Job State Change"],
        "detail": {"state": ["FAILED", "ABORTED", "EXPIRED", "PARTIAL"]},
    }),
    Heard("copies-failed", "a copy of a backup did not reach its other place", {
        "source": ["aws.backup"], "detail-type": ["Copy Job State Change"], "detail": {"state": ["FAILED", "PARTIAL"]},
    }),
    Heard("restores-failed", "a restore failed", {
        "source": ["aws.backup"], "detail-type": ["Restore Job State Change"],
        "detail": {"status": ["FAILED", "ABORTED"]},
    }),
)  # fmt: skip
FINDINGS = Heard("findings", "Security Hub has a new finding of high severity", {
    "source": ["aws.securityhub"], "detail-type": ["Security Hub Findings - Imported"],
    "detail": {"findings": {
        "Severity": {"Label": ["HIGH", "CRITICAL"]}, "Workflow": {"Status": ["NEW"]}, "RecordState": ["ACTIVE"],
    }},
})  # fmt: skip
INTRUSIONS = Heard("intrusions", "GuardDuty has a finding of high severity", {
    "source": ["aws.guardduty"], "detail-type": ["GuardDuty Finding"], "detail": {"severity": [{"numeric": [">=", 7]}]},
})  # fmt: skip
DATABASE = Heard("database-events", "the database failed over, ran out of something, or lost a backup", {
    "source": ["aws.rds"], "detail-type": ["RDS DB Instance Event"],
    "detail": {"EventCategories": ["availability", "failover", "failure", "low storage", "recovery"]},
})  # fmt: skip


class Events(Component):
    """Each goes to the topic; one that cannot be delivered is an alarm by another way (CloudWatch publishes by itself)."""

    def __init__(
        self,
        name: str,
        context: Context,
        heard: Sequence[Heard],
        *,
        topic_arn: str,
        depends_on: Sequence[pulumi.Resource] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("Events", name, context, opts)
        region = context.place.region
        for one in heard:
            what = f"{context.layer.value}-{one.name}"
            rule = cloudwatch.EventRule(
                f"{name}-{one.name}",
                name=context.names.name(what),
                description=one.why,
                event_pattern=json.dumps(one.pattern),
                region=region,
                tags=context.tags(context.names.name(what)),
                opts=context.opts(self, named=True),
            )
            cloudwatch.EventTarget(
                f"{name}-{one.name}-target",
                rule=rule.name,
                target_id="notices",
                arn=topic_arn,
                region=region,
                opts=context.opts(self, depends_on=depends_on),
            )
            lost = Level(
                f"{what}-lost", f"not delivered: {one.why}", "AWS/Events", "FailedInvocations", 0,
                {"RuleName": context.names.name(what)}, statistic="Sum", minutes=5,
            )  # fmt: skip
            level_alarm(self, context, lost, topic_arn)
        self.register_outputs({})
