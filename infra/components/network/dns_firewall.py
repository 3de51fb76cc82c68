"""The DNS firewall: names that are allowed are resolved, all others do not exist; when it fails, nothing is resolved.

A VPC without any gateway still resolves public names, and a question is a way out: `SECRET.attacker.example` needs no
route. So a recovery environment needs this more than any other.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws import route53

from infra.context import Component, Context

ALLOW_PRIORITY, BLOCK_PRIORITY = 100, 900
GROUP_PRIORITY = 200  # AWS: of ours among a VPC's rule groups, 101 to 9000


class DnsFirewall(Component):
    """Of one VPC.

    Args:
        domains: what is resolved; `*.example.com` for all names below.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        vpc_id: pulumi.Input[str],
        domains: Sequence[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("DnsFirewall", name, context, opts)
        self._logical = name
        region = context.place.region
        group = route53.ResolverFirewallRuleGroup(
            name,
            name=context.names.name(name),
            region=region,
            tags=context.tags(context.names.name(name)),
            opts=context.opts(self, named=True),
        )
        rules = [
            # The name behind an allowed one (a CNAME) is what its owner says it is.
            self._rule(
                "allowed", domains, group, ALLOW_PRIORITY, action="ALLOW",
                firewall_domain_redirection_action="TRUST_REDIRECTION_DOMAIN",
            ),
            self._rule("others", ["*"], group, BLOCK_PRIORITY, action="BLOCK", block_response="NXDOMAIN"),
        ]  # fmt: skip
        # First closed in failure, then joined: a VPC is never without one of the two rules.
        closed = route53.ResolverFirewallConfig(
            f"{name}-closed", resource_id=vpc_id, firewall_fail_open="DISABLED", region=region, opts=context.opts(self)
        )
        self.association = route53.ResolverFirewallRuleGroupAssociation(
            name,
            name=context.names.name(name),
            firewall_rule_group_id=group.id,
            vpc_id=vpc_id,
            priority=GROUP_PRIORITY,
            mutation_protection="DISABLED" if context.disposable else "ENABLED",
            region=region,
            tags=context.tags(context.names.name(name)),
            opts=context.opts(self, guard=True, depends_on=[*rules, closed]),
        )
        self.register_outputs({"ruleGroupId": group.id})

    def _rule(
        self,
        what: str,
        domains: Sequence[str],
        group: route53.ResolverFirewallRuleGroup,
        priority: int,
        *,
        action: str,
        block_response: str | None = None,
        firewall_domain_redirection_action: str | None = None,
    ) -> route53.ResolverFirewallRule:
        context, region = self.context, self.context.place.region
        logical, name = f"{self._logical}-{what}", context.names.name(f"{self._logical}-{what}")
        names = route53.ResolverFirewallDomainList(
            logical,
            name=name,
            domains=list(domains),
            region=region,
            tags=context.tags(name),
            opts=context.opts(self, named=True),
        )
        return route53.ResolverFirewallRule(
            logical,
            name=name,
            firewall_rule_group_id=group.id,
            firewall_domain_list_id=names.id,
            priority=priority,
            action=action,
            block_response=block_response,
            firewall_domain_redirection_action=firewall_domain_redirection_action,
            region=region,
            opts=context.opts(self, named=True),
        )
