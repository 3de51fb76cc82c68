"""Topics, subscriptions and queues."""

from __future__ import annotations

import json
from typing import Any

from stormproof.lab.aws.provider.kinds import Call, Kind, Look, Tagging, Values, replaced_by
from stormproof.lab.aws.provider.shapes import as_text

_TOPIC = ("displayName", "policy", "kmsMasterKeyId", "signatureVersion", "deliveryPolicy", "fifoTopic",
          "contentBasedDeduplication", "tracingConfig")  # fmt: skip
_QUEUE = {
    "delaySeconds": "DelaySeconds", "maxMessageSize": "MaximumMessageSize", "policy": "Policy",
    "messageRetentionSeconds": "MessageRetentionPeriod", "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "visibilityTimeoutSeconds": "VisibilityTimeout", "kmsMasterKeyId": "KmsMasterKeyId",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds", "redrivePolicy": "RedrivePolicy",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled", "fifoQueue": "FifoQueue",
    "contentBasedDeduplication": "ContentBasedDeduplication",
}  # fmt: skip
_SUBSCRIPTION = ("filterPolicy", "filterPolicyScope", "rawMessageDelivery", "redrivePolicy", "deliveryPolicy",
                 "subscriptionRoleArn")  # fmt: skip


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]


def _attributes(names: dict[str, str]) -> Any:
    def attributes(here: Values) -> dict[str, str]:
        return {member: as_text(here[name]) for name, member in names.items() if here.get(name) is not None}

    return attributes


def _document(here: Values) -> str:
    policy = here["policy"]
    return policy if isinstance(policy, str) else json.dumps(policy)


_TOPIC_NAMES = {name: _capital(name) for name in _TOPIC}
_SET_TOPIC = Call(
    "set_topic_attributes",
    {"TopicArn": "{arn}", "AttributeName": lambda here: _capital(here["item"]),
     "AttributeValue": lambda here: as_text(here[here["item"]])},
    take=(), uses=_TOPIC, each=lambda here: [name for name in _TOPIC if here.get(name) is not None and name != "fifoTopic"],
)  # fmt: skip
_SET_QUEUE = Call("set_queue_attributes", {"QueueUrl": "{url}", "Attributes": _attributes(_QUEUE)}, take=(),
                  uses=tuple(_QUEUE))  # fmt: skip

KINDS = (
    Kind(
        "aws:sns/topic:Topic", "sns", "{arn}", names="name",
        create=(Call("create_topic", {"Name": "{name}", "Attributes": _attributes(_TOPIC_NAMES)},
                     uses=_TOPIC, out={"arn": "TopicArn"}),),
        looks=(Look("get_topic_attributes", {"TopicArn": "{arn}"}, "Attributes",
                    {"kmsMasterKeyId": "KmsMasterKeyId", "displayName": "DisplayName", "policy": "Policy"}),),
        update=(_SET_TOPIC,),
        delete=(Call("delete_topic", {"TopicArn": "{arn}"}, take=()),),
        outputs={"owner": "{account}"},
        tagging=Tagging("tag_resource", "untag_resource", {"ResourceArn": "{arn}"}),
        replaces=replaced_by("name namePrefix fifoTopic"),
    ),
    Kind(
        "aws:sns/topicPolicy:TopicPolicy", "sns", "{arn}", again=True,
        create=(Call("set_topic_attributes", {"TopicArn": "{arn}", "AttributeName": "Policy",
                                              "AttributeValue": _document}, take=(), uses=("policy",)),),
        looks=(Look("get_topic_attributes", {"TopicArn": "{arn}"}, "Attributes", {"policy": "Policy"}),),
        delete=(Call("set_topic_attributes", {"TopicArn": "{arn}", "AttributeName": "Policy", "AttributeValue": lambda here:
                     json.dumps({"Version": "2012-10-17", "Statement": [{
                         "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{here['account']}:root"},
                         "Action": "SNS:Publish", "Resource": here["arn"]}]})}, take=()),),
        outputs={"owner": "{account}"}, replaces=replaced_by("arn"),
    ),
    Kind(
        "aws:sns/topicSubscription:TopicSubscription", "sns", "{arn}",
        create=(Call("subscribe", {"TopicArn": "{topic}", "ReturnSubscriptionArn": True, "Attributes":
                                   _attributes({name: _capital(name) for name in _SUBSCRIPTION})},
                     uses=_SUBSCRIPTION, out={"arn": "SubscriptionArn"}),),
        looks=(Look("get_subscription_attributes", {"SubscriptionArn": "{arn}"}, "Attributes",
                    {"endpoint": "Endpoint", "protocol": "Protocol", "topic": "TopicArn"}),),
        delete=(Call("unsubscribe", {"SubscriptionArn": "{arn}"}, take=()),),
        options=frozenset({"confirmationTimeoutInMinutes", "endpointAutoConfirms"}),
        replaces=replaced_by("topic protocol endpoint"),
    ),
    Kind(
        "aws:sqs/queue:Queue", "sqs", "{url}", names="name",
        create=(Call("create_queue", {"QueueName": "{name}", "Attributes": _attributes(_QUEUE)}, take=(),
                     uses=(*_QUEUE, "name"), out={"url": "QueueUrl"}),),
        looks=(Look("get_queue_attributes", {"QueueUrl": "{url}", "AttributeNames": ["All"]}, "Attributes",
                    {name: _QUEUE[name] for name in ("kmsMasterKeyId", "policy", "sqsManagedSseEnabled",
                                                     "messageRetentionSeconds", "redrivePolicy")}),),
        update=(_SET_QUEUE,),
        delete=(Call("delete_queue", {"QueueUrl": "{url}"}, take=()),),
        outputs={"arn": "arn:aws:sqs:{region}:{account}:{name}"},
        tagging=Tagging("tag_queue", "untag_queue", {"QueueUrl": "{url}"}),
        replaces=replaced_by("name namePrefix fifoQueue"),
    ),
    Kind(
        "aws:sqs/queuePolicy:QueuePolicy", "sqs", "{queueUrl}", again=True,
        create=(Call("set_queue_attributes", {"QueueUrl": "{queueUrl}", "Attributes": lambda here:
                     {"Policy": _document(here)}}, take=(), uses=("policy",)),),
        looks=(Look("get_queue_attributes", {"QueueUrl": "{queueUrl}", "AttributeNames": ["All"]},
                    "Attributes.Policy && Attributes", {"policy": "Policy"}),),
        delete=(Call("set_queue_attributes", {"QueueUrl": "{queueUrl}", "Attributes": {"Policy": ""}}, take=()),),
        replaces=replaced_by("queueUrl"),
    ),
)  # fmt: skip
