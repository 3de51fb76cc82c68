"""VPC Block Public Access: in this account and region nothing speaks with the internet but the one VPC that is named."""

from __future__ import annotations

import pulumi
from pulumi_aws import ec2

from infra.context import Context


def block_public_access(
    parent: pulumi.Resource, context: Context, name: str, but: pulumi.Input[str] | None
) -> ec2.VpcBlockPublicAccessOptions:
    """Once for an account and region.

    AWS: the block also stops internet-facing load balancers, NAT and the network firewall, and an exclusion of the
    firewall's subnet alone does not help; so a production VPC is excluded as a whole.

    Args:
        but: the VPC that keeps its way, whose exclusion stands before the block does. A recovery VPC is never one: None.
    """
    region = context.place.region
    before: list[pulumi.Resource] = []
    if but is not None:
        before.append(
            ec2.VpcBlockPublicAccessExclusion(
                f"{name}-public",
                vpc_id=but,
                internet_gateway_exclusion_mode="allow-bidirectional",
                region=region,
                tags=context.tags(context.names.name(f"{name}-public")),
                opts=context.opts(parent),
            )
        )
    return ec2.VpcBlockPublicAccessOptions(
        f"{name}-block-public",
        internet_gateway_block_mode="block-bidirectional",
        region=region,
        opts=context.opts(parent, guard=True, depends_on=before),
    )
