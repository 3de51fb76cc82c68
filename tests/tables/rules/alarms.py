"""What is watched, who is told, and where the trail of it is kept."""

from __future__ import annotations

import json
from typing import Any

from declared import Ref, Twins, res

from infra.policy.rules._patterns import WATCHED
from stormproof.core.infra.resource_graph import Resource

TRAIL = res("aws:cloudtrail/trail:Trail", "trail", s3BucketName="acme-trail", cloudWatchLogsGroupArn=Ref("lg"))
GROUP = res("aws:cloudwatch/logGroup:LogGroup", "lg", name="/acme/trail")
TOPIC = "arn:aws:sns:eu-central-1:111122223333:security"


def _filter(cis: str, **properties: Any) -> Resource:
    watched = next(one for one in WATCHED if one.cis == cis)
    base = {
        "pattern": f"{{ ({') || ('.join((*watched.words, *watched.any_of))}) }}",
        "metricTransformation": {"name": f"cis-{cis}", "namespace": "acme", "value": "1"},
        "logGroupName": "/acme/trail",
    }
    return res("aws:cloudwatch/logMetricFilter:LogMetricFilter", f"f{cis}", **{**base, **properties})


def _alarm(cis: str, **properties: Any) -> Resource:
    base = {"metricName": f"cis-{cis}", "namespace": "acme", "alarmActions": [TOPIC]}
    return res("aws:cloudwatch/metricAlarm:MetricAlarm", f"a{cis}", **{**base, **properties})


def _all(*changed: Resource) -> tuple[Resource, ...]:
    """Every pattern with filter and alarm; those of `changed` in place of the ones with their names, None takes one away."""
    every = {one.name: one for cis in [w.cis for w in WATCHED] for one in (_filter(cis), _alarm(cis))}
    return TRAIL, GROUP, *(every | {one.name: one for one in changed}).values()


def _without(name: str) -> tuple[Resource, ...]:
    return tuple(one for one in _all() if one.name != name)


def _event(source: str = "aws.guardduty", **properties: Any) -> Resource:
    pattern = json.dumps({"source": [source], "detail": {"severity": [{"numeric": [">=", 7]}]}})
    return res("aws:cloudwatch/eventRule:EventRule", "e", **{"eventPattern": pattern, **properties})


TARGET = res("aws:cloudwatch/eventTarget:EventTarget", "t", rule=Ref("e"), arn=TOPIC)


def _any_alarm(**properties: Any) -> Resource:
    base = {
        "alarmActions": [TOPIC],
        "treatMissingData": "breaching",
        "comparisonOperator": "LessThanThreshold",
        "name": "up",
    }
    return res("aws:cloudwatch/metricAlarm:MetricAlarm", "a", **{**base, **properties})


BUCKET = res("aws:s3/bucket:Bucket", "b", bucket="acme-trail")


def _lock(**retention: Any) -> Resource:
    return res(
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", "lock", bucket="acme-trail",
        rule={"defaultRetention": retention},
    )  # fmt: skip


STANDARD = "aws:securityhub/standardsSubscription:StandardsSubscription"

