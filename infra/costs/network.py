"""What the network's switches cost a month."""

from __future__ import annotations

from typing import Final

from infra.costs.model import Cost, hourly
from infra.spec.settings import Layer, Settings

PRIMARY: Final = (Layer.PRIMARY,)


def _zones(settings: Settings, layer: Layer) -> float:
    return len(settings.network.zones)


def _firewalls(settings: Settings, layer: Layer) -> float:
    on = settings.egress.switches(prod=settings.is_prod).network_firewall
    return _zones(settings, layer) if on else 0


def _gateways(settings: Settings, layer: Layer) -> float:
    return _zones(settings, layer) if settings.egress.switches(prod=settings.is_prod).nat_per_zone else 1


def _gateways_paid(settings: Settings, layer: Layer) -> float:
    """AWS: one NAT gateway is free of its hours for each firewall endpoint in front of it."""
    return max(0.0, _gateways(settings, layer) - _firewalls(settings, layer))


def _endpoints(settings: Settings, layer: Layer) -> float:
    on = settings.egress.switches(prod=settings.is_prod).interface_endpoints
    return len(settings.egress.services) * _zones(settings, layer) if on else 0


def _dns(settings: Settings, layer: Layer) -> float:
    on = settings.egress.switches(prod=settings.is_prod).dns_firewall
    return len(settings.egress.names(settings.regions.primary)) + 1 if on else 0


COSTS: list[Cost] = [
    Cost(
        switch="egress.networkFirewall",
        type="aws:networkfirewall/firewall:Firewall",
        monthly_usd=hourly(0.395),
        unit="endpoint in a zone",
        buys="a way out to allowed names alone, and a record of what tried others",
        fallback="off: the application reaches every address on port 443; the DNS firewall is what is left",
        layers=PRIMARY,
        count=_firewalls,
        beside="0.065 a GB inspected",
    ),
    Cost(
        switch="egress.natPerZone",
        type="aws:ec2/natGateway:NatGateway",
        monthly_usd=hourly(0.052),
        unit="NAT gateway without a firewall's endpoint before it",
        buys="a way out that survives the loss of a zone",
        fallback="one for all zones: its zone's loss takes the way out from everybody",
        layers=PRIMARY,
        count=_gateways_paid,
        beside="0.052 a GB (none where the firewall inspected it), and 0.01 a GB between zones",
    ),
    Cost(
        switch="egress.natPerZone",
        type="aws:ec2/eip:Eip",
        monthly_usd=hourly(0.005),
        unit="public address of a NAT gateway",
        buys="a fixed address that others can let in",
        fallback="one for all zones",
        layers=PRIMARY,
        count=_gateways,
    ),
    Cost(
        switch="egress.interfaceEndpoints",
        type="aws:ec2/vpcEndpoint:VpcEndpoint",
        monthly_usd=hourly(0.012),
        unit="endpoint in a zone",
        buys="AWS's services without a way out, for our principals and our resources alone",
        fallback="off: these services' names are let through the firewall, and the management tier has S3 and DynamoDB alone",
        layers=PRIMARY,
        count=_endpoints,
        beside="0.01 a GB",
    ),
    Cost(
        switch="egress.dnsFirewall",
        type="aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList",
        monthly_usd=0.0005,
        unit="name in a list",
        buys="that no data leaves inside of questions for names",
        fallback="off saves next to nothing",
        layers=PRIMARY,
        count=_dns,
        beside="0.60 a million questions",
    ),
    Cost(
        switch="",
        type="aws:ec2/flowLog:FlowLog",
        monthly_usd=0.0,
        unit="VPC",
        buys="a record of every connection and every name asked for",
        fallback="none: without it nobody can say after an intrusion what was reached",
        layers=PRIMARY,
        beside="0.63 a GB written (flows, names, firewall), 0.0324 a GB kept a month",
    ),
]
