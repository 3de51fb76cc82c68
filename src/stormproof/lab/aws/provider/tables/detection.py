"""What records and detects: the trail, Config, GuardDuty, Security Hub, Inspector."""

from __future__ import annotations

from typing import Any

from stormproof.lab.aws.provider.kinds import Call, Kind, Look, Tagging, Values, lacking, replaced_by

_NOT_TAKEN_BACK = "moto can name an administrator, and not take that back"
_TRAIL = {"Name": "{name}"}
_TRAIL_RENAME = {
    "cloudWatchLogsGroupArn": "CloudWatchLogsLogGroupArn", "enableLogFileValidation": "EnableLogFileValidation",
}  # fmt: skip
_TRAIL_TAKES = (
    "s3BucketName", "s3KeyPrefix", "snsTopicName", "includeGlobalServiceEvents", "isMultiRegionTrail", "kmsKeyId",
    "enableLogFileValidation", "cloudWatchLogsGroupArn", "cloudWatchLogsRoleArn", "isOrganizationTrail",
)  # fmt: skip


def _switch(op: str, *, wanted: bool) -> Call:
    return Call(
        op, _TRAIL, take=(), uses=("enableLogging",), when=lambda here: here.get("enableLogging", True) is wanted
    )


def _selected(here: Values) -> object:
    return here.get("eventSelectors") or here.get("advancedEventSelectors")


_SELECT = Call("put_event_selectors", {"TrailName": "{name}"}, take=("eventSelectors", "advancedEventSelectors"),
               when=_selected)  # fmt: skip
_INSIGHT = Call("put_insight_selectors", {"TrailName": "{name}"}, take=("insightSelectors",),
                when=lambda here: here.get("insightSelectors"))  # fmt: skip
_RECORDER = {"ConfigurationRecorderNames": ["{name}"]}


def _recording(op: str, *, wanted: bool) -> Call:
    return Call(op, {"ConfigurationRecorderName": "{name}"}, take=(), uses=("isEnabled", "name"),
                when=lambda here: here["isEnabled"] is wanted)  # fmt: skip


def _status(answer: Any, here: Values) -> object:
    on = [a for a in answer["accounts"] if a["accountId"] in here["accountIds"] and a["state"]["status"] == "ENABLED"]
    return {"types": [t for t in here["resourceTypes"] if _scanned(on, t)]} if on else None


def _scanned(accounts: list[Any], kind: str) -> bool:
    name = {"LAMBDA_CODE": "lambdaCode"}.get(kind, kind.lower())
    return all(a["resourceState"].get(name, {}).get("status") == "ENABLED" for a in accounts)


