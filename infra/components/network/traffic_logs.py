"""What went over the network, and which names were asked for: all of it, what was refused as well."""

from __future__ import annotations

import pulumi
from pulumi_aws import ec2, route53

from infra.components.access.deploying import service_boundary
from infra.components.access.roles import Role
from infra.components.access.trusts import service_trust
from infra.components.documents import document, statement
from infra.components.log_group import log_group
from infra.components.network.vended_logs import vended_logs
from infra.context import Component, Context

SERVICE = "vpc-flow-logs.amazonaws.com"
INTERVAL_S = 60  # AWS: 60 or 600; an intrusion is followed by the minute


class TrafficLogs(Component):
    """Flow log and resolver query log of one VPC, in groups of ours."""

    def __init__(
        self,
        name: str,
        context: Context,
        vpc_id: pulumi.Input[str],
        key_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("TrafficLogs", name, context, opts)
        self._logical = name
        self._flows(vpc_id, key_arn)
        self._questions(vpc_id, key_arn)
        self.register_outputs({})

    def _flows(self, vpc_id: pulumi.Input[str], key_arn: pulumi.Input[str]) -> None:
        context, place = self.context, self.context.place
        what = f"{self._logical}-flows"
        group = log_group(self, context, what, key_arn)
        role = Role(
            what,
            context,
            trust=service_trust(SERVICE, place, place.arn("ec2", "vpc-flow-log/*")),
            policy=flow_log_rights(context.names.log_group_arn(what, place), place.arn("logs", "log-group:*")),
            limit=service_boundary(context.layer),
            description="Flow logs write into their log group",
            opts=context.opts(self),
        )
        ec2.FlowLog(
            what,
            vpc_id=vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=INTERVAL_S,
            region=place.region,
            tags=context.tags(context.names.name(what)),
            opts=context.opts(self, guard=True, depends_on=[role]),
        )

    def _questions(self, vpc_id: pulumi.Input[str], key_arn: pulumi.Input[str]) -> None:
        context, region = self.context, self.context.place.region
        what = f"{self._logical}-names"
        group = log_group(self, context, what, key_arn)
        policy = vended_logs(self, context, what, [what])
        config = route53.ResolverQueryLogConfig(
            what,
            name=context.names.name(what),
            destination_arn=group.arn,
            region=region,
            tags=context.tags(context.names.name(what)),
            opts=context.opts(self, named=True, depends_on=[policy]),
        )
        route53.ResolverQueryLogConfigAssociation(
            what, resolver_query_log_config_id=config.id, resource_id=vpc_id, region=region, opts=context.opts(self)
        )


def flow_log_rights(group: str, every_group: str) -> str:
    """Args: group: ARN of the one that is written into. every_group: AWS: finding it takes no narrower resource."""
    return document(
        statement("Write", ("logs:CreateLogStream", "logs:PutLogEvents"), f"{group}:log-stream:*"),
        statement("Find", ("logs:DescribeLogGroups", "logs:DescribeLogStreams"), every_group),
    )
