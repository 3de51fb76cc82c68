"""One ACL for each tier, from the same table of flows; association and every rule are resources of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import ec2

from infra.components.network.subnets import Cell
from infra.context import Context
from infra.spec.flows import Flow, acl_rules
from infra.spec.network import NetworkSpec


def declare_acls(
    parent: pulumi.Resource,
    context: Context,
    name: str,
    vpc_id: pulumi.Input[str],
    spec: NetworkSpec,
    flows: Sequence[Flow],
    subnets: Mapping[Cell, ec2.Subnet],
) -> None:
    """A tier without flows gets an ACL without rules: nothing passes. Raises TooManyFlows."""
    region = context.place.region
    for tier in dict.fromkeys(cell.tier for cell in subnets):
        acl = ec2.NetworkAcl(
            f"{name}-{tier}",
            vpc_id=vpc_id,
            region=region,
            tags=context.tags(context.names.name(f"{name}-{tier}"), tier=tier.value),
            opts=context.opts(parent),
        )
        for rule in acl_rules(tier, flows, spec):
            ec2.NetworkAclRule(
                f"{name}-{tier}-{'out' if rule.egress else 'in'}-{rule.number}",
                network_acl_id=acl.id,
                rule_number=rule.number,
                egress=rule.egress,
                protocol=rule.protocol,
                rule_action="allow",
                cidr_block=rule.cidr,
                from_port=rule.from_port,
                to_port=rule.to_port,
                region=region,
                opts=context.opts(parent),
            )
        for cell, subnet in subnets.items():
            if cell.tier is tier:
                ec2.NetworkAclAssociation(
                    f"{name}-{cell.what}",
                    network_acl_id=acl.id,
                    subnet_id=subnet.id,
                    region=region,
                    opts=context.opts(parent),
                )