KINDS = (
    Kind(
        "aws:cloudtrail/trail:Trail", "cloudtrail", "{arn}", names="name",
        create=(
            Call("create_trail", _TRAIL, rename=_TRAIL_RENAME, take=_TRAIL_TAKES, out={"arn": "TrailARN"}),
            _SELECT, _INSIGHT, _switch("start_logging", wanted=True), _switch("stop_logging", wanted=False),
        ),
        looks=(
            Look("get_trail", _TRAIL, "Trail", {
                "s3BucketName": "S3BucketName", "kmsKeyId": "KmsKeyId", "isMultiRegionTrail": "IsMultiRegionTrail",
                "enableLogFileValidation": "LogFileValidationEnabled",
                "includeGlobalServiceEvents": "IncludeGlobalServiceEvents",
            }, fills={"homeRegion": "HomeRegion", "snsTopicArn": "SnsTopicARN"}),
            Look("get_trail_status", _TRAIL, "@", {"enableLogging": "IsLogging"}),
        ),
        update=(
            Call("update_trail", _TRAIL, rename=_TRAIL_RENAME, take=_TRAIL_TAKES), _SELECT, _INSIGHT,
            _switch("start_logging", wanted=True), _switch("stop_logging", wanted=False),
        ),
        delete=(Call("delete_trail", _TRAIL, take=()),),
        tagging=Tagging("add_tags", "remove_tags", {"ResourceId": "{arn}"}), replaces=replaced_by("name"),
    ),
    Kind(
        "aws:cfg/recorder:Recorder", "config", "{name}", names="name", again=True,
        create=(Call("put_configuration_recorder", under="ConfigurationRecorder"),),
        looks=(Look("describe_configuration_recorders", _RECORDER, "ConfigurationRecorders[0]",
                    {"roleArn": "roleARN"}),),
        delete=(Call("delete_configuration_recorder", {"ConfigurationRecorderName": "{name}"}, take=()),),
        replaces=replaced_by("name"),
    ),
    Kind(
        "aws:cfg/recorderStatus:RecorderStatus", "config", "{name}", again=True,
        create=(_recording("start_configuration_recorder", wanted=True),
                _recording("stop_configuration_recorder", wanted=False)),
        looks=(Look("describe_configuration_recorder_status", _RECORDER, "ConfigurationRecordersStatus[0]",
                    {"isEnabled": "recording"}),),
        delete=(Call("stop_configuration_recorder", {"ConfigurationRecorderName": "{name}"}, take=()),),
        replaces=replaced_by("name"),
    ),
    Kind(
        "aws:cfg/deliveryChannel:DeliveryChannel", "config", "{name}", names="name", again=True,
        create=(Call("put_delivery_channel", under="DeliveryChannel", rename={
            "snapshotDeliveryProperties": "configSnapshotDeliveryProperties", "snsTopicArn": "snsTopicARN"}),),
        looks=(Look("describe_delivery_channels", {"DeliveryChannelNames": ["{name}"]}, "DeliveryChannels[0]",
                    {"s3BucketName": "s3BucketName", "s3KmsKeyArn": "s3KmsKeyArn"}),),
        delete=(Call("delete_delivery_channel", {"DeliveryChannelName": "{name}"}, take=()),),
        replaces=replaced_by("name"),
    ),
    Kind(
        "aws:cfg/rule:Rule", "config", "{name}", names="name", again=True,
        create=(Call("put_config_rule", under="ConfigRule", rename={"name": "ConfigRuleName"}),),
        looks=(Look("describe_config_rules", {"ConfigRuleNames": ["{name}"]}, "ConfigRules[0]",
                    {"source": "Source"}, fills={"arn": "ConfigRuleArn", "ruleId": "ConfigRuleId"}),),
        delete=(Call("delete_config_rule", {"ConfigRuleName": "{name}"}, take=()),),
        tagging=Tagging("tag_resource", "untag_resource", {"ResourceArn": "{arn}"}), replaces=replaced_by("name"),
    ),
    Kind(
        "aws:guardduty/detector:Detector", "guardduty", "{id}",
        create=(Call("create_detector", {"Enable": lambda here: here.get("enable", True), "ClientToken": "{token}"},
                     uses=("enable",), out={"id": "DetectorId"}),),
        looks=(Look("get_detector", {"DetectorId": "{id}"}, "@", {
            "enable": "Status=='ENABLED'", "findingPublishingFrequency": "FindingPublishingFrequency"}),),
        update=(Call("update_detector", {"DetectorId": "{id}"}, take=("enable", "findingPublishingFrequency")),),
        delete=(Call("delete_detector", {"DetectorId": "{id}"}, take=()),),
        outputs={"arn": "arn:aws:guardduty:{region}:{account}:detector/{id}", "accountId": "{account}"},
        replaces=replaced_by(""),
    ),
    lacking("aws:guardduty/organizationAdminAccount:OrganizationAdminAccount", "adminAccountId", _NOT_TAKEN_BACK),
    lacking("aws:securityhub/organizationAdminAccount:OrganizationAdminAccount", "adminAccountId", _NOT_TAKEN_BACK),
    Kind(
        "aws:inspector2/delegatedAdminAccount:DelegatedAdminAccount", "inspector2", "{accountId}",
        create=(Call("enable_delegated_admin_account", {"delegatedAdminAccountId": "{accountId}"}, take=()),),
        looks=(Look("list_delegated_admin_accounts", {}, lambda answer, here: next(
            (a for a in answer["delegatedAdminAccounts"]
             if a["accountId"] == here["accountId"] and not a["status"].startswith("DISABL")), None)),),
        delete=(Call("disable_delegated_admin_account", {"delegatedAdminAccountId": "{accountId}"}, take=()),),
        outputs={"relationshipStatus": "ENABLED"}, replaces=replaced_by("accountId"),
    ),
    Kind(
        "aws:inspector2/organizationConfiguration:OrganizationConfiguration", "inspector2", "{account}", again=True,
        create=(Call("update_organization_configuration"),),
        looks=(Look("describe_organization_configuration", {}, "@", {"autoEnable": "autoEnable"}),),
        delete=(Call("update_organization_configuration",
                     {"autoEnable": dict.fromkeys(("ec2", "ecr", "lambda", "lambdaCode"), False)}, take=()),),
        outputs={"maxAccountLimitReached": False}, replaces=replaced_by(""),
    ),
    Kind(
        "aws:inspector2/memberAssociation:MemberAssociation", "inspector2", "{accountId}",
        create=(Call("associate_member"),),
        looks=(Look("list_members", {}, lambda answer, here: next(
            (m for m in answer["members"]
             if m["accountId"] == here["accountId"] and m["relationshipStatus"] == "ENABLED"), None)),),
        delete=(Call("disassociate_member", {"accountId": "{accountId}"}, take=()),),
        outputs={"delegatedAdminAccountId": "{account}", "relationshipStatus": "ENABLED"},
        replaces=replaced_by("accountId"),
    ),
    lacking("aws:guardduty/organizationConfiguration:OrganizationConfiguration", "detectorId",
            "moto has no settings of GuardDuty for an organisation"),
    lacking("aws:guardduty/organizationConfigurationFeature:OrganizationConfigurationFeature", "detectorId name",
            "moto has no settings of GuardDuty for an organisation"),
    lacking("aws:securityhub/organizationConfiguration:OrganizationConfiguration", "",
            "moto lets a named administrator alone set it, and cannot take the naming back"),
    lacking("aws:securityhub/member:Member", "accountId email", "moto can make one, and not delete it",
            memberStatus="Created", masterId="{account}"),
    lacking("aws:guardduty/detectorFeature:DetectorFeature", "detectorId name",
            "moto forgets a detector's other features when one is set"),
    lacking("aws:guardduty/publishingDestination:PublishingDestination", "detectorId destinationType",
            "moto has no publishing destinations", destinationId="{id}",
            arn="arn:aws:guardduty:{region}:{account}:detector/{detectorId}/publishingDestination/{id}"),
    Kind(
        "aws:securityhub/account:Account", "securityhub", "{account}",
        create=(Call("enable_security_hub", take=("enableDefaultStandards", "controlFindingGenerator")),),
        looks=(Look("describe_hub", {}, "HubArn && @"),),
        delete=(Call("disable_security_hub", take=()),),
        outputs={"arn": "arn:aws:securityhub:{region}:{account}:hub/default"},
        replaces=replaced_by("enableDefaultStandards"),
    ),
    lacking("aws:securityhub/standardsSubscription:StandardsSubscription", "standardsArn",
            "moto has no batch_enable_standards", arn="arn:aws:securityhub:{region}:{account}:subscription/{id}"),
    lacking("aws:securityhub/findingAggregator:FindingAggregator", "", "moto has no finding aggregators",
            arn="arn:aws:securityhub:{region}:{account}:finding-aggregator/{id}"),
    Kind(
        "aws:inspector2/enabler:Enabler", "inspector2", "inspector2-enabler-{region}",
        create=(Call("enable", {"clientToken": "{token}"}),),
        looks=(Look("batch_get_account_status", {"accountIds": "{accountIds}"}, _status, {"resourceTypes": "types"}),),
        update=(Call("enable", {"accountIds": "{accountIds}"}, take=("resourceTypes",)),),
        delete=(Call("disable", take=("accountIds", "resourceTypes")),),
        replaces=replaced_by("accountIds"),
    ),
)  # fmt: skip
