"""A VPC in which nothing holds that AWS gives by default: the default group, ACL and route table are taken and emptied."""

from __future__ import annotations

import pulumi
from pulumi_aws import ec2

from infra.context import Component, Context
from infra.spec.network import NetworkSpec

TIME_SERVER = "169.254.169.123"  # AWS: Time Sync, on the link: needs no way out, and recovery points need right clocks


class Vpc(Component):
    """The VPC itself, with DNS and clock. Whatever forgets to name a group, an ACL or a route table gets an empty one."""

    def __init__(
        self, name: str, context: Context, spec: NetworkSpec, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("Vpc", name, context, opts)
        region = context.place.region
        self.name = context.names.name(name)
        self.vpc = ec2.Vpc(
            name,
            cidr_block=spec.cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,  # private names of endpoints need it
            region=region,
            tags=context.tags(self.name),
            opts=context.opts(self),
        )
        self.id: pulumi.Output[str] = self.vpc.id
        self._empty_defaults(name)
        options = ec2.VpcDhcpOptions(
            f"{name}-dhcp",
            domain_name="ec2.internal" if region == "us-east-1" else f"{region}.compute.internal",
            domain_name_servers=["AmazonProvidedDNS"],
            ntp_servers=[TIME_SERVER],
            region=region,
            tags=context.tags(self.name),
            opts=context.opts(self),
        )
        ec2.VpcDhcpOptionsAssociation(
            f"{name}-dhcp", vpc_id=self.id, dhcp_options_id=options.id, region=region, opts=context.opts(self)
        )
        self.register_outputs({"id": self.id})

    def _empty_defaults(self, name: str) -> None:
        context, region = self.context, self.context.place.region
        tags = context.tags(f"{self.name}-default-unused")
        ec2.DefaultSecurityGroup(f"{name}-default", vpc_id=self.id, region=region, tags=tags, opts=context.opts(self))
        # A subnet falls back to the default ACL when its own is taken away; that is no difference of this program.
        ec2.DefaultNetworkAcl(
            f"{name}-default",
            default_network_acl_id=self.vpc.default_network_acl_id,
            region=region,
            tags=tags,
            opts=context.opts(self, ignore_changes=["subnetIds"]),
        )
        ec2.DefaultRouteTable(
            f"{name}-default",
            default_route_table_id=self.vpc.default_route_table_id,
            routes=[],
            region=region,
            tags=tags,
            opts=context.opts(self),
        )
