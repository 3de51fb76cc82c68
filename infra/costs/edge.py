"""What the public entrance costs a month."""

from __future__ import annotations

from typing import Final

from infra.costs.model import Cost, hourly
from infra.spec.settings import Layer, Settings

PRIMARY: Final = (Layer.PRIMARY,)


def _own_zone(settings: Settings, layer: Layer) -> float:
    return 1 if settings.edge.zone_id is None else 0


def _addresses(settings: Settings, layer: Layer) -> float:
    return len(settings.network.zones)


def _rules(settings: Settings, layer: Layer) -> float:
    """The limit counts as one as well."""
    return 1 + len(settings.edge.managed_groups)


COSTS: list[Cost] = [
    Cost(
        switch="",
        type="aws:lb/loadBalancer:LoadBalancer",
        monthly_usd=hourly(0.027),
        unit="load balancer",
        buys="TLS, health checks, and a place for the web firewall",
        fallback="none: nothing else in this program faces the internet",
        layers=PRIMARY,
        beside="5.84 a capacity unit in use all month (25 new connections a second, or 1 GB an hour)",
    ),
    Cost(
        switch="",
        type="aws:lb/loadBalancer:LoadBalancer",
        monthly_usd=hourly(0.005),
        unit="public address of the load balancer, one a zone",
        buys="a load balancer that survives the loss of a zone",
        fallback="fewer zones (`network.zones`), two at least",
        layers=PRIMARY,
        count=_addresses,
    ),
    Cost(
        switch="",
        type="aws:wafv2/webAcl:WebAcl",
        monthly_usd=5.0,
        unit="web ACL",
        buys="that who asks too often, or as attackers do, gets no answer",
        fallback="none: the rules refuse a load balancer without one",
        layers=PRIMARY,
        beside="0.60 a million requests",
    ),
    Cost(
        switch="edge.managedGroups",
        type="aws:wafv2/webAcl:WebAcl",
        monthly_usd=1.0,
        unit="rule or managed group",
        buys="known attacks stopped by rules that AWS keeps current",
        fallback="fewer groups, each stopping less; the limit on requests always stays",
        layers=PRIMARY,
        count=_rules,
    ),
    Cost(
        switch="edge.zoneId",
        type="aws:route53/zone:Zone",
        monthly_usd=0.50,
        unit="zone",
        buys="a certificate that renews itself, and a name that follows the load balancer",
        fallback="name a zone that you have already",
        layers=PRIMARY,
        count=_own_zone,
    ),
]
