"""Logs, metrics, alarms and events."""

from __future__ import annotations

from typing import Any

from stormproof.lab.aws.provider.kinds import Call, Kind, Look, Tagging, Values, replaced_by

_GROUP = {"logGroupName": "{name}"}
_RETENTION = Call(
    "put_retention_policy", _GROUP, take=("retentionInDays",), when=lambda here: here.get("retentionInDays")
)
_TAG_GROUP = Tagging("tag_resource", "untag_resource", {"resourceArn": "{arn}"})
_RULE = {"Name": "{name}", "EventBusName": "{eventBusName}"}
_TARGET = {"Rule": "{rule}", "EventBusName": "{eventBusName}"}
_TARGET_TAKES = ("arn", "roleArn", "input", "inputPath", "inputTransformer", "deadLetterConfig", "retryPolicy")
_TARGET_NAMES = {name: name[0].upper() + name[1:] for name in _TARGET_TAKES}


def _target_value(name: str, value: Any) -> Any:
    """A target's blocks in the API's names."""
    if name == "inputTransformer":
        return {"InputPathsMap": value.get("inputPaths", {}), "InputTemplate": value["inputTemplate"]}
    if isinstance(value, dict):
        return {inner[0].upper() + inner[1:]: part for inner, part in value.items()}
    return value


def _queries(here: Values) -> list[dict[str, Any]] | None:
    """An alarm's metric queries: a metric's own names lie one level deeper than its statistic."""
    made = []
    for query in here.get("metricQueries") or []:
        item = {name[0].upper() + name[1:]: value for name, value in query.items() if name != "metric"}
        metric = query.get("metric")
        if metric:
            pairs = [{"Name": name, "Value": value} for name, value in (metric.get("dimensions") or {}).items()]
            named = {"MetricName": metric["metricName"], "Namespace": metric.get("namespace"), "Dimensions": pairs}
            stat = {"Metric": named, "Period": metric["period"], "Stat": metric["stat"], "Unit": metric.get("unit")}
            item["MetricStat"] = {name: value for name, value in stat.items() if value is not None}
        made.append(item)
    return made or None


_METRIC_FILTER = {"logGroupName": "{logGroupName}", "filterName": "{name}"}
_SUBSCRIPTION = {"logGroupName": "{logGroup}", "filterName": "{name}"}

