"""One security group for each tier, with the rules that the table of flows asks for, each a resource of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import ec2, vpc

from infra.context import Context
from infra.spec.flows import ANYWHERE, GATEWAYS, INTERNET, Flow, GroupRule, group_rules
from infra.spec.network import Tier


def declare_groups(
    parent: pulumi.Resource,
    context: Context,
    name: str,
    vpc_id: pulumi.Input[str],
    flows: Sequence[Flow],
    prefix_lists: Mapping[str, pulumi.Input[str]],
) -> dict[Tier, ec2.SecurityGroup]:
    """The groups of every tier that a flow begins or ends in. What no flow names lets nothing in and nothing out.

    Args:
        prefix_lists: of the gateway endpoints, by a short name.
    """
    rules = list(dict.fromkeys(group_rules(flows)))
    groups = {
        tier: _group(parent, context, name, vpc_id, tier) for tier in Tier if any(rule.tier is tier for rule in rules)
    }
    for rule in rules:
        _declare_rule(parent, context, name, rule, groups, prefix_lists)
    return groups


def _group(
    parent: pulumi.Resource, context: Context, name: str, vpc_id: pulumi.Input[str], tier: Tier
) -> ec2.SecurityGroup:
    named = context.names.name(f"{name}-{tier}")
    return ec2.SecurityGroup(
        f"{name}-{tier}",
        name=named,
        description=f"The {tier} tier",  # a change would replace the group
        vpc_id=vpc_id,
        region=context.place.region,
        tags=context.tags(named, tier=tier.value),
        opts=context.opts(parent, named=True),
    )


def _declare_rule(
    parent: pulumi.Resource,
    context: Context,
    name: str,
    rule: GroupRule,
    groups: Mapping[Tier, ec2.SecurityGroup],
    prefix_lists: Mapping[str, pulumi.Input[str]],
) -> None:
    way = "out" if rule.egress else "in"
    logical = f"{name}-{rule.tier}-{way}-{rule.peer}-{rule.protocol}-{rule.port}"
    kind = vpc.SecurityGroupEgressRule if rule.egress else vpc.SecurityGroupIngressRule

    def one(logical: str, **peer: pulumi.Input[str]) -> None:
        kind(
            logical,
            security_group_id=groups[rule.tier].id,
            ip_protocol=rule.protocol,
            from_port=rule.port,
            to_port=rule.port,
            description=rule.why,
            region=context.place.region,
            tags=context.tags(tier=rule.tier.value),
            opts=context.opts(parent),
            **peer,
        )

    if rule.peer == GATEWAYS:
        for short, prefix_list in prefix_lists.items():
            one(f"{logical}-{short}", prefix_list_id=prefix_list)
    elif rule.peer == INTERNET:
        one(logical, cidr_ipv4=ANYWHERE)
    else:
        one(logical, referenced_security_group_id=groups[Tier(rule.peer)].id)
