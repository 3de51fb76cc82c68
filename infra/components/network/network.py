"""The production network, put together: VPC, tiers, flows, the way out, endpoints, logs."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws import ec2

from infra.components.network.acls import declare_acls
from infra.components.network.dns_firewall import DnsFirewall
from infra.components.network.endpoints import declare_gateways, declare_interfaces
from infra.components.network.firewall import NetworkFirewall
from infra.components.network.groups import declare_groups
from infra.components.network.public_access import block_public_access
from infra.components.network.routes import RouteTables
from infra.components.network.subnets import Cell, cells, declare_subnet
from infra.components.network.traffic_logs import TrafficLogs
from infra.components.network.vpc import Vpc
from infra.context import Component, Context
from infra.spec.flows import Flow
from infra.spec.network import Half, NetworkSpec, Tier


class Network(Component):
    """The segmented network of the layer `primary`.

    Args:
        flows: who may speak to whom; everything else is closed (`infra.spec.flows`).
        key_arn: of the key for logs; its policy admits the region's log service.

    Raises: TooManyFlows.
    """

    def __init__(
        self,
        name: str,
        context: Context,
        spec: NetworkSpec,
        flows: Sequence[Flow],
        *,
        key_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("Network", name, context, opts)
        self._logical, self.spec = name, spec
        self.egress = context.settings.egress
        self.switches = self.egress.switches(prod=context.settings.is_prod)
        self.nat_zones = tuple(spec.zones) if self.switches.nat_per_zone else (spec.zones[0],)
        child = context.opts(self)
        self.vpc = Vpc(name, context, spec, child)
        self.vpc_id: pulumi.Output[str] = self.vpc.id
        self.subnets = {
            cell: declare_subnet(self, context, name, self.vpc_id, spec, cell)
            for cell in cells(spec, firewall=self.switches.network_firewall)
        }
        self.tables = RouteTables(self, context, name, self.vpc_id, spec, self.subnets)
        self.gateway_endpoints = declare_gateways(
            self, context, name, self.vpc_id, self.tables.of(Tier.APPLICATION, Tier.MANAGEMENT)
        )
        prefix_lists = {service: one.prefix_list_id for service, one in self.gateway_endpoints.items()}
        self.groups = declare_groups(self, context, name, self.vpc_id, flows, prefix_lists)
        declare_acls(self, context, name, self.vpc_id, spec, flows, self.subnets)
        self._way_out(key_arn)
        if self.switches.interface_endpoints:
            self.interface_endpoints = declare_interfaces(
                self, context, name, self.vpc_id, self.egress.services, self.subnet_ids(Tier.MANAGEMENT),
                self.group_id(Tier.MANAGEMENT),
            )  # fmt: skip
        if self.switches.dns_firewall:
            DnsFirewall("dns-firewall", context, self.vpc_id, self.egress.names(context.place.region), child)
        if self.egress.block_public_access:
            block_public_access(self, context, name, self.vpc_id)
        TrafficLogs(f"{name}-traffic", context, self.vpc_id, key_arn, child)
        self.register_outputs({"vpcId": self.vpc_id})

    def subnet_ids(self, tier: Tier) -> list[pulumi.Output[str]]:
        """In the order of the zones; of the inspection tier both halves."""
        return [subnet.id for cell, subnet in self.subnets.items() if cell.tier is tier]

    def group_id(self, tier: Tier) -> pulumi.Output[str]:
        """Raises KeyError for a tier that no flow names."""
        return self.groups[tier].id

    @property
    def route_table_ids(self) -> dict[str, pulumi.Output[str]]:
        """By what they serve: `ingress`, `data`, `application-a` …"""
        return self.tables.ids

    def _way_out(self, key_arn: pulumi.Input[str]) -> None:
        context, name = self.context, self._logical
        region = context.place.region
        gateway = ec2.InternetGateway(
            name,
            vpc_id=self.vpc_id,
            region=region,
            tags=context.tags(context.names.name(name)),
            opts=context.opts(self),
        )
        self.tables.to_internet(gateway.id)
        gateways = {zone: self._nat(zone, gateway) for zone in self.nat_zones}
        if not self.switches.network_firewall:
            self.tables.to_nat(gateways, None)
            return
        subnets = {zone: self.subnets[Cell(Tier.INSPECTION, zone, Half.FIREWALL)] for zone in self.spec.zones}
        targets = self.egress.tls_targets(region, prod=context.settings.is_prod)
        firewall = NetworkFirewall("firewall", context, self.vpc_id, subnets, targets, key_arn, context.opts(self))
        self.tables.to_nat(gateways, Half.FIREWALL)
        self.tables.to_firewall(firewall.endpoints, self.nat_zones)

    def _nat(self, zone: str, gateway: ec2.InternetGateway) -> ec2.NatGateway:
        context, region = self.context, self.context.place.region
        logical = f"{self._logical}-nat-{zone}"
        tags = context.tags(context.names.name(logical), tier=Tier.INSPECTION.value)
        address = ec2.Eip(
            logical, domain="vpc", region=region, tags=tags, opts=context.opts(self, depends_on=[gateway])
        )
        return ec2.NatGateway(
            logical,
            subnet_id=self.subnets[Cell(Tier.INSPECTION, zone, Half.NAT)].id,
            allocation_id=address.id,
            connectivity_type="public",
            region=region,
            tags=tags,
            opts=context.opts(self, depends_on=[gateway]),
        )
