"""Where alarms go: an encrypted topic, who may publish to it, and who is told."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws import sns

from infra.components.documents import deny, document, statement
from infra.context import Component, Context
from infra.naming import Place
from infra.spec.key_table import EVENTS
from infra.spec.settings import DataClass

ALARMS, VAULTS = "cloudwatch.amazonaws.com", "backup.amazonaws.com"


class Notices(Component):
    """One topic for each layer and region, so that a lab with every layer in one account has no clash.

    Args:
        key_arn: of a key whose policy admits `key_table.PUBLISHERS` (`kms:GenerateDataKey*`, `kms:Decrypt`).
        emails: each must confirm by a link that AWS sends; until then nothing reaches it.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        key_arn: pulumi.Input[str],
        emails: Sequence[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("Notices", name, context, opts)
        place = context.place
        what = topic_name(context)
        self.arn: str = context.names.topic_arn(what, place)
        self.topic = sns.Topic(
            name,
            name=context.names.name(what),
            kms_master_key_id=key_arn,
            region=place.region,
            tags=context.tags(context.names.name(what), data_class=DataClass.INTERNAL),
            opts=context.opts(self, named=True),
        )
        self.policy = sns.TopicPolicy(
            f"{name}-policy",
            arn=self.arn,
            policy=topic_policy(self.arn, place),
            region=place.region,
            opts=context.opts(self, guard=True, depends_on=[self.topic]),
        )
        for email in emails:
            sns.TopicSubscription(
                f"{name}-{email}",
                topic=self.arn,
                protocol="email",
                endpoint=email,
                region=place.region,
                opts=context.opts(self, depends_on=[self.policy]),
            )
        self.register_outputs({"arn": self.arn})


def topic_name(context: Context) -> str:
    """What the topic of a layer is called, for `Names.topic_arn`."""
    return f"notices-{context.layer.value}"


def topic_policy(arn: str, place: Place) -> str:
    """Services publish on this account's behalf only, and nobody without TLS.

    Each is held to what AWS documents that it sends. CloudWatch: account and alarm (SNS, "Example cases for access
    control"). AWS Backup: account and vault ("Cross-service confused deputy prevention"). EventBridge: nothing at all
    ("You can't use Condition blocks in Amazon SNS topic policies for EventBridge"), so a condition that it must meet would
    lose every event; `IfExists` binds it from the day that it sends one. What is left: a rule of somebody else's could send
    us a false alarm. It could read nothing. RDS is heard by EventBridge; AWS Config takes no encrypted topic; there are no
    budgets here.
    """

    def account(operator: str = "StringEquals") -> dict[str, dict[str, str]]:
        return {operator: {"aws:SourceAccount": place.account}}

    return document(
        statement(
            "AlarmsOfThisAccount", "sns:Publish", arn, principals={"Service": ALARMS},
            conditions={**account(), "ArnLike": {"aws:SourceArn": place.arn("cloudwatch", "alarm:*")}},
        ),
        statement(
            "VaultsOfThisAccount", "sns:Publish", arn, principals={"Service": VAULTS},
            conditions={**account(), "ArnLike": {"aws:SourceArn": place.arn("backup", "backup-vault:*")}},
        ),
        statement(
            "Events", "sns:Publish", arn, principals={"Service": EVENTS}, conditions=account("StringEqualsIfExists"),
        ),
        deny(
            "TlsOnly", "sns:Publish", arn,
            principals="*", conditions={"Bool": {"aws:SecureTransport": "false"}},
        ),
    )  # fmt: skip