KINDS = (
    Kind(
        "aws:cloudwatch/logGroup:LogGroup", "logs", "{name}", names="name", tagging=_TAG_GROUP,
        create=(Call("create_log_group", _GROUP, take=("kmsKeyId", "logGroupClass", "deletionProtectionEnabled")),
                _RETENTION),
        looks=(Look("describe_log_groups", {"logGroupNamePrefix": "{name}"}, lambda answer, here: next(
            (group for group in answer["logGroups"] if group["logGroupName"] == here["name"]), None),
            {"kmsKeyId": "kmsKeyId", "retentionInDays": "retentionInDays"}),),
        update=(_RETENTION, Call("associate_kms_key", _GROUP, take=("kmsKeyId",))),
        delete=(Call("delete_log_group", _GROUP, take=()),),
        outputs={"arn": "arn:aws:logs:{region}:{account}:log-group:{name}"},
        options=frozenset({"skipDestroy"}), replaces=replaced_by("name namePrefix logGroupClass"),
    ),
    Kind(
        "aws:cloudwatch/logMetricFilter:LogMetricFilter", "logs", "{name}", names="name", again=True,
        create=(Call("put_metric_filter", _METRIC_FILTER, rename={
            "pattern": "filterPattern", "metricTransformation": "metricTransformations",
            "metricTransformation.name": "metricName", "metricTransformation.namespace": "metricNamespace",
            "metricTransformation.value": "metricValue",
        }),),
        looks=(Look("describe_metric_filters", {"logGroupName": "{logGroupName}", "filterNamePrefix": "{name}"},
                    "metricFilters[0]", {"pattern": "filterPattern"}),),
        delete=(Call("delete_metric_filter", _METRIC_FILTER, take=()),),
        replaces=replaced_by("name logGroupName"),
    ),
    Kind(
        "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter", "logs", "{name}", names="name", again=True,
        create=(Call("put_subscription_filter", _SUBSCRIPTION),),
        looks=(Look("describe_subscription_filters", {"logGroupName": "{logGroup}", "filterNamePrefix": "{name}"},
                    "subscriptionFilters[0]", {"destinationArn": "destinationArn", "filterPattern": "filterPattern"}),),
        delete=(Call("delete_subscription_filter", _SUBSCRIPTION, take=()),),
        replaces=replaced_by("name logGroup destinationArn"),
    ),
    Kind(
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "logs", "{policyName}", again=True,
        create=(Call("put_resource_policy"),),
        looks=(Look("describe_resource_policies", {}, lambda answer, here: next(
            (p for p in answer["resourcePolicies"] if p["policyName"] == here["policyName"]), None),
            {"policyDocument": "policyDocument"}),),
        delete=(Call("delete_resource_policy", {"policyName": "{policyName}"}, take=()),),
        replaces=replaced_by("policyName resourceArn"),
    ),
    Kind(
        "aws:cloudwatch/metricAlarm:MetricAlarm", "cloudwatch", "{name}", names="name", again=True,
        create=(Call("put_metric_alarm", {"AlarmName": "{name}", "Metrics": _queries}, uses=("metricQueries",), rename={
            "okActions": "OKActions",
            "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
        }),),
        looks=(Look("describe_alarms", {"AlarmNames": ["{name}"]}, "MetricAlarms[0]", {
            "actionsEnabled": "ActionsEnabled", "alarmActions": "AlarmActions", "threshold": "Threshold",
            "metricName": "MetricName", "namespace": "Namespace", "comparisonOperator": "ComparisonOperator",
        }, fills={"arn": "AlarmArn"}),),
        delete=(Call("delete_alarms", {"AlarmNames": ["{name}"]}, take=()),),
        tagging=Tagging("tag_resource", "untag_resource", {"ResourceARN": "{arn}"}),
        outputs={"arn": "arn:aws:cloudwatch:{region}:{account}:alarm:{name}"}, replaces=replaced_by("name"),
    ),
    Kind(
        "aws:cloudwatch/eventRule:EventRule", "events", "{name}", names="name", again=True,
        create=(Call("put_rule", out={"arn": "RuleArn"}),),
        looks=(Look("describe_rule", _RULE, "@", {"eventPattern": "EventPattern", "state": "State",
                    "scheduleExpression": "ScheduleExpression"}),),
        delete=(Call("delete_rule", _RULE, take=()),),
        tagging=Tagging("tag_resource", "untag_resource", {"ResourceARN": "{arn}"}),
        options=frozenset({"forceDestroy"}), replaces=replaced_by("name namePrefix eventBusName"),
    ),
    Kind(
        "aws:cloudwatch/eventTarget:EventTarget", "events", "{rule}-{targetId}", names="targetId", again=True,
        create=(Call("put_targets", {**_TARGET, "Targets": lambda here: [
            {"Id": here["targetId"], **{_TARGET_NAMES[name]: _target_value(name, here[name]) for name in _TARGET_TAKES
                                        if here.get(name) is not None}}]}, take=(), uses=(*_TARGET_TAKES, "targetId")),),
        looks=(Look("list_targets_by_rule", _TARGET, lambda answer, here: next(
            (target for target in answer["Targets"] if target["Id"] == here["targetId"]), None), {"arn": "Arn"}),),
        delete=(Call("remove_targets", {**_TARGET, "Ids": ["{targetId}"]}, take=()),),
        options=frozenset({"forceDestroy"}), replaces=replaced_by("rule targetId eventBusName"),
    ),
)  # fmt: skip
