"""Alarms go to an encrypted topic, to which only this account's services publish."""

from __future__ import annotations

import json

from infra.components.notices import PUBLISHERS, Notices, topic_policy
from tests.support.infra_components import broken_rules, context, weakened
from tests.support.pulumi_mocks import Declared, declared

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


def test_only_services_publish_and_only_for_this_account() -> None:
    allowing, denying = json.loads(topic_policy("arn:topic", "111122223333"))["Statement"]
    assert allowing["Principal"] == {"Service": list(PUBLISHERS)}
    assert allowing["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    assert denying["Effect"] == "Deny"
    assert denying["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_rules_are_silent_on_it_and_speak_when_it_is_weakened() -> None:
    seen = _seen()
    assert broken_rules(seen) == {}
    assert set(broken_rules(weakened(seen, TOPIC, kmsMasterKeyId=None))) == {"topics-encrypted"}
