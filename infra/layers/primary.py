"""The layer `primary`: the service itself. Network, entrance and everything that keeps its data, in one region."""

from __future__ import annotations

from typing import Any

from infra.components.access import declare_workload_roles
from infra.components.backup import declare_backups
from infra.components.bucket import Bucket
from infra.components.data import declare_data
from infra.components.detection import declare_alarms
from infra.components.edge.edge import Edge
from infra.components.keys import Keys
from infra.components.network.network import Network
from infra.components.notices import Notices
from infra.components.patching import declare_patching
from infra.context import Context
from infra.spec.bucket import BucketSpec
from infra.spec.flows import DATABASE_PORT, default_flows
from infra.spec.key_table import layer_keys
from infra.spec.network import Tier
from infra.spec.settings import DataClass, Layer

LOGS_KEPT_DAYS = 400


def declare(context: Context) -> dict[str, Any]:
    """Declares the layer; returns its stack outputs: flat, since they form the recovery inventory.

    Raises: TooManyFlows, BadName, BundleMissing.
    """
    settings = context.settings
    keys = Keys("keys", context, layer_keys(settings, Layer.PRIMARY), context.top())
    internal = keys.arn("internal")
    emails = settings.notice_emails
    notices = Notices("notices", context, internal, emails, context.top())
    network, edge = declare_entrance(context, keys)
    data = declare_data(context, keys, network)
    tables = {"items": data["tableName"]} if "tableName" in data else {}
    alarms = declare_alarms(
        context,
        keys,
        notices,
        database=data.get("databaseIdentifier"),
        balancer=edge.balancer.arn_suffix,
        target_group=edge.target_group.arn_suffix,
        tables=tables,
    )
    logs = _access_logs(context)
    return {
        "region": context.place.region,
        "accountId": context.place.account,
        **outputs_of(network, edge),
        **data,
        **declare_backups(context, keys, notices, logs.bucket.bucket, logs.ready()),
        **declare_workload_roles(context),
        **declare_patching(context, keys),
        **alarms,
    }


def declare_entrance(context: Context, keys: Keys) -> tuple[Network, Edge]:
    """The network with the flows of the stores that there are, and what the internet reaches of it."""
    settings, internal = context.settings, keys.arn("internal")
    flows = default_flows(
        application_port=settings.edge.application_port,
        database_port=DATABASE_PORT if settings.data.database is not None else None,
        files=settings.data.file_system is not None,
    )
    network = Network("network", context, settings.network, flows, key_arn=internal, opts=context.top())
    edge = Edge(
        "edge",
        context,
        settings.edge,
        vpc_id=network.vpc_id,
        subnets=network.subnet_ids(Tier.INGRESS),
        group_id=network.group_id(Tier.INGRESS),
        key_arn=internal,
        opts=context.top(),
    )
    return network, edge


def _access_logs(context: Context) -> Bucket:
    """Who read which report of the backups. AWS: such a bucket takes S3's own key, and no lock."""
    spec = BucketSpec(
        what="access-logs",
        data_class=DataClass.INTERNAL,
        sse_s3=True,
        access_logs=True,
        expire_days=LOGS_KEPT_DAYS,
        backup="none",
        backup_reason="logs are written once, and kept by their bucket",
    )
    return Bucket("access-logs", context, spec, key_arn=None, opts=context.top())


def outputs_of(network: Network, edge: Edge) -> dict[str, Any]:
    """What a deployment and a recovery need to know of the network and the entrance."""
    servers = {} if edge.domain.name_servers is None else {"nameServers": edge.domain.name_servers}
    return {
        "vpcId": network.vpc_id,
        "vpcCidr": network.spec.cidr,
        **{f"subnets.{tier}": network.subnet_ids(tier) for tier in Tier},
        **{f"group.{tier}": group.id for tier, group in network.groups.items()},
        "host": edge.domain.host,
        "zoneId": edge.domain.zone_id,
        "loadBalancerName": edge.balancer.dns_name,
        "targetGroupArn": edge.target_group.arn,
        **servers,
    }
