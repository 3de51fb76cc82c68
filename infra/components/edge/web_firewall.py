"""The web firewall: a limit for who asks too often, rule groups that AWS keeps, and a log of what was asked."""

from __future__ import annotations

from collections.abc import Iterator

import pulumi
from pulumi_aws import cloudwatch, wafv2

from infra.components.log_group import DAYS_DEFAULT
from infra.components.network.vended_logs import vended_logs
from infra.context import Component, Context
from infra.spec.edge import EdgeSpec
from infra.spec.settings import DataClass

TOO_MANY = 429
WINDOW_S = 300
SECRET_HEADERS = ("authorization", "cookie")  # a log of sessions would be one more place to steal them from


class WebFirewall(Component):
    """Before one load balancer.

    Args:
        key_arn: of the key for logs; its policy admits the log group of this name (`Names.web_firewall_log_group`).
    """

    def __init__(
        self,
        name: str,
        context: Context,
        spec: EdgeSpec,
        balancer_arn: pulumi.Input[str],
        key_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("WebFirewall", name, context, opts)
        self._logical = name
        region = context.place.region
        self.acl = wafv2.WebAcl(
            name,
            name=context.names.name(name),
            scope="REGIONAL",
            default_action=wafv2.WebAclDefaultActionArgs(allow=wafv2.WebAclDefaultActionAllowArgs()),
            rules=list(rules(spec)),
            visibility_config=wafv2.WebAclVisibilityConfigArgs(
                cloudwatch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
            ),
            region=region,
            tags=context.tags(context.names.name(name)),
            opts=context.opts(self, named=True),
        )
        self.association = wafv2.WebAclAssociation(
            name, resource_arn=balancer_arn, web_acl_arn=self.acl.arn, region=region, opts=context.opts(self)
        )
        self._logging(key_arn)
        self.register_outputs({"arn": self.acl.arn})

    def _logging(self, key_arn: pulumi.Input[str]) -> None:
        context, place, name = self.context, self.context.place, self._logical
        called = context.names.web_firewall_log_group(name)
        group = cloudwatch.LogGroup(
            f"{name}-logs",
            name=called,
            kms_key_id=key_arn,
            retention_in_days=DAYS_DEFAULT,
            region=place.region,
            tags=context.tags(called, data_class=DataClass.INTERNAL),
            opts=context.opts(self, stateful=True, named=True),
        )
        arn = context.names.web_firewall_log_group_arn(name, place)
        policy = vended_logs(self, context, name, [], arns=[arn])
        wafv2.WebAclLoggingConfiguration(
            f"{name}-logging",
            resource_arn=self.acl.arn,
            log_destination_configs=[group.arn],
            redacted_fields=[
                wafv2.WebAclLoggingConfigurationRedactedFieldArgs(
                    single_header=wafv2.WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs(name=one)
                )
                for one in SECRET_HEADERS
            ],
            region=place.region,
            opts=context.opts(self, guard=True, depends_on=[policy]),
        )


def rules(spec: EdgeSpec) -> Iterator[wafv2.WebAclRuleArgs]:
    """The limit first: who is refused by it costs nothing more."""
    yield wafv2.WebAclRuleArgs(
        name="rate",
        priority=0,
        statement=wafv2.WebAclRuleStatementArgs(
            rate_based_statement=wafv2.WebAclRuleStatementRateBasedStatementArgs(
                limit=spec.requests_per_five_minutes, aggregate_key_type="IP", evaluation_window_sec=WINDOW_S
            )
        ),
        action=wafv2.WebAclRuleActionArgs(
            block=wafv2.WebAclRuleActionBlockArgs(
                custom_response=wafv2.WebAclRuleActionBlockCustomResponseArgs(response_code=TOO_MANY)
            )
        ),
        visibility_config=_seen("rate"),
    )
    refuse = wafv2.WebAclRuleOverrideActionNoneArgs()  # type: ignore[no-untyped-call] # it takes nothing, says the SDK
    for place, group in enumerate(spec.managed_groups, start=1):
        yield wafv2.WebAclRuleArgs(
            name=group,
            priority=place,
            statement=wafv2.WebAclRuleStatementArgs(
                managed_rule_group_statement=wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs(
                    vendor_name="AWS", name=group
                )
            ),
            override_action=wafv2.WebAclRuleOverrideActionArgs(none=refuse),
            visibility_config=_seen(group),
        )


def _seen(metric: str) -> wafv2.WebAclRuleVisibilityConfigArgs:
    return wafv2.WebAclRuleVisibilityConfigArgs(
        cloudwatch_metrics_enabled=True, metric_name=metric, sampled_requests_enabled=True
    )
