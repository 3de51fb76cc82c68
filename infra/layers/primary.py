"""The layer `primary`: the service itself. Network, entrance and everything that keeps its data, in one region."""

from __future__ import annotations

from typing import Any

from infra.components.edge.edge import Edge
from infra.components.keys import Keys
from infra.components.network.network import Network
from infra.context import Context
from infra.spec.flows import default_flows
from infra.spec.key_table import layer_keys
from infra.spec.network import Tier
from infra.spec.settings import Layer


def declare(context: Context) -> dict[str, Any]:
    """Declares the layer; returns its stack outputs: flat, since they form the recovery inventory.

    Raises: TooManyFlows, BadName.
    """
    settings = context.settings
    keys = Keys("keys", context, layer_keys(settings, Layer.PRIMARY), context.top())
    logs = keys.arn("internal")
    flows = default_flows(application_port=settings.edge.application_port)
    network = Network("network", context, settings.network, flows, key_arn=logs, opts=context.top())
    edge = Edge(
        "edge",
        context,
        settings.edge,
        vpc_id=network.vpc_id,
        subnets=network.subnet_ids(Tier.INGRESS),
        group_id=network.group_id(Tier.INGRESS),
        key_arn=logs,
        opts=context.top(),
    )
    return {**_network_outputs(network), **_edge_outputs(edge)}


def _network_outputs(network: Network) -> dict[str, Any]:
    """What a deployment and a recovery need to know of the network."""
    return {
        "vpcId": network.vpc_id,
        "vpcCidr": network.spec.cidr,
        **{f"subnets.{tier}": network.subnet_ids(tier) for tier in Tier},
        **{f"group.{tier}": group.id for tier, group in network.groups.items()},
    }


def _edge_outputs(edge: Edge) -> dict[str, Any]:
    servers = {} if edge.domain.name_servers is None else {"nameServers": edge.domain.name_servers}
    return {
        "host": edge.domain.host,
        "zoneId": edge.domain.zone_id,
        "loadBalancerName": edge.balancer.dns_name,
        "targetGroupArn": edge.target_group.arn,
        **servers,
    }