TWINS = {
    "alarms-cis": Twins(
        failed={
            "nothing": (TRAIL, GROUP),
            "one filter is missing": _without("f4.5"),
            "one alarm is missing": _without("a4.7"),
            "an alarm that tells nobody": _all(_alarm("4.3", alarmActions=[])),
            "an alarm on another metric": _all(_alarm("4.3", metricName="other")),
            "a filter that forgets an event": _all(_filter("4.13", pattern="{ $.eventName = CreateRoute }")),
            "a filter on another log group": _all(_filter("4.1", logGroupName="/acme/app")),
        },
        passed={
            "all of them": _all(),
            "by a topic of this program": _all(*(_alarm(one.cis, alarmActions=[Ref("topic")]) for one in WATCHED)),
            "one of them by an event rule": (
                *_without("f4.7"),
                res("aws:cloudwatch/eventRule:EventRule", "e", eventPattern='{"detail":{"eventName":["DisableKey","ScheduleKeyDeletion"]}}'),
                res("aws:cloudwatch/eventTarget:EventTarget", "t", rule=Ref("e"), arn=TOPIC),
            ),
            "the trail is the organisation's": tuple(one for one in _all() if one is not TRAIL),
        },
        unknown={"a pattern made from something": _all(_filter("4.5", pattern=Ref("x")))},
        layer="account",
    ),
    "alarms-reach-people": Twins(
        failed={
            "nobody": _any_alarm(alarmActions=None),
            "switched off": _any_alarm(actionsEnabled=False),
            "silence is ignored": _any_alarm(treatMissingData=None),
            "silence is health, of something that is always there": _any_alarm(treatMissingData="notBreaching"),
        },
        passed={
            "breaching": _any_alarm(),
            "it counts failures": _any_alarm(treatMissingData="notBreaching", statistic="Sum", comparisonOperator="GreaterThanOrEqualToThreshold"),
            "part of another": (
                _any_alarm(alarmActions=None),
                res("aws:cloudwatch/compositeAlarm:CompositeAlarm", "c", alarmRule='ALARM("up")', alarmActions=[TOPIC]),
            ),
        },
        unknown={"actions made from something": _any_alarm(alarmActions=Ref("x")), "silence": _any_alarm(treatMissingData=Ref("x"))},
    ),
    "alarms-on-findings": Twins(
        failed={
            "nothing": (),
            "of something else": (_event("aws.health"), TARGET),
            "to nobody": _event(),
            "switched off": (_event(state="DISABLED"), TARGET),
        },
        passed={
            "GuardDuty's": (_event(), TARGET),
            "Security Hub's": (_event("aws.securityhub"), TARGET),
            "on the default bus, in so many words": (_event(eventBusName="default", state="ENABLED"), TARGET),
        },
        unknown={"a pattern made from something": (_event(eventPattern=Ref("x")), TARGET)},
        layer="account",
    ),
    "log-bucket-locked": Twins(
        failed={
            "not at all": (TRAIL, BUCKET),
            "a month": (TRAIL, BUCKET, _lock(mode="COMPLIANCE", days=30)),
            "no mode": (TRAIL, BUCKET, _lock(days=400)),
        },
        passed={
            "a year": (TRAIL, BUCKET, _lock(mode="COMPLIANCE", days=365)),
            "seven years": (TRAIL, BUCKET, _lock(mode="GOVERNANCE", years=7)),
            "by reference": (
                res("aws:cloudtrail/trail:Trail", "t", s3BucketName=Ref("b")), BUCKET, _lock(mode="COMPLIANCE", days=400),
            ),
        },
        unknown={"days made from something": (TRAIL, BUCKET, _lock(mode="COMPLIANCE", days=Ref("x")))},
        silent={"a bucket of another account": TRAIL, "a bucket without a trail": BUCKET},
    ),
    "log-account-apart": Twins(
        failed={"the same account": (TRAIL, BUCKET), "by reference": (res("aws:cloudtrail/trail:Trail", "t", s3BucketName=Ref("b")), BUCKET)},
        passed={
            "elsewhere": TRAIL,
            "elsewhere, of an organisation": res("aws:cloudtrail/trail:Trail", "t", s3BucketName="logs", isOrganizationTrail=True),
            "elsewhere, while another bucket is here": (TRAIL, res("aws:s3/bucket:Bucket", "x", bucket="acme-other")),
        },
        unknown={"made from something": res("aws:cloudtrail/trail:Trail", "t", s3BucketName=Ref("x"))},
    ),
    "account-standards-checked": Twins(
        failed={"none": (), "no standard named": res(STANDARD, "s")},
        passed={
            "AWS's": res(STANDARD, "s", standardsArn="arn:aws:securityhub:eu-central-1::standards/aws-foundational-security-best-practices/v/1.0.0"),
            "CIS's": res(STANDARD, "s", standardsArn="arn:aws:securityhub:eu-central-1::standards/cis-aws-foundations-benchmark/v/5.0.0"),
            "two": (res(STANDARD, "s", standardsArn="a"), res(STANDARD, "t", standardsArn="b")),
        },
        unknown={"made from something": res(STANDARD, "s", standardsArn=Ref("x"))},
        layer="account",
    ),
}  # fmt: skip
