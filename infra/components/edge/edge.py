"""The public entrance: a load balancer that speaks TLS 1.2 and newer, its web firewall, its logs, and security.txt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
from pulumi_aws import lb, wafv2

from infra.components.bucket import Bucket
from infra.components.edge.access_logs import CONNECTIONS, REQUESTS, declare_access_logs
from infra.components.edge.certificate import Domain
from infra.components.edge.web_firewall import WebFirewall
from infra.context import Component, Context
from infra.spec.edge import BALANCER, TARGETS, EdgeSpec, security_txt
from infra.spec.network import Tier

TLS_POLICY: Final = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"  # AWS: TLS 1.3 and 1.2 with forward secrecy alone
HSTS: Final = "max-age=63072000; includeSubDomains"  # two years
SECURITY_TXT_PATHS: Final = ("/.well-known/security.txt", "/security.txt")  # RFC 9116 3: the second for old readers
FIXED_TEXT_MAX: Final = 1024  # AWS: a fixed response's body


class Edge(Component):
    """What the internet reaches. It knows a target group and no application: whoever deploys one registers with it.

    Args:
        subnets, group_id: of the ingress tier.
        key_arn: of the key for logs.

    Raises: BadName.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        spec: EdgeSpec,
        *,
        vpc_id: pulumi.Input[str],
        subnets: Sequence[pulumi.Input[str]],
        group_id: pulumi.Input[str],
        key_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("Edge", name, context, opts)
        self._logical, self.spec = name, spec
        child = context.opts(self)
        self.domain = Domain("domain", context, spec, child)
        self.log_bucket = declare_access_logs(context, child)
        self.target_group = self._targets(vpc_id)
        self.balancer = self._balancer(subnets, group_id, self.log_bucket)
        self.firewall = WebFirewall(name, context, spec, self.balancer.arn, key_arn, child)
        self._listen(self.firewall.association)
        self.domain.leads_to(self.balancer)
        self.register_outputs({"targetGroupArn": self.target_group.arn})

    def _targets(self, vpc_id: pulumi.Input[str]) -> lb.TargetGroup:
        called = self.context.names.balancer(TARGETS)
        return lb.TargetGroup(
            f"{self._logical}-application",
            name=called,
            vpc_id=vpc_id,
            target_type="ip",
            port=self.spec.application_port,
            protocol="HTTPS",
            deregistration_delay=30,
            health_check=lb.TargetGroupHealthCheckArgs(
                protocol="HTTPS", path=self.spec.health_path, matcher="200", interval=15, timeout=5,
                healthy_threshold=2, unhealthy_threshold=3,
            ),
            region=self.context.place.region,
            tags=self.context.tags(called, tier=Tier.APPLICATION.value),
            opts=self.context.opts(self, named=True),
        )  # fmt: skip

    def _balancer(
        self, subnets: Sequence[pulumi.Input[str]], group_id: pulumi.Input[str], logs: Bucket
    ) -> lb.LoadBalancer:
        called = self.context.names.balancer(BALANCER)
        return lb.LoadBalancer(
            self._logical,
            name=called,
            load_balancer_type="application",
            internal=False,
            subnets=list(subnets),
            security_groups=[group_id],
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            enable_waf_fail_open=False,  # without the web firewall nobody comes in
            enable_deletion_protection=not self.context.disposable,
            access_logs=lb.LoadBalancerAccessLogsArgs(bucket=logs.name, prefix=REQUESTS, enabled=True),
            connection_logs=lb.LoadBalancerConnectionLogsArgs(bucket=logs.name, prefix=CONNECTIONS, enabled=True),
            region=self.context.place.region,
            tags=self.context.tags(called, tier=Tier.INGRESS.value),
            # AWS tries to write when logs are switched on
            opts=self.context.opts(self, guard=True, named=True, depends_on=logs.ready()),
        )

    def _listen(self, guard: wafv2.WebAclAssociation) -> None:
        """Args: guard: what puts the web firewall before the load balancer: nobody comes in by a door that is not yet
        watched, and on the way down the doors close before it goes.
        """
        context, region = self.context, self.context.place.region
        opts = context.opts(self, depends_on=[guard])
        lb.Listener(
            f"{self._logical}-http",
            load_balancer_arn=self.balancer.arn,
            port=80,
            protocol="HTTP",
            default_actions=[
                lb.ListenerDefaultActionArgs(
                    type="redirect",
                    redirect=lb.ListenerDefaultActionRedirectArgs(protocol="HTTPS", port="443", status_code="HTTP_301"),
                )
            ],
            region=region,
            tags=context.tags(),
            opts=opts,
        )
        https = lb.Listener(
            f"{self._logical}-https",
            load_balancer_arn=self.balancer.arn,
            port=443,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=self.domain.certificate_arn,
            routing_http_response_server_enabled=False,
            routing_http_response_strict_transport_security_header_value=HSTS,
            routing_http_response_x_content_type_options_header_value="nosniff",
            default_actions=[lb.ListenerDefaultActionArgs(type="forward", target_group_arn=self.target_group.arn)],
            region=region,
            tags=context.tags(),
            opts=opts,
        )
        text = security_txt(self.spec, context.settings.security_contact)
        assert len(text) <= FIXED_TEXT_MAX, "the spec's limits keep it below"
        lb.ListenerRule(
            f"{self._logical}-security-txt",
            listener_arn=https.arn,
            priority=1,
            conditions=[
                lb.ListenerRuleConditionArgs(
                    path_pattern=lb.ListenerRuleConditionPathPatternArgs(values=list(SECURITY_TXT_PATHS))
                )
            ],
            actions=[
                lb.ListenerRuleActionArgs(
                    type="fixed-response",
                    fixed_response=lb.ListenerRuleActionFixedResponseArgs(
                        content_type="text/plain", message_body=text, status_code="200"
                    ),
                )
            ],
            region=region,
            tags=context.tags(),
            opts=context.opts(self),
        )
