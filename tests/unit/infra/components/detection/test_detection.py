"""What an account watches with: trail, recorder, detectors, alarms, defaults; in every allowed region."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.components.detection import declare_alarms, watch_backups
from infra.components.detection.stores import is_store, store_place, told_of
from infra.components.notices import Notices
from infra.layers.account import declare
from infra.spec.settings import Layer
from tests.support.infra_components import SHAPE, broken_rules, context, of, weakened
from tests.support.pulumi_mocks import Declared, declared

REGIONS = {"eu-central-1", "eu-west-1", "eu-north-1"}
TRAIL, RECORDER, TARGET = (
    "aws:cloudtrail/trail:Trail",
    "aws:cfg/recorder:Recorder",
    "aws:cloudwatch/eventTarget:EventTarget",
)
RULE, ALARM, FILTER = (
    "aws:cloudwatch/eventRule:EventRule",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:cloudwatch/logMetricFilter:LogMetricFilter",
)
DETECTOR, HUB = "aws:guardduty/detector:Detector", "aws:securityhub/account:Account"
BUCKET, LOCK = "aws:s3/bucket:Bucket", "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
CONTACT: dict[str, Any] = {"detection": {"contact": {"phone": "+1 555 0100"}}}
LOG = {"accounts": {**SHAPE["accounts"], "log": "222233334444"}}
TOPIC = "arn:aws:sns:eu-central-1:111122223333:shop-prod-notices-account"


def _declared(*, preview: bool = False, **changes: Any) -> list[Declared]:
    made = context(**{**CONTACT, **LOG, **changes})
    return declared(lambda: declare(made) and None, preview=preview)


@pytest.fixture(scope="module")
def seen() -> list[Declared]:
    return _declared()


@pytest.mark.parametrize("preview", [False, True])
def test_the_rules_of_an_account_are_silent(preview: bool) -> None:
    assert broken_rules(_declared(preview=preview), layer=Layer.ACCOUNT) == {}


@pytest.mark.parametrize(
    ("kind", "change", "rule"),
    [
        (TRAIL, {"isMultiRegionTrail": False}, "account-trail"),
        (TRAIL, {"enableLogFileValidation": False}, "account-trail"),
        (DETECTOR, {"enable": False}, "account-threat-detection"),
        ("aws:ebs/encryptionByDefault:EncryptionByDefault", {"enabled": False}, "account-disks-encrypted"),
        ("aws:iam/accountPasswordPolicy:AccountPasswordPolicy", {"minimumPasswordLength": 8}, "account-password-policy"),
        ("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock", {"blockPublicPolicy": False}, "account-public-access-blocked"),
        ("aws:inspector2/enabler:Enabler", {"resourceTypes": ["EC2"]}, "account-vulnerabilities-scanned"),
    ],
)  # fmt: skip
def test_a_rule_speaks_when_it_is_weakened(seen: list[Declared], kind: str, change: dict[str, Any], rule: str) -> None:
    assert rule in broken_rules(weakened(seen, kind, **change), layer=Layer.ACCOUNT)


def test_without_a_telephone_the_contact_is_missing_and_that_is_refused() -> None:
    seen = declared(lambda: declare(context(**LOG)) and None)
    assert set(broken_rules(seen, layer=Layer.ACCOUNT)) == {"account-security-contact"}


def test_the_trail_sees_everything_and_goes_to_the_log_account(seen: list[Declared]) -> None:
    [trail] = of(seen, TRAIL)
    assert trail.inputs["s3BucketName"] == "shop-prod-audit-trail-222233334444-eu-central-1"
    assert trail.inputs["isMultiRegionTrail"]
    assert trail.inputs["includeGlobalServiceEvents"]
    assert trail.protect


def test_with_a_log_account_no_bucket_lies_here(seen: list[Declared]) -> None:
    assert of(seen, BUCKET) == []
    assert not is_store(context(**LOG))


def test_the_log_account_keeps_the_buckets_of_all_and_locks_the_trail_s() -> None:
    seen = _declared(accountOf="log")
    assert {one.inputs["bucket"].split("-2222")[0] for one in of(seen, BUCKET)} == {
        "shop-prod-audit-trail", "shop-prod-audit-config", "shop-prod-audit-access",
    }  # fmt: skip
    [lock] = of(seen, LOCK)
    assert lock.inputs["rule"]["defaultRetention"] == {"mode": "GOVERNANCE", "days": 365}
    policies = {one.name: one.inputs["policy"] for one in of(seen, "aws:s3/bucketPolicy:BucketPolicy")}
    for account in SHAPE["accounts"].values():
        assert f"AWSLogs/{account}/*" in policies["stores-trail-policy"]
    assert broken_rules(seen, layer=Layer.ACCOUNT) == {
        "log-account-apart": ["trail: it writes into a bucket of the account that it watches"]
    }


def test_only_the_trails_of_our_accounts_may_write() -> None:
    seen = _declared(accountOf="log")
    [policy] = [one for one in of(seen, "aws:s3/bucketPolicy:BucketPolicy") if one.name == "stores-trail-policy"]
    admitted = [one for one in json.loads(policy.inputs["policy"])["Statement"] if one["Effect"] == "Allow"]
    sources = {source for one in admitted for source in one["Condition"]["StringEquals"]["aws:SourceArn"]}
    assert sources == {
        f"arn:aws:cloudtrail:eu-central-1:{account}:trail/shop-prod-audit"
        for account in told_of(context(**LOG))
    }  # fmt: skip


def test_without_a_log_account_the_buckets_lie_here_and_that_is_told() -> None:
    made = context(**CONTACT)
    assert store_place(made) == made.place
    seen = declared(lambda: declare(made) and None)
    assert len(of(seen, BUCKET)) == 3
    assert set(broken_rules(seen, layer=Layer.ACCOUNT)) == {"log-account-apart"}


@pytest.mark.parametrize(
    "kind",
    [
        RECORDER, DETECTOR, HUB, "aws:inspector2/enabler:Enabler", "aws:ebs/encryptionByDefault:EncryptionByDefault",
        "aws:ebs/defaultKmsKey:DefaultKmsKey", "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess",
        "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults", "aws:accessanalyzer/analyzer:Analyzer",
    ],
)  # fmt: skip
def test_what_is_regional_is_in_every_allowed_region(seen: list[Declared], kind: str) -> None:
    assert {one.inputs["region"] for one in of(seen, kind)} == REGIONS


def test_what_belongs_to_no_region_is_recorded_once(seen: list[Declared]) -> None:
    globally = {
        one.inputs["region"]: one.inputs["recordingGroup"]["includeGlobalResourceTypes"] for one in of(seen, RECORDER)
    }
    assert globally == {"eu-central-1": True, "eu-west-1": False, "eu-north-1": False}


def test_the_recorder_starts_after_its_channel(seen: list[Declared]) -> None:
    channels = {one.urn: one.inputs["region"] for one in of(seen, "aws:cfg/deliveryChannel:DeliveryChannel")}
    for status in of(seen, "aws:cfg/recorderStatus:RecorderStatus"):
        assert [channels[urn] for urn in status.depends_on if urn in channels] == [status.inputs["region"]]


def test_every_filter_has_an_alarm_that_reaches_the_notices(seen: list[Declared]) -> None:
    alarmed = {one.inputs["metricName"] for one in of(seen, ALARM)}
    assert {one.inputs["metricTransformation"]["name"] for one in of(seen, FILTER)} <= alarmed
    assert {tuple(one.inputs["alarmActions"]) for one in of(seen, ALARM)} == {(TOPIC,)}


def test_findings_of_all_regions_are_heard_in_one(seen: list[Declared]) -> None:
    [together] = of(seen, "aws:securityhub/findingAggregator:FindingAggregator")
    assert set(together.inputs["specifiedRegions"]) == REGIONS - {"eu-central-1"}
    assert [one.inputs["arn"] for one in of(seen, TARGET)] == [TOPIC]


def test_the_guards_are_protected_from_the_program_itself(seen: list[Declared]) -> None:
    kinds = (TRAIL, RECORDER, DETECTOR, HUB, "aws:cloudwatch/logGroup:LogGroup")
    assert [one.name for one in of(seen, *kinds[:1]) if not one.protect] == []
    assert [one.name for kind in kinds for one in of(seen, kind) if not one.protect] == []


def test_what_is_switched_off_is_not_declared() -> None:
    off = {"recorder": "off", "guardDuty": False, "securityHub": False, "inspector": False, "diskKeys": False}
    seen = _declared(detection={**CONTACT["detection"], **off})
    for kind in (RECORDER, DETECTOR, HUB, "aws:inspector2/enabler:Enabler", "aws:ebs/defaultKmsKey:DefaultKmsKey"):
        assert of(seen, kind) == []
    assert "account-threat-detection" in broken_rules(seen, layer=Layer.ACCOUNT)
    assert [json.loads(one.inputs["eventPattern"])["source"] for one in of(seen, RULE)] == [["aws.guardduty"]]


def _primary(**parts: Any) -> list[Declared]:
    made = context(Layer.PRIMARY)

    def program() -> None:
        notices = Notices("notices", made, "arn:aws:kms:eu-central-1:111122223333:key/one", ["ops@example.com"])
        declare_alarms(made, None, notices, **parts)

    return declared(program)


def test_failed_backups_copies_and_restores_are_heard_in_the_primary() -> None:
    heard = {one.inputs["name"]: json.loads(one.inputs["eventPattern"]) for one in of(_primary(), RULE)}
    assert heard["shop-prod-primary-backups-failed"]["detail"]["state"] == ["FAILED", "ABORTED", "EXPIRED", "PARTIAL"]
    assert heard["shop-prod-primary-copies-failed"]["detail-type"] == ["Copy Job State Change"]
    assert heard["shop-prod-primary-restores-failed"]["detail"]["status"] == ["FAILED", "ABORTED"]


def test_an_event_that_cannot_be_delivered_is_an_alarm() -> None:
    seen = _primary()
    lost = {
        one.inputs["dimensions"]["RuleName"]
        for one in of(seen, ALARM)
        if one.inputs["metricName"] == "FailedInvocations"
    }
    assert lost == {one.inputs["name"] for one in of(seen, RULE)}


def test_a_database_that_falls_silent_is_an_alarm() -> None:
    storage = next(
        one for one in of(_primary(database="shop-prod-main"), ALARM) if one.inputs["metricName"] == "FreeStorageSpace"
    )
    assert storage.inputs["treatMissingData"] == "breaching"
    assert storage.inputs["dimensions"] == {"DBInstanceIdentifier": "shop-prod-main"}


def test_alarms_of_services_are_silent_to_the_rules() -> None:
    seen = _primary(
        database="shop-prod-main",
        balancer="app/a/1",
        target_group="targetgroup/a/1",
        tables={"items": "shop-prod-items"},
    )
    assert broken_rules(seen) == {}
    assert {one.inputs.get("namespace", "AWS/ApplicationELB") for one in of(seen, ALARM)} == {
        "AWS/RDS",
        "AWS/ApplicationELB",
        "AWS/DynamoDB",
        "AWS/Events",
    }


def test_each_layer_with_vaults_hears_its_own_region() -> None:
    made = context(Layer.VAULT)

    def program() -> None:
        watch_backups(made, Notices("notices", made, "arn:aws:kms:eu-north-1:777788889999:key/one", []))

    seen = declared(program)
    assert {one.inputs["region"] for one in of(seen, RULE)} == {"eu-north-1"}
    assert {one.inputs["arn"] for one in of(seen, TARGET)} == {
        "arn:aws:sns:eu-north-1:777788889999:shop-prod-notices-vault"
    }


def test_a_trail_beside_its_bucket_does_not_record_its_own_writing() -> None:
    [trail] = of(declared(lambda: declare(context(**CONTACT)) and None), TRAIL)
    _, writes = trail.inputs["advancedEventSelectors"]
    [left_out] = [one for one in writes["fieldSelectors"] if one["field"] == "resources.ARN"]
    assert left_out["notStartsWiths"] == ["arn:aws:s3:::shop-prod-audit-"]
