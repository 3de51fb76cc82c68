"""Alarms go to an encrypted topic, to which only this account's services publish."""

from __future__ import annotations

import json

import pytest

from infra.components.notices import Notices, topic_policy
from infra.naming import Place
from infra.spec.key_table import PUBLISHERS
from tests.support.iam_verdicts import verdict
from tests.support.infra_components import broken_rules, context, weakened
from tests.support.pulumi_mocks import Declared, declared

HERE, TOPIC_ARN = Place("111122223333", "eu-central-1"), "arn:aws:sns:eu-central-1:111122223333:shop-prod-notices"
KEY = "arn:aws:kms:eu-central-1:111122223333:key/one"
TOPIC, SUBSCRIPTION = "aws:sns/topic:Topic", "aws:sns/topicSubscription:TopicSubscription"


def _seen() -> list[Declared]:
    return declared(lambda: Notices("notices", context(), KEY, ["security@example.com", "ops@example.com"]) and None)


def test_the_topic_is_encrypted_with_the_given_key() -> None:
    [topic] = [one for one in _seen() if one.type == TOPIC]
    assert topic.inputs["kmsMasterKeyId"] == KEY


def test_everybody_named_is_subscribed_to_the_computed_topic() -> None:
    found = [one.inputs for one in _seen() if one.type == SUBSCRIPTION]
    assert {one["endpoint"] for one in found} == {"security@example.com", "ops@example.com"}
    assert {one["topic"] for one in found} == {"arn:aws:sns:eu-central-1:111122223333:shop-prod-notices-account"}


def _publishes(service: str, **keys: str) -> str:
    return verdict(topic_policy(TOPIC_ARN, HERE), "sns:Publish", TOPIC_ARN, principal=f"Service:{service}", **keys)


ALARM = "arn:aws:cloudwatch:eu-central-1:{}:alarm:shop-prod-database-storage"
VAULT = "arn:aws:backup:eu-central-1:{}:backup-vault:shop-prod-primary"


@pytest.mark.parametrize(
    ("service", "source"),
    [("cloudwatch.amazonaws.com", ALARM), ("backup.amazonaws.com", VAULT)],
    ids=["alarms", "vaults"],
)
def test_alarms_and_vaults_of_this_account_publish_and_nobody_else_s(service: str, source: str) -> None:
    ours, theirs = (
        {"aws:SourceAccount": one, "aws:SourceArn": source.format(one)} for one in ("111122223333", "999999999999")
    )
    assert _publishes(service, **ours) == "allowed"
    assert _publishes(service, **theirs) == "nothing"
    assert _publishes(service, **{**ours, "aws:SourceArn": "arn:aws:sns:eu-central-1:111122223333:other"}) == "nothing"
    assert _publishes(service) == "nothing"


def test_events_come_through_though_they_send_no_source_and_are_held_to_one_that_they_send() -> None:
    assert _publishes("events.amazonaws.com") == "allowed"
    assert _publishes("events.amazonaws.com", **{"aws:SourceAccount": "111122223333"}) == "allowed"
    assert _publishes("events.amazonaws.com", **{"aws:SourceAccount": "999999999999"}) == "nothing"


def test_nobody_else_publishes_and_nobody_without_tls() -> None:
    assert _publishes("rds.amazonaws.com", **{"aws:SourceAccount": "111122223333"}) == "nothing"
    assert _publishes("events.amazonaws.com", **{"aws:SecureTransport": "false"}) == "denied"


def test_the_topic_admits_those_whom_its_key_admits() -> None:
    statements = json.loads(topic_policy(TOPIC_ARN, HERE))["Statement"]
    assert {one["Principal"]["Service"] for one in statements if one["Effect"] == "Allow"} == set(PUBLISHERS)


def test_the_rules_are_silent_on_it_and_speak_when_it_is_weakened() -> None:
    seen = _seen()
    assert broken_rules(seen) == {}
    assert set(broken_rules(weakened(seen, TOPIC, kmsMasterKeyId=None))) == {"topics-encrypted"}
