"""The network firewall: TLS to the allowed names gets through, everything else that is established is dropped.

Strict order with `drop_established`: a connection may be opened, since the name comes only inside of it, and ends when
no rule has passed it by then. What asks without a name, in another protocol or with a name that is not allowed, ends so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import ec2, networkfirewall
from pulumi_aws.networkfirewall import outputs

from infra.components.log_group import log_group
from infra.components.network.vended_logs import vended_logs
from infra.context import Component, Context

# AWS: a domain list takes one unit for each name and protocol. A capacity cannot be changed: so there is room.
CAPACITY = 1000
DROPPED = ("aws:drop_established", "aws:alert_established")
TO_STATEFUL = ("aws:forward_to_sfe",)


class NoEndpoint(LookupError):
    """AWS made the firewall, and tells no endpoint for one of its subnets."""


class NetworkFirewall(Component):
    """A firewall with an endpoint in each zone's firewall subnet.

    Args:
        subnets: zone -> its firewall subnet.
        targets: names that TLS may ask for, `.example.com` for all below; empty: none.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        vpc_id: pulumi.Input[str],
        subnets: Mapping[str, ec2.Subnet],
        targets: Sequence[str],
        key_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("NetworkFirewall", name, context, opts)
        self._logical, self._name = name, context.names.name(name)
        guarded = not context.disposable
        self.firewall = networkfirewall.Firewall(
            name,
            name=self._name,
            firewall_policy_arn=self._policy(targets),
            vpc_id=vpc_id,
            subnet_mappings=[networkfirewall.FirewallSubnetMappingArgs(subnet_id=one.id) for one in subnets.values()],
            delete_protection=guarded,
            subnet_change_protection=guarded,
            region=context.place.region,
            tags=context.tags(self._name),
            opts=context.opts(self, guard=True, named=True),
        )
        self._logging(key_arn)
        by_subnet = self.firewall.firewall_statuses.apply(endpoints_by_subnet)
        self.endpoints: dict[str, pulumi.Output[str]] = {
            zone: pulumi.Output.all(by_subnet, subnet.id).apply(lambda told: endpoint_in(told[0], told[1]))
            for zone, subnet in subnets.items()
        }
        self.register_outputs({"arn": self.firewall.arn})

    def _policy(self, targets: Sequence[str]) -> pulumi.Output[str]:
        references = []
        if targets:
            references.append(
                networkfirewall.FirewallPolicyFirewallPolicyStatefulRuleGroupReferenceArgs(
                    resource_arn=self._allowed(targets), priority=100
                )
            )
        policy = networkfirewall.FirewallPolicy(
            f"{self._logical}-policy",
            name=self._name,
            firewall_policy=networkfirewall.FirewallPolicyFirewallPolicyArgs(
                stateless_default_actions=TO_STATEFUL,
                stateless_fragment_default_actions=TO_STATEFUL,
                stateful_default_actions=DROPPED,
                stateful_engine_options=networkfirewall.FirewallPolicyFirewallPolicyStatefulEngineOptionsArgs(
                    rule_order="STRICT_ORDER",
                    stream_exception_policy="DROP",  # a connection whose beginning the firewall did not see
                ),
                stateful_rule_group_references=references,
            ),
            region=self.context.place.region,
            tags=self.context.tags(self._name),
            opts=self.context.opts(self, named=True),
        )
        return policy.arn

    def _allowed(self, targets: Sequence[str]) -> pulumi.Output[str]:
        group = networkfirewall.RuleGroup(
            f"{self._logical}-allowed",
            name=f"{self._name}-allowed",
            type="STATEFUL",
            capacity=CAPACITY,
            rule_group=networkfirewall.RuleGroupRuleGroupArgs(
                rules_source=networkfirewall.RuleGroupRuleGroupRulesSourceArgs(
                    rules_source_list=networkfirewall.RuleGroupRuleGroupRulesSourceRulesSourceListArgs(
                        generated_rules_type="ALLOWLIST",
                        target_types=["TLS_SNI"],  # no HTTP: nothing leaves without TLS
                        targets=list(targets),
                    )
                ),
                stateful_rule_options=networkfirewall.RuleGroupRuleGroupStatefulRuleOptionsArgs(
                    rule_order="STRICT_ORDER"
                ),
            ),
            region=self.context.place.region,
            tags=self.context.tags(f"{self._name}-allowed"),
            opts=self.context.opts(self, named=True),
        )
        return group.arn

    def _logging(self, key_arn: pulumi.Input[str]) -> None:
        context = self.context
        kinds = {"ALERT": f"{self._logical}-alerts", "FLOW": f"{self._logical}-connections"}
        groups = {kind: log_group(self, context, what, key_arn) for kind, what in kinds.items()}
        policy = vended_logs(self, context, self._logical, tuple(kinds.values()))
        networkfirewall.LoggingConfiguration(
            f"{self._logical}-logging",
            firewall_arn=self.firewall.arn,
            logging_configuration=networkfirewall.LoggingConfigurationLoggingConfigurationArgs(
                log_destination_configs=[
                    networkfirewall.LoggingConfigurationLoggingConfigurationLogDestinationConfigArgs(
                        log_destination={"logGroup": context.names.log_group(what)},
                        log_destination_type="CloudWatchLogs",
                        log_type=kind,
                    )
                    for kind, what in kinds.items()
                ]
            ),
            region=context.place.region,
            opts=context.opts(self, depends_on=[policy, *groups.values()]),
        )


def endpoints_by_subnet(statuses: Sequence[outputs.FirewallFirewallStatus] | None) -> dict[str, str]:
    """Subnet -> endpoint, as far as AWS tells. `Output.all` would make plain dicts of these types: so it comes first."""
    return {
        attachment.subnet_id: attachment.endpoint_id
        for status in statuses or ()
        for state in status.sync_states or ()
        for attachment in state.attachments or ()
        if attachment.subnet_id and attachment.endpoint_id
    }


def endpoint_in(by_subnet: Mapping[str, str], subnet_id: str) -> str:
    """The firewall's endpoint in a subnet. Raises NoEndpoint."""
    if subnet_id not in by_subnet:
        raise NoEndpoint(f"the firewall has no endpoint in {subnet_id} yet: run `pulumi refresh`, then `up` again")
    return by_subnet[subnet_id]
